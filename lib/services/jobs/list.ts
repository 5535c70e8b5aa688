import type { Actor } from '../../access/can.ts'
import type { Job, JobState } from '../../contract/jobs.ts'
import { listJobs as listRows } from '../../store/jobs.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'
import { presentJob, readJob } from './present.ts'

/** Jobs, newest first. @param filter.host id or name */
export async function listJobs(
  actor: Actor,
  page: { limit: number; after?: string | undefined },
  filter: { host?: string | undefined; state?: JobState | undefined; kind?: string | undefined },
): Promise<{ items: Job[]; next: string | null }> {
  await refuse(actor, 'job.read')
  const { jobs, next } = await listRows(
    { limit: page.limit, after: page.after ?? null },
    {
      ...(filter.host === undefined ? {} : { hostId: (await findHost(filter.host)).id }),
      ...(filter.state === undefined ? {} : { state: filter.state }),
      ...(filter.kind === undefined ? {} : { kind: filter.kind }),
    },
  )
  return { items: jobs.map(presentJob), next }
}

export async function getJob(actor: Actor, id: string): Promise<Job> {
  await refuse(actor, 'job.read')
  return readJob(id)
}
