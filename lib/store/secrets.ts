import { randomBytes } from 'node:crypto'
import { store } from './db.ts'
import { seal, unseal } from './envelope.ts'
import { newId } from './id.ts'
import { unwrap, wrap, type SecretPlace } from './master-key.ts'

const nonceBytes = 12
const aadOf = ({ owner, row, column }: SecretPlace): string => `${owner}:${row}:${column}`

function checked(place: SecretPlace): SecretPlace {
  const { owner, row, column } = place
  if ([owner, row, column].some((part) => part === '' || part.includes(':')))
    throw new Error('a part of a secret’s place is empty or holds a colon')
  return place
}

/**
 * Keeps a secret under its place, e.g. `{ owner: 'Host', row: hostId, column: 'privateKey' }`; one that is there is
 * replaced. It opens only at that place, with the master key of this installation.
 */
export async function sealSecret(at: SecretPlace, plain: string): Promise<void> {
  const { pool, keys } = store()
  const place = checked(at)
  for (let attempt = 0; attempt < 3; attempt++) {
    const master = keys.current()
    const dataKey = randomBytes(32)
    const sealed = seal(dataKey, Buffer.from(plain, 'utf8'), aadOf(place))
    // The key's row is held until we commit: it cannot be retired between our look and our insert.
    const { rowCount } = await pool.query(
      `INSERT INTO "Secret" (id, owner, row, "column", "keyId", "wrappedKey", nonce, ciphertext)
       SELECT $1, $2, $3, $4, key.id, $6, $7, $8
       FROM (SELECT id FROM "MasterKey" WHERE id = $5 AND "retiredAt" IS NULL FOR SHARE) AS key
       ON CONFLICT (owner, row, "column") DO UPDATE SET "keyId" = excluded."keyId", "wrappedKey" = excluded."wrappedKey",
         nonce = excluded.nonce, ciphertext = excluded.ciphertext, "createdAt" = now()`,
      [
        newId(),
        place.owner,
        place.row,
        place.column,
        master.id,
        wrap(master, dataKey, place),
        sealed.subarray(0, nonceBytes),
        sealed.subarray(nonceBytes),
      ],
    )
    if (rowCount === 1) return
    keys.reload()
  }
  throw new Error('the master key was retired; restart Drawbridge with the new one')
}

/** The secret, or null when there is none. Throws when it was tampered with or moved from another row. */
export async function openSecret(at: SecretPlace): Promise<string | null> {
  const { pool, keys } = store()
  const place = checked(at)
  const { rows } = await pool.query<{ keyId: string; wrappedKey: Buffer; nonce: Buffer; ciphertext: Buffer }>(
    'SELECT "keyId", "wrappedKey", nonce, ciphertext FROM "Secret" WHERE owner = $1 AND row = $2 AND "column" = $3',
    [place.owner, place.row, place.column],
  )
  const [row] = rows
  if (row === undefined) return null
  const master = keys.find(row.keyId)
  const dataKey = master === null ? null : unwrap(master, row.wrappedKey, place)
  const plain = dataKey === null ? null : unseal(dataKey, Buffer.concat([row.nonce, row.ciphertext]), aadOf(place))
  if (plain === null)
    throw new Error(
      `the secret ${place.owner} ${place.row} ${place.column} does not open: it was altered, moved, or sealed with another master key`,
    )
  return plain.toString('utf8')
}

/** Forgets one secret of a row, or, without a column, all of them. */
export async function deleteSecret({
  owner,
  row,
  column,
}: Omit<SecretPlace, 'column'> & { column?: string }): Promise<void> {
  await store().pool.query(
    'DELETE FROM "Secret" WHERE owner = $1 AND row = $2 AND ($3::text IS NULL OR "column" = $3)',
    [owner, row, column ?? null],
  )
}
