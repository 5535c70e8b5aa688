import { randomBytes } from 'node:crypto'
import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { Change, startChangeSchema } from '../../contract/network.ts'
import { sha256 } from '../../host/network.ts'
import { jobRunner } from '../../jobs/runner.ts'
import { Problem } from '../../kit/problem.ts'
import type { HostChange } from '../../net/change.ts'
import { createChange, listChanges, updateChange } from '../../store/changes.ts'
import { sealSecret } from '../../store/secrets.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { audited, refuse } from '../refuse.ts'
import { changeKind, tokenPlace, workPlace } from './change-job.ts'
import { filesPlace, makePlan, presentPlan } from './plan.ts'
import { announceChange, presentChange } from './present.ts'

/**
 * Applies a plan that was reviewed: the same operations on the same state must give the same plan. Answers once the
 * change is queued. @param reference id or name
 */
export async function startChange(
  actor: Actor,
  reference: string,
  request: z.infer<typeof startChangeSchema>,
  now: () => Date,
): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'host.network', hostTargetOf(host), async (note) => {
    const [open] = await listChanges({ hostId: host.id, undecided: true })
    if (open !== undefined)
      throw new Problem({
        code: 'change-pending',
        kind: 'conflict',
        title: `Another change of ${host.name} is not decided yet. Keep or undo it first.`,
        extra: { change: open.id },
      })
    const made = await makePlan(host, request.operations, request.etag, now)
    const plan = presentPlan(made)
    if (plan.id !== request.plan)
      throw new Problem({
        code: 'plan-changed',
        kind: 'conflict',
        title: 'These operations now give another plan than the one that was reviewed. Plan again.',
      })
    const { work } = made.plan
    if (work === null || plan.refusals.length > 0)
      throw new Problem({
        code: 'refused',
        kind: 'invalid',
        title: plan.refusals[0]?.sentence.text ?? 'This plan can’t be applied.',
        fields: plan.refusals.map(({ field, sentence }) => ({ field: field ?? 'operations', message: sentence.text })),
      })
    const windowSeconds = Math.max(request.windowSeconds, plan.windowSeconds.least)
    const row = await createChange({
      hostId: host.id,
      operations: plan.operations,
      plan,
      keep: request.keep,
      windowSeconds,
      revertsId: made.reverts,
      createdBy: actor.name,
    })
    if (row === null) throw new Problem({ code: 'no-host', kind: 'not-found', title: 'The host was removed.' })
    const change: HostChange = {
      ...work,
      id: row.id,
      windowSeconds,
      files: made.plan.files.map(({ path, before, after, mode }) => ({
        path,
        beforeSha256: before === null ? null : sha256(before),
        after,
        mode,
      })),
    }
    await sealSecret(workPlace(row.id), JSON.stringify(change))
    await sealSecret(filesPlace(row.id), JSON.stringify(made.plan.files))
    await sealSecret(tokenPlace(row.id), randomBytes(32).toString('hex'))
    const jobId = await jobRunner().enqueue({
      kind: changeKind,
      title: `Change the network of ${host.name}`,
      hostId: host.id,
      teamId: host.teamId,
      input: { change: row.id },
      createdBy: actor.name,
      steps: [
        { id: 'arm', title: 'Check, take a snapshot, arm the watchdog' },
        { id: 'apply', title: 'Apply and verify on the host' },
        { id: 'reach', title: 'Reach the host over new connections' },
        { id: 'decide', title: 'Wait for keep or undo' },
      ],
    })
    const queued = await updateChange(row.id, { jobId })
    note({ detail: { change: row.id, job: jobId, steps: plan.steps.map(({ text }) => text).slice(0, 20) } })
    announceChange(row)
    return presentChange(queued ?? row, [])
  })
}
