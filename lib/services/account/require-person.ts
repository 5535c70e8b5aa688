import type { Actor } from '../../access/can.ts'
import { Problem } from '../../kit/problem.ts'
import { refuse } from '../refuse.ts'
import type { Person } from './caller.ts'

/** The first line of what only people have: a session, a password, a second factor. */
export async function requirePerson(actor: Actor): Promise<Person> {
  await refuse(actor, 'account.own')
  if (actor.kind === 'user') return actor
  throw new Problem({
    code: 'needs-person',
    kind: 'forbidden',
    title: 'An API token has no password and no sessions. Sign in as a person.',
  })
}
