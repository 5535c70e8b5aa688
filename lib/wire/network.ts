'use client'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Change, Operation, StartChange } from '../contract/network.ts'
import { api, given, type Api, type Taken } from './client.ts'
import { keys } from './queries.ts'

/** The network of a host and its changes. The stream says when to read again; while one is undecided it is asked besides. */

const undecidedEveryMs = 2000

export const networkQueries = {
  state: (host: string) =>
    queryOptions({
      queryKey: keys.hosts.network(host),
      queryFn: () => given(api.hosts[':host'].network.$get({ param: { host } })),
    }),
  changes: (host: string) =>
    queryOptions({
      queryKey: keys.changes.of(host),
      queryFn: async () => (await given(api.hosts[':host'].changes.$get({ param: { host } }))).items,
    }),
  change: (change: string) =>
    queryOptions({
      queryKey: keys.changes.one(change),
      queryFn: () => given(api.changes[':change'].$get({ param: { change } })),
    }),
  open: () =>
    queryOptions({
      queryKey: keys.changes.open(),
      queryFn: async () => (await given(api.changes.$get({ query: { state: 'undecided' } }))).items,
    }),
}

export const isUndecided = ({ state }: Pick<Change, 'state'>): boolean =>
  !['kept', 'reverted', 'failed'].includes(state)

export const useNetworkState = (host: string) => useQuery(networkQueries.state(host))
export const useChanges = (host: string) => useQuery(networkQueries.changes(host))
export const useChange = (change: string) =>
  useQuery({
    ...networkQueries.change(change),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isUndecided(data) ? undecidedEveryMs : false),
  })
/** Undecided changes of all hosts, for the bar on every page. */
export const useOpenChanges = () =>
  useQuery({
    ...networkQueries.open(),
    refetchInterval: ({ state: { data } }) => ((data?.length ?? 0) > 0 ? undecidedEveryMs : false),
  })

type PlanRequest = Taken<Api['hosts'][':host']['network']['plans']['$post']>['json']

/** Touches nothing: what would be done, or why it can't be. A stale `etag` is the 409 `stale-plan`. */
export const usePlanNetwork = () =>
  useMutation({
    mutationFn: ({ host, operations, etag = null }: { host: string; operations: Operation[]; etag?: string | null }) =>
      given(
        api.hosts[':host'].network.plans.$post({
          param: { host },
          json: { operations, etag } satisfies PlanRequest,
        }),
      ),
  })

function useChangeWrite<Input, Output>(write: (input: Input) => Promise<Output>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: write,
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: keys.changes.all() }),
        cache.invalidateQueries({ queryKey: keys.jobs.all() }),
      ]),
  })
}

export const useStartChange = () =>
  useChangeWrite(({ host, start }: { host: string; start: StartChange }) =>
    given(api.hosts[':host'].changes.$post({ param: { host }, json: start })),
  )
/** Waits until two new connections passed all checks, then tells the host to keep it. */
export const useKeepChange = () =>
  useChangeWrite((change: string) => given(api.changes[':change'].keep.$post({ param: { change } })))
export const useUndoChange = () =>
  useChangeWrite((change: string) => given(api.changes[':change'].undo.$post({ param: { change } })))
export const useExtendChange = () =>
  useChangeWrite(({ change, seconds }: { change: string; seconds: number }) =>
    given(api.changes[':change'].extend.$post({ param: { change }, json: { seconds } })),
  )
