'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Vm } from '../contract/vms.ts'
import type { PowerAction } from '../vm/power.ts'
import { api, given } from './client.ts'
import { keys } from './queries.ts'

/** Names a VM wherever two hosts may have the same UUID. */
export const referenceOf = ({ id, host }: Pick<Vm, 'id' | 'host'>): string => `${host.id}:${id}`

function useVmWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSettled: () => cache.invalidateQueries({ queryKey: keys.vms.all() }),
  })
}

/** Saving answers when its job is queued, all else when it is done. */
export const usePowerVm = () =>
  useVmWrite(async ({ vm, action }: { vm: Pick<Vm, 'id' | 'host'>; action: PowerAction }) => {
    const at = api.vms[':vm']
    const param = { vm: referenceOf(vm) }
    if (action === 'save') await given(at.save.$post({ param }))
    else await given(action === 'discard-saved' ? at['saved-state'].$delete({ param }) : at[action].$post({ param }))
  })

export const usePowerVms = () =>
  useVmWrite(({ vms, action }: { vms: readonly Pick<Vm, 'id' | 'host'>[]; action: PowerAction }) =>
    given(api.vms.bulk.$post({ json: { action, vms: vms.map(referenceOf) } })),
  )
