import type { HostFacts } from '../facts/facts.ts'
import { db } from './db.ts'
import { storableJson } from './json.ts'
import { isForeignKey } from './row-errors.ts'

/** The newest facts of a host, or null when it was never read. They were parsed before they were saved. */
export async function getFacts(hostId: string): Promise<HostFacts | null> {
  const row = await db().hostFacts.findUnique({ where: { hostId } })
  return row === null ? null : (row.facts as unknown as HostFacts)
}

/** Newest facts of all hosts (or of these), by host id. */
export async function listFacts(hostIds?: string[]): Promise<Map<string, HostFacts>> {
  const rows = await db().hostFacts.findMany({ where: hostIds === undefined ? {} : { hostId: { in: hostIds } } })
  return new Map(rows.map((row) => [row.hostId, row.facts as unknown as HostFacts]))
}

/** Keeps the newest facts; older ones never replace newer. False when the host is gone meanwhile. */
export async function saveFacts(hostId: string, facts: HostFacts): Promise<boolean> {
  const row = { takenAt: new Date(facts.takenAt), bootId: facts.bootId, facts: storableJson(facts) }
  try {
    const kept = await db().hostFacts.upsert({
      where: { hostId },
      create: { hostId, ...row },
      update: {},
      select: { takenAt: true },
    })
    if (kept.takenAt < row.takenAt)
      await db().hostFacts.updateMany({ where: { hostId, takenAt: { lt: row.takenAt } }, data: row })
    return true
  } catch (failure) {
    if (isForeignKey(failure)) return false
    throw failure
  }
}
