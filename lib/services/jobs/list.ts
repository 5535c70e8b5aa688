import type { Actor } from '../../access/can.ts'
import type { Job, JobState } from '../../contract/jobs.ts'
import { listJobs as listRows } from '../../store/jobs.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'
import { placeVm } from '../vms/find.ts'
import { presentJob, readJob } from './present.ts'

interface JobFilter {
  /** Id or name. */
  host?: string | undefined
  state?: JobState | undefined
  kind?: string | undefined
  /** As for `findVm`; a UUID also of one that is gone. */
  vm?: string | undefined
}

/** Jobs, newest first. */
export async function listJobs(
  actor: Actor,
  page: { limit: number; after?: string | undefined },
  filter: JobFilter,
  now: () => Date,
): Promise<{ items: Job[]; next: string | null }> {
  await refuse(actor, 'job.read')
  const { jobs, next } = await listRows(
    { limit: page.limit, after: page.after ?? null },
    {
      ...(filter.host === undefined ? {} : { hostId: (await findHost(filter.host)).id }),
      ...(filter.state === undefined ? {} : { state: filter.state }),
      ...(filter.kind === undefined ? {} : { kind: filter.kind }),
      ...(filter.vm === undefined ? {} : { vm: await uuidOf(filter.vm, now) }),
    },
  )
  return { items: jobs.map(presentJob), next }
}

async function uuidOf(reference: string, now: () => Date): Promise<string> {
  const uuid = /(?:^|:)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(reference)?.[1]
  return uuid === undefined ? (await placeVm(reference, now)).uuid : uuid.toLowerCase()
}

export async function getJob(actor: Actor, id: string): Promise<Job> {
  await refuse(actor, 'job.read')
  return readJob(id)
}
