import { type Actor, actions, refusal } from '../../access/can.ts'
import type { Me } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import { getUser } from '../../store/people.ts'
import { refuse } from '../refuse.ts'

/** Who I am, and what I may not do. */
export async function readMe(actor: Actor): Promise<Me> {
  await refuse(actor, 'account.own')
  if (actor.kind === 'system') throw new Error('the process itself has no account')
  const { kind, id, name, role } = actor
  const refusals = Object.fromEntries(
    actions.flatMap((action) => {
      const reason = refusal(actor, action)
      return reason === null ? [] : [[action, reason]]
    }),
  )
  if (kind === 'token') return { id, kind, name, email: null, role, twoFactor: false, refusals }
  const user = await getUser(id)
  if (user === null) throw new Problem({ code: 'unauthenticated', kind: 'unauthenticated', title: 'Sign in.' })
  return { id, kind, name: user.name, email: user.email, role, twoFactor: user.twoFactorEnabled === true, refusals }
}
