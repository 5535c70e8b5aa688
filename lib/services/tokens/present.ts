import { parseRole } from '../../access/can.ts'
import type { ApiToken } from '../../contract/account.ts'
import type { ApiToken as TokenRow } from '../../store/generated/client.ts'

export const presentToken = (row: TokenRow): ApiToken => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  role: parseRole(row.role) ?? 'viewer',
  createdAt: row.createdAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
  lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  revokedAt: row.revokedAt?.toISOString() ?? null,
})
