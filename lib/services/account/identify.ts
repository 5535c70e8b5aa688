import { createHash } from 'node:crypto'
import { type Actor, parseRole } from '../../access/can.ts'
import { identify as identifySession } from '../../auth/identify.ts'
import { once } from '../../kit/once.ts'
import { getApiTokenByHash, touchApiToken } from '../../store/api-tokens.ts'
import type { Caller } from './caller.ts'

/** More often would be a write per request; more rarely and "last used" says little. */
const touchMs = 60_000

/** Whose bearer token this is; null when it is none, expired or revoked. */
export async function identifyToken(token: string, address: string | null, now: Date): Promise<Actor | null> {
  if (!/^dbt_[A-Za-z0-9_-]{20,100}$/.test(token)) return null
  const row = await getApiTokenByHash(createHash('sha256').update(token).digest())
  if (row === null || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) return null
  const role = parseRole(row.role)
  if (role === null) return null
  const last = once('account.tokens-touched', () => new Map<string, number>())
  if (now.getTime() - (last.get(row.id) ?? row.lastUsedAt?.getTime() ?? 0) >= touchMs) {
    last.set(row.id, now.getTime())
    await touchApiToken(row.id, now)
  }
  return { kind: 'token', id: row.id, name: row.name, role, teamId: row.teamId, address }
}

/** Whose cookie session this is, with cookies that prolong it; null when there is none. */
export async function identifyPerson({
  headers,
  address,
}: Caller): Promise<{ actor: Actor; cookies: string[] } | null> {
  const who = await identifySession(headers)
  if (who === null) return null
  const { userId, name, role, sessionId, cookies } = who
  return { actor: { kind: 'user', id: userId, name, role, teamId: 'default', sessionId, address }, cookies }
}
