import type { Actor } from '../../access/can.ts'
import { changePassword as change } from '../../auth/people.ts'
import { Problem } from '../../kit/problem.ts'
import { audited } from '../refuse.ts'
import type { Caller } from './caller.ts'
import { requirePerson } from './require-person.ts'

/** Changes my password and ends my other sessions. The cookies are those of this session, made anew. */
export async function changePassword(
  actor: Actor,
  caller: Caller,
  passwords: { currentPassword: string; newPassword: string },
): Promise<string[]> {
  const { id, name } = await requirePerson(actor)
  return audited(actor, 'account.own', { kind: 'user', id, name }, async (note) => {
    note({ detail: { verb: 'change-password' } })
    const cookies = await change(caller.headers, passwords)
    if (cookies !== 'wrong-password') return cookies
    throw new Problem({
      code: 'wrong-password',
      kind: 'invalid',
      title: 'Your current password is wrong.',
      fields: [{ field: 'currentPassword', message: 'This is not your current password.' }],
    })
  })
}
