/**
 * The master key wraps the data key of every secret. It lies in a file outside the database, so that neither a dump
 * nor a backup opens anything. One key a line, the current one first; the lines below are former keys, which are
 * needed only until everything was wrapped anew.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type pg from 'pg'
import { err, ok, type Result } from '../kit/result.ts'
import type { DataDir } from './data-dir.ts'
import { nameKey, seal, unseal, type NamedKey } from './envelope.ts'
import { reasonOf, type StoreFailure } from './failure.ts'
import { inTransaction } from './transaction.ts'

export interface MasterKeys {
  readonly file: string
  /** The key new secrets are wrapped with. */
  current(): NamedKey
  /** Any key of the file, read again when the id is new to us: another process may have changed it. */
  find(id: string): NamedKey | null
  reload(): void
}

const canaryText = Buffer.from('drawbridge canary')
const canaryAad = (id: string): string => `MasterKey:${id}:canary`
const advisoryLock = 72_707_370
const batchSize = 200

const wrappingAad = (keyId: string, { owner, row, column }: SecretPlace): string => `${keyId}:${owner}:${row}:${column}`

/** Which column of which row of which table a secret belongs to. None of them may hold a colon. */
export interface SecretPlace {
  owner: string
  row: string
  column: string
}

export const wrap = (master: NamedKey, dataKey: Uint8Array, place: SecretPlace): Uint8Array<ArrayBuffer> =>
  seal(master.key, dataKey, wrappingAad(master.id, place))

export const unwrap = (master: NamedKey, wrapped: Uint8Array, place: SecretPlace): Buffer | null =>
  unseal(master.key, wrapped, wrappingAad(master.id, place))

/**
 * Reads the keys and proves them against the canary in the database. Makes the file at the first start, unless it was
 * named by hand. When the first line is not the key in use, wraps everything anew with it.
 */
export async function openMasterKeys(
  pool: pg.Pool,
  dir: DataDir,
  named?: string,
): Promise<Result<MasterKeys, StoreFailure>> {
  const file = named === undefined || named === '' ? dir.masterKey : named
  const isOurs = file === dir.masterKey
  try {
    const proved = await inTransaction(pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock])
      // Under the lock: two first starts on one database must not each make a key.
      const read = readKeys(file, isOurs)
      return read.ok ? prove(client, file, read.value, isOurs) : read
    })
    if (!proved.ok) return proved
    const keys = keyRing(file, proved.value.keys)
    if (proved.value.active !== keys.current().id) await wrapAnew(pool, keys)
    return ok(keys)
  } catch (failure) {
    return err({ code: 'master-key', title: `The master key in ${file} cannot be used: ${reasonOf(failure)}.` })
  }
}

/** The keys in a file, current first; null when there is no file. */
export const readKeyFile = (file: string): Result<NamedKey[] | null, StoreFailure> => readKeys(file, false)

function readKeys(file: string, ours: boolean): Result<NamedKey[] | null, StoreFailure> {
  const refuse = (title: string): Result<never, StoreFailure> => err({ code: 'master-key', title })
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found === undefined) return ok(null)
    if (ours && (found.mode & 0o077) !== 0)
      return refuse(`The master key in ${file} can be read by others. Run: chmod 600 ${file}`)
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    const keys = lines.map((line) => Buffer.from(line, 'base64'))
    if (keys.length === 0 || keys.some((key, at) => key.length !== 32 || key.toString('base64') !== lines[at]))
      return refuse(
        `${file} is no master key file: each line must be 32 random bytes in base64. Put back the file that was there; for a new installation make one with: openssl rand -base64 32`,
      )
    return ok(keys.map(nameKey))
  } catch (failure) {
    return refuse(`The master key in ${file} cannot be read: ${reasonOf(failure)}.`)
  }
}

/** Flushed before it gets its name: a key that something was sealed with must survive a power cut. */
export function writeKeys(file: string, keys: NamedKey[]): void {
  const fresh = `${file}.new`
  const fd = openSync(fresh, 'w', 0o600)
  writeSync(fd, keys.map(({ key }) => `${key.toString('base64')}\n`).join(''))
  fsyncSync(fd)
  closeSync(fd)
  renameSync(fresh, file)
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
}

