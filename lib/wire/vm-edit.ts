'use client'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  AgainCloudInit,
  EditDisk,
  EditNic,
  EditVm,
  InsertMedia,
  NewDisk,
  NewNic,
  PutDefinition,
  ResizeDisk,
} from '../contract/vm-edit.ts'
import type { VmDetail } from '../contract/vms.ts'
import { api, given } from './client.ts'
import { keys } from './queries.ts'
import { referenceOf } from './vm-power.ts'

/** Editing one VM. */

type Edited = Pick<VmDetail, 'id' | 'host'>

export const vmEditQueries = {
  choices: (vm: Edited) =>
    queryOptions({
      queryKey: [...keys.vms.one(referenceOf(vm)), 'choices'] as const,
      queryFn: () => given(api.vms[':vm'].choices.$get({ param: { vm: referenceOf(vm) } })),
      // The MAC that was free when a form was last open may be taken by what that form made.
      gcTime: 0,
    }),
  /** Asks the guest, which may take its time: only on request. */
  guestNic: (vm: Edited, mac: string) =>
    queryOptions({
      queryKey: [...keys.vms.one(referenceOf(vm)), 'nics', mac, 'guest'] as const,
      queryFn: () => given(api.vms[':vm'].nics[':mac'].guest.$get({ param: { vm: referenceOf(vm), mac } })),
    }),
  definition: (vm: Edited) =>
    queryOptions({
      queryKey: [...keys.vms.one(referenceOf(vm)), 'definition'] as const,
      queryFn: () => given(api.vms[':vm'].definition.$get({ param: { vm: referenceOf(vm) } })),
    }),
}

export const useVmChoices = (vm: Edited) => useQuery(vmEditQueries.choices(vm))
export const useGuestNic = (vm: Edited, mac: string, wanted: boolean) =>
  useQuery({ ...vmEditQueries.guestNic(vm, mac), enabled: wanted })
export const useDefinition = (vm: Edited) => useQuery(vmEditQueries.definition(vm))

/** The answer carries the VM as it is now: the page shows it at once, whatever reference its address has. */
function useVmWrite<Input, Output extends { vm: VmDetail }>(write: (input: Input) => Promise<Output>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSuccess: ({ vm }) => {
      cache.setQueriesData<VmDetail>(
        { queryKey: ['vms', 'one'], predicate: ({ queryKey }) => queryKey.length === keys.vms.one('').length },
        (held) => (held?.id === vm.id && held.host.id === vm.host.id ? vm : held),
      )
    },
    onSettled: () => cache.invalidateQueries({ queryKey: keys.vms.all() }),
  })
}

export function useEditVm(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite((json: EditVm) => given(api.vms[':vm'].$patch({ param: { vm }, json })))
}

export function useAddNic(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite((json: NewNic) => given(api.vms[':vm'].nics.$post({ param: { vm }, json })))
}
export function useEditNic(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite(({ mac, edit }: { mac: string; edit: EditNic }) =>
    given(api.vms[':vm'].nics[':mac'].$patch({ param: { vm, mac }, json: edit })),
  )
}
export function useRemoveNic(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite(({ mac, etag, apply }: { mac: string; etag: string; apply: 'live' | 'next-start' }) =>
    given(api.vms[':vm'].nics[':mac'].$delete({ param: { vm, mac }, query: { etag, apply } })),
  )
}

export function useAddDisk(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite((json: NewDisk) => given(api.vms[':vm'].disks.$post({ param: { vm }, json })))
}
export function useCloudInitAgain(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite((json: AgainCloudInit) => given(api.vms[':vm']['cloud-init'].$put({ param: { vm }, json })))
}
export function useEditDisk(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite(({ target, edit }: { target: string; edit: EditDisk }) =>
    given(api.vms[':vm'].disks[':target'].$patch({ param: { vm, target }, json: edit })),
  )
}
export function useRemoveDisk(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite(
    ({
      target,
      ...query
    }: {
      target: string
      etag: string
      apply: 'live' | 'next-start'
      deleteVolume?: string | undefined
    }) => given(api.vms[':vm'].disks[':target'].$delete({ param: { vm, target }, query })),
  )
}
export function useInsertMedia(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite(({ target, ...json }: InsertMedia & { target: string }) =>
    given(api.vms[':vm'].disks[':target'].insert.$post({ param: { vm, target }, json })),
  )
}
export function useEjectMedia(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite(({ target, ...json }: { target: string; etag: string; force: boolean }) =>
    given(api.vms[':vm'].disks[':target'].eject.$post({ param: { vm, target }, json })),
  )
}
export function useResizeDisk(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite(({ target, ...json }: ResizeDisk & { target: string }) =>
    given(api.vms[':vm'].disks[':target'].resize.$post({ param: { vm, target }, json })),
  )
}

export function useCheckDefinition(of: Edited) {
  const vm = referenceOf(of)
  return useMutation({
    mutationFn: (xml: string) => given(api.vms[':vm'].definition.check.$post({ param: { vm }, json: { xml } })),
  })
}
export function usePutDefinition(of: Edited) {
  const vm = referenceOf(of)
  return useVmWrite((json: PutDefinition) => given(api.vms[':vm'].definition.$put({ param: { vm }, json })))
}
