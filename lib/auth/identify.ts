import { parseRole, type Role } from '../access/can.ts'
import { ask } from './answer.ts'
import { auth } from './auth.ts'

export interface Identity {
  sessionId: string
  userId: string
  name: string
  role: Role
  /** Prolong the cookie; empty most of the time. */
  cookies: string[]
}

/** Whose session these cookies are, or null. A session that is used is prolonged, at most once an hour. */
export async function identify(headers: Headers): Promise<Identity | null> {
  const { api } = await auth()
  const answer = await ask(api.getSession({ headers, returnHeaders: true }))
  if (!answer.ok || answer.value === null) return null
  const { session, user } = answer.value
  const role = parseRole(user.role)
  if (user.banned === true || role === null) return null
  return { sessionId: session.id, userId: user.id, name: user.name, role, cookies: answer.cookies }
}
