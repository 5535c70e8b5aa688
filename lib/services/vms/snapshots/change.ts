import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { Job } from '../../../contract/jobs.ts'
import type { newSnapshotSchema } from '../../../contract/vm-snapshots.ts'
import { jobRunner } from '../../../jobs/runner.ts'
import { readJob } from '../../jobs/present.ts'
import { audited, refuse } from '../../refuse.ts'
import { vmTargetOf } from '../find.ts'
import { requireAllowed, snapshotKindOfJob, type SnapshotWork } from './job.ts'
import { openSnapshots } from './situation.ts'

/** Takes one, as a job: of a running VM's memory that takes as long as writing it. @param reference see `findVm` */
export async function createSnapshot(
  actor: Actor,
  reference: string,
  asked: z.output<typeof newSnapshotSchema>,
  now: () => Date,
): Promise<Job> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  return enqueue(actor, reference, { do: 'create', ...asked }, `Take snapshot ${asked.name}`, now)
}

/** Makes the VM what it was then, as a job. What was written since and is in no snapshot is lost. */
export async function revertSnapshot(actor: Actor, reference: string, name: string, now: () => Date): Promise<Job> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  return enqueue(actor, reference, { do: 'revert', name }, `Go back to snapshot ${name}`, now)
}

/** Forgets it, as a job; the VM stays as it is. */
export async function deleteSnapshot(
  actor: Actor,
  reference: string,
  name: string,
  children: 'keep' | 'delete',
  now: () => Date,
): Promise<Job> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  return enqueue(actor, reference, { do: 'delete', name, children }, `Delete snapshot ${name}`, now)
}

async function enqueue(
  actor: Actor,
  reference: string,
  work: SnapshotWork,
  title: string,
  now: () => Date,
): Promise<Job> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const situation = await openSnapshots(reference, now)
  const { host, domain } = situation.vm
  return audited(actor, 'vm.edit', vmTargetOf(situation.vm), async (note) => {
    note({ detail: { did: `${work.do} snapshot`, snapshot: work.name } })
    requireAllowed(situation, work)
    const jobId = await jobRunner().enqueue({
      kind: snapshotKindOfJob,
      title: `${title} of ${domain.defined.name}`,
      hostId: host.id,
      teamId: host.teamId,
      input: { vm: domain.uuid, work },
      createdBy: actor.name,
      steps: [{ id: work.do, title }],
    })
    note({ detail: { did: `${work.do} snapshot`, snapshot: work.name, job: jobId } })
    return readJob(jobId)
  })
}
