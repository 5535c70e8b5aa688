import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { Operation, Plan, planRequestSchema } from '../../contract/network.ts'
import { sha256 } from '../../host/network.ts'
import { Problem } from '../../kit/problem.ts'
import type { FileChange } from '../../net/back-end.ts'
import { maskedFile } from '../../net/mask.ts'
import { planNetwork as plan, type NetworkPlan } from '../../net/plan.ts'
import type { HostRow } from '../../store/hosts.ts'
import { openSecret } from '../../store/secrets.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'
import { findChange } from './present.ts'
import { readNow, staleProblem, type Reading } from './reading.ts'

/** What would be done, or why it can't be. Nothing is touched. @param reference id or name */
export async function planNetwork(
  actor: Actor,
  reference: string,
  { operations, etag }: z.infer<typeof planRequestSchema>,
  now: () => Date,
): Promise<Plan> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return presentPlan(await makePlan(host, operations, etag, now))
}

export interface MadePlan {
  host: HostRow
  reading: Reading
  operations: Operation[]
  plan: NetworkPlan
  reverts: string | null
}

/** Reads the host and plans. Throws the 409 when the host is no longer what `etag` says. */
export async function makePlan(
  host: HostRow,
  operations: Operation[],
  etag: string | null,
  now: () => Date,
): Promise<MadePlan> {
  const reading = await readNow(host, now)
  if (etag !== null && etag !== reading.etag) throw staleProblem(host, etag, reading)
  const revert = operations.find((operation) => operation.op === 'change.revert')
  if (revert !== undefined && operations.length > 1)
    throw new Problem({
      code: 'invalid',
      kind: 'invalid',
      title: 'A revert is a change of its own; send it alone.',
      fields: [{ field: 'operations', message: 'change.revert must be the only operation' }],
    })
  const files = revert === undefined ? null : await filesOf(host, revert.change)
  return {
    host,
    reading,
    operations,
    plan: plan(reading.state, operations, files),
    reverts: revert?.change ?? null,
  }
}

export const filesPlace = (change: string) => ({ owner: 'Change', row: change, column: 'files' })

async function filesOf(host: HostRow, id: string): Promise<FileChange[]> {
  const change = await findChange(id)
  const refusal = (title: string) => new Problem({ code: 'not-revertible', kind: 'conflict', title })
  if (change.hostId !== host.id) throw refusal(`That change was made on ${change.host.name}.`)
  if (change.state !== 'kept') throw refusal('Only a change that was kept can be reverted.')
  const sealed = await openSecret(filesPlace(id))
  if (sealed === null) throw refusal('The files of that change are not here; were they left out of a backup?')
  return JSON.parse(sealed) as FileChange[]
}

/** The same plan has the same id: what was reviewed is what is applied. */
const idOf = ({ reading, operations, plan: { steps, files, commands } }: MadePlan): string =>
  sha256(JSON.stringify([reading.etag, operations, steps, files, commands])).slice(0, 32)

export function presentPlan(made: MadePlan): Plan {
  const { reading, operations, plan: planned } = made
  const { work: _work, files, ...rest } = planned
  return {
    ...rest,
    id: idOf(made),
    etag: reading.etag,
    backEnd: reading.state.driver?.id ?? null,
    operations,
    files: files.map(maskedFile),
  }
}
