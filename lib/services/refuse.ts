import { type Action, type Actor, refusal } from '../access/can.ts'
import { Problem } from '../kit/problem.ts'
import { appendAudit } from '../store/audit.ts'

export interface Target {
  kind: string
  id?: string | null
  name?: string | null
}

/** The first line of every service: throws the 403 unless this actor may do this. A refused write is audited. */
export async function refuse(actor: Actor, action: Action, target?: Target): Promise<void> {
  const reason = refusal(actor, action)
  if (reason === null) return
  if (!action.endsWith('.read')) await audit(actor, action, 'refused', target)
  throw new Problem({ code: 'forbidden', kind: 'forbidden', title: reason })
}

/** One line of the audit log. `action` is a verb of lib/access or of signing in. `detail` is small and never a secret. */
export async function audit(
  actor: Actor,
  action: string,
  outcome: 'done' | 'refused' | 'failed',
  target?: Target,
  detail: Record<string, unknown> = {},
): Promise<void> {
  await appendAudit({
    actorKind: actor.kind,
    actorId: 'id' in actor ? actor.id : null,
    actorName: actor.name,
    action,
    outcome,
    targetKind: target?.kind ?? null,
    targetId: target?.id ?? null,
    targetName: target?.name ?? null,
    detail,
    address: actor.address ?? null,
  })
}

/** Runs a write: audited as done, or, when it throws a `Problem`, as failed with its code. */
export async function audited<T>(
  actor: Actor,
  action: Action,
  target: Target,
  write: (note: (more: { target?: Target; detail?: Record<string, unknown> }) => void) => Promise<T>,
): Promise<T> {
  let noted: { target?: Target; detail?: Record<string, unknown> } = {}
  try {
    const value = await write((more) => (noted = { ...noted, ...more }))
    await audit(actor, action, 'done', noted.target ?? target, noted.detail)
    return value
  } catch (failure) {
    const code = problemOf(failure)?.code ?? 'internal'
    await audit(actor, action, 'failed', noted.target ?? target, { ...noted.detail, code })
    throw failure
  }
}

/** Of a thrown `Problem`, by its shape: Next bundles the class more than once. */
export function problemOf(failure: unknown): Problem['init'] | null {
  return failure instanceof Error && failure.name === 'Problem' && 'init' in failure ? (failure as Problem).init : null
}
