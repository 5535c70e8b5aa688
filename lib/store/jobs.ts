import type { JobState, JobStep } from '../contract/jobs.ts'
import type { Job, JobEvent, Prisma } from './generated/client.ts'
import { db } from './db.ts'

export type JobRow = Prisma.JobGetPayload<{ include: { host: { select: { name: true } } } }>

const withHostName = { host: { select: { name: true } } } as const satisfies Prisma.JobInclude

export interface JobFilter {
  hostId?: string
  teamId?: string
  kind?: string
  state?: JobState
  /** UUID of a VM it was about: made, copied, moved, … */
  vm?: string
}

/** Where the kinds of jobs keep which VMs they are about. */
const vmKeys = ['vm', 'uuid', 'source']

/**
 * Newest first. `after` is the `next` of the page before; `next` is null on the last page.
 * @param limit jobs per page, at most 500
 */
export async function listJobs(
  { limit = 100, after = null }: { limit?: number; after?: string | null },
  { vm, ...filter }: JobFilter = {},
): Promise<{ jobs: JobRow[]; next: string | null }> {
  const take = Math.min(Math.max(limit, 1), 500)
  const rows = await db().job.findMany({
    where: vm === undefined ? filter : { ...filter, OR: vmKeys.map((key) => ({ input: { path: [key], equals: vm } })) },
    include: withHostName,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: take + 1,
    ...(after === null ? {} : { cursor: { id: after }, skip: 1 }),
  })
  const jobs = rows.slice(0, take)
  return { jobs, next: rows.length > take ? (jobs.at(-1)?.id ?? null) : null }
}

export const getJob = (id: string): Promise<JobRow | null> =>
  db().job.findUnique({ where: { id }, include: withHostName })

/** The steps as they were written by the runner. */
export const stepsOf = (job: Pick<Job, 'steps'>): JobStep[] => job.steps as unknown as JobStep[]

/** Events of one job after this sequence number, oldest first. */
export const listJobEvents = (jobId: string, afterSeq: number, limit: number): Promise<JobEvent[]> =>
  db().jobEvent.findMany({ where: { jobId, seq: { gt: afterSeq } }, orderBy: { seq: 'asc' }, take: limit })

/** How many jobs are in each state. */
export async function countJobs(): Promise<Record<JobState, number>> {
  const none: Record<JobState, number> = { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 }
  const groups = await db().job.groupBy({ by: ['state'], _count: true })
  return { ...none, ...Object.fromEntries(groups.map(({ state, _count }) => [state, _count])) }
}
