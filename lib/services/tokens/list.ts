import type { Actor } from '../../access/can.ts'
import type { ApiToken } from '../../contract/account.ts'
import { listApiTokens } from '../../store/api-tokens.ts'
import { refuse } from '../refuse.ts'
import { presentToken } from './present.ts'

/** All tokens, revoked and expired ones too, newest first. */
export async function listTokens(actor: Actor): Promise<ApiToken[]> {
  await refuse(actor, 'token.manage')
  return (await listApiTokens()).map(presentToken)
}
