'use client'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import type { NewSnapshot } from '../contract/vm-snapshots.ts'
import { api, given } from './client.ts'
import { keys } from './queries.ts'

// Somebody may take one by other means; libvirt sends no event for that.
const againMs = 10_000
const snapshotsKey = (vm: string) => [...keys.vms.one(vm), 'snapshots'] as const

export const vmSnapshotQueries = {
  list: (vm: string) =>
    queryOptions({
      queryKey: snapshotsKey(vm),
      queryFn: () => given(api.vms[':vm'].snapshots.$get({ param: { vm } })),
      refetchInterval: againMs,
    }),
}

export const useVmSnapshots = (vm: string) => useQuery(vmSnapshotQueries.list(vm))

/** Each answers with the job that does it. */
export const useTakeSnapshot = (vm: string) =>
  useMutation({
    mutationFn: (json: NewSnapshot) => given(api.vms[':vm'].snapshots.$post({ param: { vm }, json })),
  })
export const useRevertSnapshot = (vm: string) =>
  useMutation({
    mutationFn: (snapshot: string) =>
      given(api.vms[':vm'].snapshots[':snapshot'].revert.$post({ param: { vm, snapshot } })),
  })
export const useDeleteSnapshot = (vm: string) =>
  useMutation({
    mutationFn: ({ snapshot, children }: { snapshot: string; children: 'keep' | 'delete' }) =>
      given(api.vms[':vm'].snapshots[':snapshot'].$delete({ param: { vm, snapshot }, query: { children } })),
  })
