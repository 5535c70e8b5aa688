'use client'
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useQuery,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query'
import type { AuditEntry } from '../contract/audit.ts'
import type { Job, JobState } from '../contract/jobs.ts'
import { api, given } from './client.ts'

export interface JobFilter {
  /** Id or name. */
  host?: string
  state?: JobState
  kind?: string
  /** What was done to, or from, this VM; a reference as in `/vms/{vm}`. */
  vm?: string
}

export interface AuditFilter {
  action?: string
  targetKind?: string
  targetId?: string
  actorId?: string
  outcome?: AuditEntry['outcome']
}

/** Nested: what lies below a key is invalidated with it. Hosts go by what the page's address says, id or name. */
export const keys = {
  setup: () => ['setup'] as const,
  me: () => ['me'] as const,
  sessions: () => ['me', 'sessions'] as const,
  users: () => ['users'] as const,
  tokens: () => ['tokens'] as const,
  hosts: {
    all: () => ['hosts'] as const,
    list: () => ['hosts', 'list'] as const,
    one: (host: string) => ['hosts', 'one', host] as const,
    facts: (host: string) => ['hosts', 'one', host, 'facts'] as const,
    links: (host: string) => ['hosts', 'one', host, 'links'] as const,
    checks: (host: string) => ['hosts', 'one', host, 'checks'] as const,
    network: (host: string) => ['hosts', 'one', host, 'network'] as const,
    history: (host: string, link: string, seconds: number) => ['hosts', 'one', host, 'history', link, seconds] as const,
  },
  jobs: {
    all: () => ['jobs'] as const,
    list: (filter: JobFilter) => ['jobs', 'list', filter] as const,
    one: (job: string) => ['jobs', 'one', job] as const,
    of: (vm: string) => ['jobs', 'of', vm] as const,
  },
  changes: {
    all: () => ['changes'] as const,
    open: () => ['changes', 'open'] as const,
    of: (host: string) => ['changes', 'of', host] as const,
    one: (change: string) => ['changes', 'one', change] as const,
  },
  /** What is read of a VM lies below it, by the reference in the page's address. */
  vms: {
    all: () => ['vms'] as const,
    list: (host: string | null) => ['vms', 'list', host] as const,
    one: (vm: string) => ['vms', 'one', vm] as const,
  },
  presets: () => ['presets'] as const,
  audit: (filter: AuditFilter) => ['audit', filter] as const,
}

const items = async <T>(call: Promise<{ json(): Promise<{ items: T[] }> }>): Promise<T[]> => (await given(call)).items

/** The queries themselves, for prefetching and for `useQuery` with options of one's own. */
export const queries = {
  setup: () => queryOptions({ queryKey: keys.setup(), queryFn: () => given(api.setup.$get()) }),
  me: () => queryOptions({ queryKey: keys.me(), queryFn: () => given(api.me.$get()), staleTime: 60_000 }),
  sessions: () => queryOptions({ queryKey: keys.sessions(), queryFn: () => items(api.me.sessions.$get()) }),
  users: () => queryOptions({ queryKey: keys.users(), queryFn: () => items(api.users.$get()) }),
  tokens: () => queryOptions({ queryKey: keys.tokens(), queryFn: () => items(api.tokens.$get()) }),
  hosts: () => queryOptions({ queryKey: keys.hosts.list(), queryFn: () => items(api.hosts.$get()) }),
  host: (host: string) =>
    queryOptions({
      queryKey: keys.hosts.one(host),
      queryFn: () => given(api.hosts[':host'].$get({ param: { host } })),
    }),
  facts: (host: string) =>
    queryOptions({
      queryKey: keys.hosts.facts(host),
      queryFn: () => given(api.hosts[':host'].facts.$get({ param: { host } })),
    }),
  links: (host: string) =>
    queryOptions({
      queryKey: keys.hosts.links(host),
      queryFn: () => given(api.hosts[':host'].links.$get({ param: { host } })),
    }),
  checks: (host: string) =>
    queryOptions({
      queryKey: keys.hosts.checks(host),
      queryFn: () => items(api.hosts[':host'].checks.$get({ param: { host } })),
    }),
  history: (host: string, link: string, seconds: number) =>
    queryOptions({
      queryKey: keys.hosts.history(host, link, seconds),
      queryFn: () =>
        given(api.hosts[':host'].history.$get({ param: { host }, query: { link, seconds: String(seconds) } })),
    }),
  job: (job: string) =>
    queryOptions({
      queryKey: keys.jobs.one(job),
      queryFn: () => given(api.jobs[':job'].$get({ param: { job } })),
    }),
  jobs: (filter: JobFilter = {}) =>
    infiniteQueryOptions({
      queryKey: keys.jobs.list(filter),
      queryFn: ({ pageParam }) => given(api.jobs.$get({ query: { ...filter, ...after(pageParam) } })),
      initialPageParam: null as string | null,
      getNextPageParam: ({ next }) => next,
    }),
  audit: (filter: AuditFilter = {}) =>
    infiniteQueryOptions({
      queryKey: keys.audit(filter),
      queryFn: ({ pageParam }) => given(api.audit.$get({ query: { ...filter, ...after(pageParam) } })),
      initialPageParam: null as string | null,
      getNextPageParam: ({ next }) => next,
    }),
}

const after = (page: string | null) => (page === null ? {} : { after: page })

export const useSetupState = () => useQuery(queries.setup())
/** Who I am. A 401 `ProblemError` means: to the sign-in page. */
export const useMe = () => useQuery(queries.me())
export const useSessions = () => useQuery(queries.sessions())
export const useUsers = () => useQuery(queries.users())
export const useTokens = () => useQuery(queries.tokens())
export const useHosts = () => useQuery(queries.hosts())
export const useHost = (host: string) => useQuery(queries.host(host))
export const useFacts = (host: string) => useQuery(queries.facts(host))
export const useChecks = (host: string) => useQuery(queries.checks(host))
export const useJob = (job: string) => useQuery(queries.job(job))
export const useJobs = (filter: JobFilter = {}) => useInfiniteQuery(queries.jobs(filter))
export const useAudit = (filter: AuditFilter = {}) => useInfiniteQuery(queries.audit(filter))

/** The rows of all pages fetched so far. */
export const rowsOf = <T extends Job | AuditEntry>({
  data,
}: Pick<UseInfiniteQueryResult<{ pages: { items: T[] }[] }>, 'data'>): T[] =>
  data?.pages.flatMap((page) => page.items) ?? []
