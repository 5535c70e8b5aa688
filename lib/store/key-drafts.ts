import { store } from './db.ts'
import { newId } from './id.ts'
import { deleteSecret, openSecret, sealSecret } from './secrets.ts'

const owner = 'KeyDraft'
const column = 'privateKey'

/** Keeps a private key that was made for a host which is not added yet; its id. */
export async function keepKeyDraft(privateKey: string): Promise<string> {
  const row = newId()
  await sealSecret({ owner, row, column }, privateKey)
  return row
}

export const openKeyDraft = (row: string): Promise<string | null> =>
  /^[0-9a-z]{26}$/.test(row) ? openSecret({ owner, row, column }) : Promise.resolve(null)

export const dropKeyDraft = (row: string): Promise<void> => deleteSecret({ owner, row })

/** Forgets the keys nobody added a host with. */
export async function dropKeyDraftsBefore(at: Date): Promise<void> {
  await store().pool.query('DELETE FROM "Secret" WHERE owner = $1 AND "createdAt" < $2', [owner, at])
}
