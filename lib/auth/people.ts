import type { Role } from '../access/can.ts'
import { setPasswordHash } from '../store/people.ts'
import { isTaken } from '../store/row-errors.ts'
import { ask } from './answer.ts'
import { auth } from './auth.ts'

export interface NewPerson {
  name: string
  email: string
  password: string
  role: Role
}

/** Makes a person who can sign in with a password; their id. `taken`: somebody has this e-mail address. */
export async function createPerson({ name, email, password, role }: NewPerson): Promise<{ id: string } | 'taken'> {
  const { internalAdapter, password: hasher } = await (await auth()).$context
  const address = email.toLowerCase()
  if ((await internalAdapter.findUserByEmail(address)) !== null) return 'taken'
  const hash = await hasher.hash(password)
  const source = { method: 'email-password' } as const
  try {
    const user = await internalAdapter.createUser({ name, email: address, emailVerified: false, role }, source)
    await internalAdapter.linkAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password: hash })
    return { id: user.id }
  } catch (failure) {
    if (isTaken(failure)) return 'taken'
    throw failure
  }
}

/** Sets somebody's password without the old one. Their sessions are the caller's to end. */
export async function setPassword(userId: string, password: string): Promise<boolean> {
  const { password: hasher } = await (await auth()).$context
  return setPasswordHash(userId, await hasher.hash(password))
}

/** Their own, knowing the old one. All their other sessions end; the cookies are those of this one, made anew. */
export async function changePassword(
  headers: Headers,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
): Promise<string[] | 'wrong-password'> {
  const { api } = await auth()
  const body = { currentPassword, newPassword, revokeOtherSessions: true }
  const answer = await ask(api.changePassword({ body, headers, returnHeaders: true }))
  return answer.ok ? answer.cookies : 'wrong-password'
}

export async function findByEmail(email: string): Promise<string | null> {
  const { internalAdapter } = await (await auth()).$context
  return (await internalAdapter.findUserByEmail(email.toLowerCase()))?.user.id ?? null
}
