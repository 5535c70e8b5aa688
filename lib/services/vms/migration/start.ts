import type { Actor } from '../../../access/can.ts'
import type { Job } from '../../../contract/jobs.ts'
import { jobRunner } from '../../../jobs/runner.ts'
import { readJob } from '../../jobs/present.ts'
import { audited, refuse } from '../../refuse.ts'
import { vmTargetOf } from '../find.ts'
import { migrateKind, requirePossible } from './job.ts'
import { openMigration } from './situation.ts'

/** Moves a VM to another host, as a job. Refused with what is missing there. @param to id or name of the host */
export async function migrateVm(actor: Actor, reference: string, to: string, now: () => Date): Promise<Job> {
  await refuse(actor, 'vm.migrate', { kind: 'vm', name: reference })
  const ends = await openMigration(reference, to, now)
  const { host, domain } = ends.vm
  return audited(actor, 'vm.migrate', vmTargetOf(ends.vm), async (note) => {
    note({ detail: { to: ends.target.host.name } })
    requirePossible(ends)
    const { name } = domain.defined
    const jobId = await jobRunner().enqueue({
      kind: migrateKind,
      title: `Move ${name} to ${ends.target.host.name}`,
      hostId: host.id,
      teamId: host.teamId,
      input: { vm: domain.uuid, to: ends.target.host.id },
      createdBy: actor.name,
      steps: [
        { id: 'check', title: `Look again whether ${ends.target.host.name} has all it needs` },
        { id: 'prepare', title: `Make ${ends.target.host.name} ready for it` },
        {
          id: 'perform',
          title: domain.running === null ? 'Hand over its definition' : 'Copy its memory while it runs',
        },
        { id: 'finish', title: `Let it run on ${ends.target.host.name} alone` },
      ],
    })
    note({ detail: { to: ends.target.host.name, job: jobId } })
    return readJob(jobId)
  })
}
