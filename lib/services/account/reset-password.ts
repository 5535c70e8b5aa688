import { randomBytes } from 'node:crypto'
import type { Actor } from '../../access/can.ts'
import { findByEmail } from '../../auth/people.ts'
import { Problem } from '../../kit/problem.ts'
import { refuse } from '../refuse.ts'
import { editUser } from '../users/edit.ts'

/** 24 characters, 144 bits: it need not be changed afterwards. */
const passwordBytes = 18

/**
 * Gives somebody a new password and answers it; all their sessions end. Their second factor stays, unless it is lost
 * too. @param options.email as they sign in, in any case
 */
export async function resetPassword(
  actor: Actor,
  { email, withoutSecondFactor }: { email: string; withoutSecondFactor: boolean },
  now: Date,
): Promise<string> {
  await refuse(actor, 'user.manage', { kind: 'user', name: email })
  const id = await findByEmail(email)
  if (id === null)
    throw new Problem({
      code: 'no-user',
      kind: 'not-found',
      title: `There is nobody with the e-mail address ${email}.`,
    })
  const password = randomBytes(passwordBytes).toString('base64url')
  await editUser(actor, id, { password, ...(withoutSecondFactor ? { twoFactor: false } : {}) }, now)
  return password
}
