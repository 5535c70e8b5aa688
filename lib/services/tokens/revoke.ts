import type { Actor } from '../../access/can.ts'
import { Problem } from '../../kit/problem.ts'
import { getApiToken, revokeApiToken } from '../../store/api-tokens.ts'
import { audited, refuse } from '../refuse.ts'

/** Revokes a token at once and for good. Revoking it again is no error. */
export async function revokeToken(actor: Actor, id: string, now: Date): Promise<void> {
  await refuse(actor, 'token.manage', { kind: 'token', id })
  const row = await getApiToken(id)
  await audited(actor, 'token.manage', { kind: 'token', id, name: row?.name ?? null }, async (note) => {
    note({ detail: { verb: 'revoke' } })
    if (row === null)
      throw new Problem({ code: 'no-token', kind: 'not-found', title: `There is no token with the id ${id}.` })
    await revokeApiToken(id, now)
  })
}
