import type { Actor } from '../../access/can.ts'
import { setPassword } from '../../auth/people.ts'
import type { EditUser, User } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import { revokeApiTokensOf } from '../../store/api-tokens.ts'
import { deleteSessionsOf, deleteUser, dropSecondFactor, getUser, updateUser } from '../../store/people.ts'
import { audited, refuse } from '../refuse.ts'
import { presentUser } from './present.ts'

const lastAdmin = (): Problem =>
  new Problem({
    code: 'last-admin',
    kind: 'conflict',
    title: 'This is the last admin who can sign in. Make somebody else an admin first.',
  })

const noUser = (id: string): Problem =>
  new Problem({ code: 'no-user', kind: 'not-found', title: `There is nobody with the id ${id}.` })

/** Changes name, role, whether they may sign in, or sets a new password; a new password or disabling ends their sessions. */
export async function editUser(actor: Actor, id: string, edit: EditUser, now: Date): Promise<User> {
  await refuse(actor, 'user.manage', { kind: 'user', id })
  const before = await getUser(id)
  const target = { kind: 'user', id, name: before?.email ?? null }
  return audited(actor, 'user.manage', target, async (note) => {
    const { password, disabled, twoFactor, name, role } = edit
    note({ detail: { verb: 'edit', name, role, disabled, twoFactor, newPassword: password !== undefined } })
    const changed = await updateUser(id, {
      ...(name === undefined ? {} : { name }),
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { banned: disabled }),
    })
    if (!changed.ok) throw changed.error === 'last-admin' ? lastAdmin() : noUser(id)
    if (password !== undefined && !(await setPassword(id, password))) throw noUser(id)
    if (twoFactor === false) await dropSecondFactor(id)
    if (disabled === true) await revokeApiTokensOf(id, now)
    const isMild = password === undefined && disabled !== true && twoFactor === undefined
    if (!isMild) await deleteSessionsOf(id)
    const row = await getUser(id)
    if (row === null) throw noUser(id)
    return presentUser(row)
  })
}

/** Removes a person, their sessions, and the tokens they made. What they did stays in the audit log. */
export async function removeUser(actor: Actor, id: string, now: Date): Promise<void> {
  await refuse(actor, 'user.manage', { kind: 'user', id })
  const before = await getUser(id)
  await audited(actor, 'user.manage', { kind: 'user', id, name: before?.email ?? null }, async (note) => {
    note({ detail: { verb: 'remove' } })
    const removed = await deleteUser(id)
    if (!removed.ok) throw removed.error === 'last-admin' ? lastAdmin() : noUser(id)
    await revokeApiTokensOf(id, now)
  })
}
