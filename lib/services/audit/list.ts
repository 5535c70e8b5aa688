import type { Actor } from '../../access/can.ts'
import type { AuditEntry } from '../../contract/audit.ts'
import { type AuditFilter, listAudit as listRows } from '../../store/audit.ts'
import type { AuditEntry as AuditRow } from '../../store/generated/client.ts'
import { refuse } from '../refuse.ts'

const present = (row: AuditRow): AuditEntry => ({
  id: row.id,
  at: row.at.toISOString(),
  actorKind: row.actorKind as AuditEntry['actorKind'],
  actorId: row.actorId,
  actorName: row.actorName,
  action: row.action,
  targetKind: row.targetKind,
  targetId: row.targetId,
  targetName: row.targetName,
  outcome: row.outcome as AuditEntry['outcome'],
  detail: row.detail as Record<string, unknown>,
  address: row.address,
})

/** Who did what, newest first. */
export async function listAudit(
  actor: Actor,
  page: { limit: number; after?: string | undefined },
  filter: AuditFilter,
): Promise<{ items: AuditEntry[]; next: string | null }> {
  await refuse(actor, 'audit.read')
  const { entries, next } = await listRows({ limit: page.limit, after: page.after ?? null }, filter)
  return { items: entries.map(present), next }
}
