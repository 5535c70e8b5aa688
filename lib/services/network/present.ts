import type { Change, ChangeState, Plan } from '../../contract/network.ts'
import { changeStates } from '../../contract/network.ts'
import { Problem } from '../../kit/problem.ts'
import { hub } from '../../live/hub.ts'
import { say } from '../../net/sentences.ts'
import { getChange, listChanges, type ChangeRow } from '../../store/changes.ts'

/** New connections that must pass all checks before a change is kept. */
export const checksNeeded = 2

export const planOf = (row: ChangeRow): Plan => row.plan as unknown as Plan

const stateOf = ({ state }: ChangeRow): ChangeState => changeStates.find((known) => known === state) ?? 'failed'

/** `later`: changes of the same host made after this one; a kept one of them that touches the same files bars a revert. */
export function presentChange(row: ChangeRow, later: readonly ChangeRow[]): Change {
  const plan = planOf(row)
  const paths = new Set(plan.files.map(({ path }) => path))
  const isOverwritten = later.some(
    (other) => other.state === 'kept' && planOf(other).files.some(({ path }) => paths.has(path)),
  )
  const state = stateOf(row)
  return {
    id: row.id,
    hostId: row.hostId,
    hostName: row.host.name,
    state,
    summary: plan.steps[0] ?? say('refuse.nothing'),
    operations: plan.operations,
    steps: plan.steps,
    files: plan.files,
    commands: plan.commands,
    keep: row.keep === 'checks' ? 'checks' : 'person',
    checks: { passed: Math.min(row.checksPassed, checksNeeded), needed: checksNeeded, lastFailure: row.checkFailure },
    deadlineAt: row.deadlineAt?.toISOString() ?? null,
    reason: row.reason,
    detail: row.detail,
    reverts: row.revertsId,
    revertible: state === 'kept' && plan.files.length > 0 && !isOverwritten,
    jobId: row.jobId,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }
}

export async function readOne(id: string): Promise<Change> {
  const row = await findChange(id)
  const all = await listChanges({ hostId: row.hostId })
  return presentChange(row, laterThan(row, all))
}

export const laterThan = (row: ChangeRow, all: readonly ChangeRow[]): ChangeRow[] => all.filter(({ id }) => id > row.id)

export async function findChange(id: string): Promise<ChangeRow> {
  const row = await getChange(id)
  if (row !== null) return row
  throw new Problem({ code: 'no-change', kind: 'not-found', title: `There is no change with the id ${id}.` })
}

/** Tells everybody who watches. */
export function announceChange({ id, hostId, state }: Pick<ChangeRow, 'id' | 'hostId' | 'state'>): void {
  hub().publish({ type: 'change-changed', change: id, host: hostId, state })
}
