'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BulkOutcome, BulkResult } from '../contract/vm-power.ts'
import type { Vm } from '../contract/vms.ts'
import type { PowerAction } from '../vm/power.ts'
import { api, given } from './client.ts'
import { ProblemError } from './problem-error.ts'
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

export interface BulkWish {
  vms: readonly Pick<Vm, 'id' | 'host'>[]
  action: PowerAction
  /** So many of them have been asked. */
  onProgress: (asked: number) => void
}

// Each request ends well before a proxy loses patience, and how far it is can be told.
const atATime = 40

/** Any number of them. What is reached no more after the first request is in the result, with why. */
export const usePowerVms = () =>
  useVmWrite(async ({ vms, action, onProgress }: BulkWish): Promise<BulkResult> => {
    const items: BulkOutcome[] = []
    for (let from = 0; from < vms.length; from += atATime) {
      onProgress(from)
      const part = vms.slice(from, from + atATime)
      try {
        items.push(...(await given(api.vms.bulk.$post({ json: { action, vms: part.map(referenceOf) } }))).items)
      } catch (failure) {
        if (from === 0 || !(failure instanceof ProblemError)) throw failure
        const { code, message: title } = failure
        const left = vms.slice(from)
        items.push(...left.map((vm) => ({ ...unasked, vm: referenceOf(vm), problem: { code, title } })))
        break
      }
    }
    const failed = items.filter(({ problem }) => problem !== null).length
    return { items, done: items.length - failed, failed }
  })

const unasked = { name: null, host: null, state: null, job: null }