async function prove(
  client: pg.PoolClient,
  file: string,
  found: NamedKey[] | null,
  mayMake: boolean,
): Promise<Result<{ keys: NamedKey[]; active: string }, StoreFailure>> {
  const refuse = (title: string): Result<never, StoreFailure> => err({ code: 'master-key', title })
  const { rows } = await client.query<{ id: string; canary: Buffer }>('SELECT id, canary FROM "MasterKey" WHERE active')
  const [row] = rows
  if (row === undefined) {
    if (found === null && !mayMake)
      return refuse(`There is no master key file ${file}. Make one with: openssl rand -base64 32 >${file}`)
    const keys = found ?? [nameKey(randomBytes(32))]
    const [first] = keys
    if (first === undefined) throw new Error('no key')
    if (found === null) writeKeys(file, keys)
    await addKey(client, first, true)
    return ok({ keys, active: first.id })
  }
  const wayOut = `Put the right key file there (mode 0600), or name it with DRAWBRIDGE_MASTER_KEY_FILE; without it nobody can open them.`
  if (found === null)
    return refuse(
      `The secrets in this database were sealed with the master key ${row.id}, and there is no file ${file}. ${wayOut}`,
    )
  const used = found.find(({ id }) => id === row.id)
  if (used === undefined || unseal(used.key, row.canary, canaryAad(used.id)) === null)
    return refuse(
      `The secrets in this database were sealed with the master key ${row.id}, and ${file} holds ${found.map(({ id }) => id).join(', ')}. ${wayOut}`,
    )
  return ok({ keys: found, active: row.id })
}

async function addKey(client: pg.ClientBase | pg.Pool, { id, key }: NamedKey, active: boolean): Promise<void> {
  await client.query('INSERT INTO "MasterKey" (id, canary, active) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING', [
    id,
    seal(key, canaryText, canaryAad(id)),
    active,
  ])
}

function keyRing(file: string, initial: NamedKey[]): MasterKeys {
  let keys = initial
  const reload = (): void => {
    const read = readKeys(file, false)
    if (read.ok && read.value !== null) keys = read.value
  }
  return {
    file,
    reload,
    current: () => {
      const [first] = keys
      if (first === undefined) throw new Error('no master key')
      return first
    },
    find: (id) => {
      const look = (): NamedKey | undefined => keys.find((key) => key.id === id)
      const held = look()
      if (held !== undefined) return held
      reload()
      return look() ?? null
    },
  }
}

/**
 * Wraps every data key with the current master key, while the store is in use, and retires the others. Can be
 * interrupted at any point and begun again. Secrets themselves are not touched.
 */
export async function wrapAnew(pool: pg.Pool, keys: MasterKeys): Promise<void> {
  const target = keys.current()
  await addKey(pool, target, false)
  while ((await inTransaction(pool, (client) => wrapBatch(client, keys, target))) > 0);
  await inTransaction(pool, async (client) => {
    // From here on nobody seals with an old key (`sealSecret` looks at this row), so nothing can slip in behind us.
    await client.query(
      'UPDATE "MasterKey" SET active = false, "retiredAt" = now() WHERE id <> $1 AND "retiredAt" IS NULL',
      [target.id],
    )
    while ((await wrapBatch(client, keys, target)) > 0);
    await client.query('UPDATE "MasterKey" SET active = true, "retiredAt" = NULL WHERE id = $1', [target.id])
  })
}

async function wrapBatch(client: pg.PoolClient, keys: MasterKeys, target: NamedKey): Promise<number> {
  const { rows } = await client.query<SecretPlace & { id: string; keyId: string; wrappedKey: Buffer }>(
    'SELECT id, owner, row, "column", "keyId", "wrappedKey" FROM "Secret" WHERE "keyId" <> $1 ORDER BY id LIMIT $2 FOR UPDATE',
    [target.id, batchSize],
  )
  for (const row of rows) {
    const from = keys.find(row.keyId)
    const dataKey = from === null ? null : unwrap(from, row.wrappedKey, row)
    if (dataKey === null)
      throw new Error(
        `the secret ${row.owner} ${row.row} ${row.column} was wrapped with the master key ${row.keyId}, which ${from === null ? 'the file does not hold' : 'does not open it'}`,
      )
    await client.query('UPDATE "Secret" SET "keyId" = $2, "wrappedKey" = $3 WHERE id = $1', [
      row.id,
      target.id,
      wrap(target, dataKey, row),
    ])
  }
  return rows.length
}

/** Makes a new master key, wraps everything with it and forgets the former one. Safe against a kill at any point. */
export async function rotateMasterKey(pool: pg.Pool, keys: MasterKeys): Promise<string> {
  const fresh = nameKey(randomBytes(32))
  const former = keys.current()
  writeKeys(keys.file, [fresh, former])
  keys.reload()
  await wrapAnew(pool, keys)
  writeKeys(keys.file, [fresh])
  keys.reload()
  return fresh.id
}
