import type pg from 'pg'
import type { AuditEntry } from './generated/client.ts'
import { db } from './db.ts'
import { newId } from './id.ts'
import { storableJson, storableText } from './json.ts'

export interface NewAuditEntry {
  actorKind: 'user' | 'token' | 'system'
  actorId: string | null
  actorName: string
  /** The verb, as in lib/access/can.ts, e.g. `host.add`. */
  action: string
  targetKind?: string | null
  targetId?: string | null
  targetName?: string | null
  outcome: 'done' | 'refused' | 'failed'
  /** Small and never a secret. */
  detail?: Record<string, unknown>
  /** Address of the client. */
  address?: string | null
}

const name = (text: string | null | undefined): string | null =>
  text == null ? null : storableText(text).slice(0, 500)

/** Appends one entry. There is no function to change or remove one. */
export async function appendAudit(entry: NewAuditEntry): Promise<AuditEntry> {
  return db().auditEntry.create({
    data: {
      id: newId(),
      actorKind: entry.actorKind,
      actorId: entry.actorId,
      actorName: name(entry.actorName) ?? '',
      action: entry.action,
      targetKind: entry.targetKind ?? null,
      targetId: entry.targetId ?? null,
      targetName: name(entry.targetName),
      outcome: entry.outcome,
      detail: storableJson(entry.detail ?? {}),
      address: name(entry.address),
    },
  })
}

/** What an administrator did to the store itself, where no client of it is open. */
export async function auditStore(
  client: pg.ClientBase | pg.Pool,
  { action, actorName, detail }: { action: string; actorName: string; detail: Record<string, unknown> },
): Promise<void> {
  await client.query(
    `INSERT INTO "AuditEntry" (id, "actorKind", "actorName", action, outcome, detail) VALUES ($1, 'system', $2, $3, 'done', $4)`,
    [newId(), actorName, action, JSON.stringify(storableJson(detail))],
  )
}

export interface AuditFilter {
  action?: string
  targetKind?: string
  targetId?: string
  actorId?: string
  outcome?: NewAuditEntry['outcome']
}

/**
 * Newest first. `after` is the `next` of the page before; `next` is null on the last page.
 * @param limit entries per page, at most 500
 */
export async function listAudit(
  { limit = 100, after = null }: { limit?: number; after?: string | null },
  filter: AuditFilter = {},
): Promise<{ entries: AuditEntry[]; next: string | null }> {
  const take = Math.min(Math.max(limit, 1), 500)
  const rows = await db().auditEntry.findMany({
    where: filter,
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: take + 1,
    ...(after === null ? {} : { cursor: { id: after }, skip: 1 }),
  })
  const entries = rows.slice(0, take)
  return { entries, next: rows.length > take ? (entries.at(-1)?.id ?? null) : null }
}
