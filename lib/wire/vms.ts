'use client'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api, given } from './client.ts'
import { keys } from './queries.ts'

// Events tell what libvirt knows; addresses and guests' agents change without a word.
const againMs = 10_000

export const vmQueries = {
  /** @param host id or name; null: of all hosts */
  list: (host: string | null) =>
    queryOptions({
      queryKey: keys.vms.list(host),
      queryFn: () => given(api.vms.$get({ query: host === null ? {} : { host } })),
      refetchInterval: againMs,
    }),
  one: (vm: string) =>
    queryOptions({
      queryKey: keys.vms.one(vm),
      queryFn: () => given(api.vms[':vm'].$get({ param: { vm } })),
      refetchInterval: againMs,
    }),
}

const newestJobs = '5'
/** The newest jobs that were about this VM. @param vm UUID */
export const useJobsOf = (vm: string) =>
  useQuery({
    queryKey: keys.jobs.of(vm),
    queryFn: async () => (await given(api.jobs.$get({ query: { vm, limit: newestJobs } }))).items,
  })

export const useVms = (host: string | null) => useQuery(vmQueries.list(host))
export const useVm = (vm: string) => useQuery(vmQueries.one(vm))
