import { createHash, randomBytes } from 'node:crypto'
import type { Actor, Role } from '../../access/can.ts'
import type { MadeApiToken } from '../../contract/account.ts'
import { Problem } from '../../kit/problem.ts'
import { createApiToken, getApiToken } from '../../store/api-tokens.ts'
import { audited, refuse } from '../refuse.ts'
import { presentToken } from './present.ts'

const shownChars = 12

/** Makes a bearer token. The token is in this answer only; what is kept is its SHA-256. */
export async function addToken(
  actor: Actor,
  { name, role, expiresAt }: { name: string; role: Role; expiresAt: string | null },
  now: Date,
): Promise<MadeApiToken> {
  const target = { kind: 'token', name }
  await refuse(actor, 'token.manage', target)
  return audited(actor, 'token.manage', target, async (note) => {
    note({ detail: { verb: 'add', role, expiresAt } })
    const ends = expiresAt === null ? null : new Date(expiresAt)
    if (ends !== null && ends <= now)
      throw new Problem({
        code: 'in-the-past',
        kind: 'invalid',
        title: 'The token would have expired already. Give a date in the future.',
        fields: [{ field: 'expiresAt', message: 'Give a date in the future.' }],
      })
    const token = `dbt_${randomBytes(32).toString('base64url')}`
    const row = await createApiToken({
      name,
      role,
      prefix: token.slice(0, shownChars),
      hash: createHash('sha256').update(token).digest(),
      createdById: await personBehind(actor),
      expiresAt: ends,
    })
    note({ target: { ...target, id: row.id } })
    return { ...presentToken(row), token }
  })
}

/** Whose going revokes it: a token that was made by a token belongs to whoever made that one. */
async function personBehind(actor: Actor): Promise<string | null> {
  if (actor.kind === 'token') return (await getApiToken(actor.id))?.createdById ?? null
  return actor.kind === 'user' ? actor.id : null
}
