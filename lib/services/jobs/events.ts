import type { Actor } from '../../access/can.ts'
import type { JobEvent } from '../../contract/jobs.ts'
import { jobEvents } from '../../jobs/events.ts'
import { refuse } from '../refuse.ts'
import { readJob } from './present.ts'

/** What a job says from after that sequence number on, as it goes on; ends with the job. */
export async function followJob(
  actor: Actor,
  id: string,
  afterSeq: number,
  signal: AbortSignal,
): Promise<AsyncIterable<JobEvent>> {
  await refuse(actor, 'job.read')
  await readJob(id)
  return jobEvents(id, afterSeq, signal)
}
