'use client'
import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { EditPreset, NewPreset } from '../contract/presets.ts'
import type { CloneVm, NewVm, RemoveVm, TemplateVm } from '../contract/vm-create.ts'
import { api, given } from './client.ts'
import { keys, useMe } from './queries.ts'

/** Making VMs: what may be chosen, what would be made, the making; presets; what comes from a VM that is there. */

// Not below the VMs: what many events of VMs say anew must not ask every host for all its images each time.
const makingKey = ['vm-create'] as const

export const vmCreateQueries = {
  /** @param host id or name; null: of all hosts */
  choices: (host: string | null) =>
    queryOptions({
      queryKey: [...makingKey, 'choices', host] as const,
      queryFn: () => given(api.vms.choices.$get({ query: host === null ? {} : { host } })),
    }),
  /** What `POST /vms` would do with this. */
  plan: (vm: NewVm) =>
    queryOptions({
      queryKey: [...makingKey, 'plan', vm] as const,
      queryFn: () => given(api.vms.plan.$post({ json: vm })),
      placeholderData: keepPreviousData,
    }),
  presets: () =>
    queryOptions({
      queryKey: keys.presets(),
      queryFn: async () => (await given(api.presets.$get())).items,
    }),
}

/** Nothing is asked for whoever may not make VMs. */
export function useChoices(host: string | null) {
  const { data: me } = useMe()
  return useQuery({
    ...vmCreateQueries.choices(host),
    enabled: me !== undefined && me.refusals['vm.create'] === undefined,
  })
}
/** @param vm null: nothing is asked yet */
export const useVmPlan = (vm: NewVm | null) =>
  useQuery({ ...vmCreateQueries.plan(vm ?? { name: '' }), enabled: vm !== null })
export const usePresets = () => useQuery(vmCreateQueries.presets())

function useVmWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSettled: () =>
      Promise.all(
        [keys.vms.all(), keys.jobs.all(), makingKey].map((queryKey) => cache.invalidateQueries({ queryKey })),
      ),
  })
}

/** Answers with the job that makes it. */
export const useCreateVm = () => useVmWrite((json: NewVm) => given(api.vms.$post({ json })))
export const useCloneVm = () =>
  useVmWrite(({ vm, clone }: { vm: string; clone: CloneVm }) =>
    given(api.vms[':vm'].clone.$post({ param: { vm }, json: clone })),
  )
export const useTemplateVm = () =>
  useVmWrite(({ vm, template }: { vm: string; template: TemplateVm }) =>
    given(api.vms[':vm'].template.$post({ param: { vm }, json: template })),
  )
export const useRemoveVm = () =>
  useVmWrite(({ vm, remove }: { vm: string; remove: RemoveVm }) =>
    given(api.vms[':vm'].$delete({ param: { vm }, json: remove })),
  )

function usePresetWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSettled: () => cache.invalidateQueries({ queryKey: keys.presets() }),
  })
}

export const useMakePreset = () => usePresetWrite((json: NewPreset) => given(api.presets.$post({ json })))
export const useEditPreset = () =>
  usePresetWrite(({ preset, edit }: { preset: string; edit: EditPreset }) =>
    given(api.presets[':preset'].$patch({ param: { preset }, json: edit })),
  )
export const useRemovePreset = () =>
  usePresetWrite((preset: string) => api.presets[':preset'].$delete({ param: { preset } }))
export const useUsualPresets = () =>
  usePresetWrite((image: string | null) => given(api.presets.usual.$post({ json: { image } })))
