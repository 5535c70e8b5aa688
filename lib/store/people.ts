import { err, ok, type Result } from '../kit/result.ts'
import type { Prisma, Session, User } from './generated/client.ts'
import { db } from './db.ts'

/** All people, oldest first. */
export const listUsers = (): Promise<User[]> => db().user.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
export const getUser = (id: string): Promise<User | null> => db().user.findUnique({ where: { id } })
export const countUsers = (): Promise<number> => db().user.count()

type Transaction = Prisma.TransactionClient

/** Would nobody be left who is an admin and can sign in? Holds the admins' rows until the transaction ends. */
async function isLastAdmin(tx: Transaction, id: string): Promise<boolean> {
  const admins = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "User" WHERE role = 'admin' AND banned IS NOT TRUE ORDER BY id FOR UPDATE`
  return admins.length === 1 && admins[0]?.id === id
}

export type UserPatch = Partial<Pick<User, 'name' | 'role' | 'banned'>>

/** `last-admin`: the change would leave no admin who can sign in. */
export const updateUser = (id: string, patch: UserPatch): Promise<Result<User, 'not-found' | 'last-admin'>> =>
  db().$transaction(async (tx) => {
    const losesAdmin = (patch.role !== undefined && patch.role !== 'admin') || patch.banned === true
    if (losesAdmin && (await isLastAdmin(tx, id))) return err('last-admin')
    const [user] = await tx.user.updateManyAndReturn({ where: { id }, data: patch })
    return user === undefined ? err('not-found') : ok(user)
  })

/** Removes a person with their sessions, password and second factor. */
export const deleteUser = (id: string): Promise<Result<void, 'not-found' | 'last-admin'>> =>
  db().$transaction(async (tx) => {
    if (await isLastAdmin(tx, id)) return err('last-admin')
    const { count } = await tx.user.deleteMany({ where: { id } })
    return count === 1 ? ok(undefined) : err('not-found')
  })

/** Sessions that are still good, newest first. */
export const listSessions = (userId: string, now: Date): Promise<Session[]> =>
  db().session.findMany({ where: { userId, expiresAt: { gt: now } }, orderBy: { createdAt: 'desc' } })

export async function deleteSession(userId: string, id: string): Promise<boolean> {
  return (await db().session.deleteMany({ where: { id, userId } })).count === 1
}

export async function deleteSessionsOf(userId: string): Promise<void> {
  await db().session.deleteMany({ where: { userId } })
}

/** Replaces the hash of somebody's password; false when they have none. */
export async function setPasswordHash(userId: string, hash: string): Promise<boolean> {
  const { count } = await db().account.updateMany({
    where: { userId, providerId: 'credential' },
    data: { password: hash },
  })
  return count > 0
}

/** Without their authenticator app and backup codes somebody would be locked out for good. */
export async function dropSecondFactor(userId: string): Promise<void> {
  await db().$transaction([
    db().twoFactor.deleteMany({ where: { userId } }),
    db().user.updateMany({ where: { id: userId }, data: { twoFactorEnabled: false } }),
  ])
}
