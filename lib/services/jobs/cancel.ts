import type { Actor } from '../../access/can.ts'
import type { Job } from '../../contract/jobs.ts'
import { jobRunner } from '../../jobs/runner.ts'
import { Problem } from '../../kit/problem.ts'
import { audited, refuse } from '../refuse.ts'
import { noJob, readJob } from './present.ts'

/** Asks a job to stop. It has stopped when its state says so. */
export async function cancelJob(actor: Actor, id: string): Promise<Job> {
  await refuse(actor, 'job.cancel', { kind: 'job', id })
  const { title } = await readJob(id)
  return audited(actor, 'job.cancel', { kind: 'job', id, name: title }, async () => {
    const cancelled = await jobRunner().cancel(id)
    if (cancelled.ok) return readJob(id)
    switch (cancelled.error) {
      case 'not-found':
        throw noJob(id)
      case 'ended':
        throw new Problem({ code: 'ended', kind: 'conflict', title: 'This job has ended already.' })
      case 'not-cancellable':
        throw new Problem({
          code: 'not-cancellable',
          kind: 'conflict',
          title: 'This job can’t be stopped half-way without leaving the host in between. Wait for it.',
        })
    }
  })
}
