import { parseRole } from '../../access/can.ts'
import type { User } from '../../contract/account.ts'
import type { User as UserRow } from '../../store/generated/client.ts'

export const presentUser = (row: UserRow): User => ({
  id: row.id,
  name: row.name,
  email: row.email,
  role: parseRole(row.role) ?? 'viewer',
  disabled: row.banned === true,
  twoFactor: row.twoFactorEnabled === true,
  createdAt: row.createdAt.toISOString(),
})
