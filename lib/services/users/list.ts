import type { Actor } from '../../access/can.ts'
import type { User } from '../../contract/account.ts'
import { listUsers as listRows } from '../../store/people.ts'
import { refuse } from '../refuse.ts'
import { presentUser } from './present.ts'

/** All people, oldest first. */
export async function listUsers(actor: Actor): Promise<User[]> {
  await refuse(actor, 'user.manage')
  return (await listRows()).map(presentUser)
}
