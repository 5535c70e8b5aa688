'use client'
import { queryOptions, useMutation, useQueries } from '@tanstack/react-query'
import { api, given } from './client.ts'

// Not beneath the VM's own key: each check reads both hosts, and a VM's events would ask for it again and again.
const check = (vm: string, to: string) =>
  queryOptions({
    queryKey: ['vm-migration', vm, to] as const,
    queryFn: () => given(api.vms[':vm'].migrate.check.$get({ param: { vm }, query: { to } })),
    staleTime: 10_000,
    retry: false,
  })

/** Whether a VM can move to each of these hosts. @param to ids of hosts */
export const useMigrationChecks = (vm: string, to: readonly string[]) =>
  useQueries({ queries: to.map((host) => check(vm, host)) })

/** Answers with the job that does it. */
export const useMigrateVm = (vm: string) =>
  useMutation({
    mutationFn: async (to: string): Promise<{ id: string }> => {
      const answer = await (await api.vms[':vm'].migrate.$post({ param: { vm }, json: { to } })).json()
      if (!('createdBy' in answer)) throw new TypeError('a check instead of a job')
      return answer
    },
  })
