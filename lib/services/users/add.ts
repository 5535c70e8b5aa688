import type { Actor } from '../../access/can.ts'
import { createPerson, type NewPerson } from '../../auth/people.ts'
import type { User } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import { getUser } from '../../store/people.ts'
import { audited, refuse } from '../refuse.ts'
import { presentUser } from './present.ts'

/** Makes a person who can sign in with this password. */
export async function addUser(actor: Actor, person: NewPerson): Promise<User> {
  const target = { kind: 'user', name: person.email }
  await refuse(actor, 'user.manage', target)
  return audited(actor, 'user.manage', target, async (note) => {
    note({ detail: { verb: 'add', role: person.role } })
    const made = await createPerson(person)
    if (made === 'taken')
      throw new Problem({
        code: 'email-taken',
        kind: 'conflict',
        title: `Somebody with the e-mail address ${person.email} exists already.`,
        fields: [{ field: 'email', message: 'Somebody has this e-mail address already.' }],
      })
    note({ target: { ...target, id: made.id } })
    const row = await getUser(made.id)
    if (row === null) throw new Error('the person who was just made is gone')
    return presentUser(row)
  })
}
