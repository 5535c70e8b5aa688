import type { Job } from '../../lib/contract/jobs.ts'
import { waitUntil } from '../lab/process.ts'
import type { Answer, Door, Sender } from './door.ts'

/** What became of the job that an answer names, once it has ended. */
export async function jobEnd(door: Door, answer: Answer, sender: Sender, timeoutMs = 120_000): Promise<Job> {
  if (answer.status !== 202) throw new Error(`no job: ${answer.status} ${answer.text}`)
  const { id, title } = answer.body as Job
  return waitUntil(`"${title}" to end`, timeoutMs, async () => {
    const job = (await door.call('GET', `/jobs/${id}`, undefined, sender)).body as Job
    return ['done', 'failed', 'cancelled'].includes(job.state) ? job : null
  })
}
