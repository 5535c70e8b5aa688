import type { ApiToken } from './generated/client.ts'
import type { Role } from '../access/can.ts'
import { db } from './db.ts'
import { newId } from './id.ts'

export interface NewApiToken {
  name: string
  /** First characters of the token, for people to tell tokens apart. */
  prefix: string
  /** SHA-256 of the whole token, 32 bytes. */
  hash: Uint8Array
  role: Role
  teamId?: string
  createdById: string | null
  expiresAt: Date | null
}

/** All tokens, revoked and expired ones too, newest first. */
export const listApiTokens = (filter: { teamId?: string } = {}): Promise<ApiToken[]> =>
  db().apiToken.findMany({ where: filter, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })

export const getApiToken = (id: string): Promise<ApiToken | null> => db().apiToken.findUnique({ where: { id } })

/** Whatever its state: the caller looks at `revokedAt` and `expiresAt`. */
export const getApiTokenByHash = (hash: Uint8Array): Promise<ApiToken | null> =>
  db().apiToken.findUnique({ where: { hash: Uint8Array.from(hash) } })

export const createApiToken = (token: NewApiToken): Promise<ApiToken> =>
  db().apiToken.create({ data: { id: newId(), ...token, hash: Uint8Array.from(token.hash) } })

/** False when there is no such token or it was revoked before. */
export async function revokeApiToken(id: string, at: Date): Promise<boolean> {
  const { count } = await db().apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } })
  return count === 1
}

/** Remembers the last use. Callers limit how often (a write per request would be one too many). */
export async function touchApiToken(id: string, at: Date): Promise<void> {
  await db().apiToken.updateMany({ where: { id }, data: { lastUsedAt: at } })
}

/** Revokes what somebody made; returns how many were still good. */
export async function revokeApiTokensOf(userId: string, at: Date): Promise<number> {
  const { count } = await db().apiToken.updateMany({
    where: { createdById: userId, revokedAt: null },
    data: { revokedAt: at },
  })
  return count
}
