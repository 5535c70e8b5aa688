import type { Actor } from '../../access/can.ts'
import type { Session } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import { deleteSession, listSessions } from '../../store/people.ts'
import { audited } from '../refuse.ts'
import { requirePerson } from './require-person.ts'

/** My sessions that are still good, newest first. */
export async function listOwnSessions(actor: Actor, now: Date): Promise<Session[]> {
  const me = await requirePerson(actor)
  const sessions = await listSessions(me.id, now)
  return sessions.map((session) => ({
    id: session.id,
    current: session.id === me.sessionId,
    address: session.ipAddress === '' ? null : session.ipAddress,
    userAgent: session.userAgent === '' ? null : session.userAgent,
    createdAt: session.createdAt.toISOString(),
    lastUsedAt: session.updatedAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
  }))
}

/** Ends one of my sessions, wherever it is. */
export async function endOwnSession(actor: Actor, id: string): Promise<void> {
  const me = await requirePerson(actor)
  await audited(actor, 'account.own', { kind: 'session', id }, async (note) => {
    note({ detail: { verb: 'end-session' } })
    if (!(await deleteSession(me.id, id)))
      throw new Problem({
        code: 'no-session',
        kind: 'not-found',
        title: 'You have no such session; it may have ended.',
      })
  })
}
