import type { HostKey } from './generated/client.ts'
import { db } from './db.ts'
import type { NewHostKey } from './hosts.ts'
import { newId } from './id.ts'

/** Pinned keys of one host, oldest first. */
export const listHostKeys = (hostId: string): Promise<HostKey[]> =>
  db().hostKey.findMany({ where: { hostId }, orderBy: { pinnedAt: 'asc' } })

/** Trusts these keys and no others from now on. */
export async function replaceHostKeys(hostId: string, keys: NewHostKey[]): Promise<void> {
  await db().$transaction([
    db().hostKey.deleteMany({ where: { hostId } }),
    db().hostKey.createMany({ data: keys.map((key) => ({ id: newId(), hostId, ...key })) }),
  ])
}

/** Trusts one more key; pinning the same one again changes nothing. */
export async function addHostKey(hostId: string, key: NewHostKey): Promise<void> {
  await db().hostKey.createMany({ data: [{ id: newId(), hostId, ...key }], skipDuplicates: true })
}
