import type pg from 'pg'
import { err, ok, type Result } from '../kit/result.ts'
import { type ArchiveHeader, type ArchivePart, type ArchiveRow, readArchive, verifyArchive } from './archive.ts'
import { auditStore } from './audit.ts'
import { type Database, openDatabase } from './database.ts'
import type { StoreOptions } from './db.ts'
import { nameKey, type NamedKey } from './envelope.ts'
import { reasonOf, type StoreFailure } from './failure.ts'
import { readKeyFile, writeKeys } from './master-key.ts'
import { applyMigration, appliedMigrations, type Migration, migrationLock, readMigrations } from './migrate.ts'
import { type Column, isMigrated, quoted, tablesOf } from './tables.ts'

const batchRows = 200
/** Somebody else's open transaction on our tables; longer only hides it. */
const lockLimitMs = 10_000

export interface Restored {
  rows: number
  /** Set when the secrets do not open with the key file as it is now: which key they want, and where. */
  wantedKey: { id: string; file: string } | null
}

/** Thrown to undo everything. */
class Refused extends Error {
  readonly failure: StoreFailure
  constructor(failure: StoreFailure) {
    super(failure.title)
    this.failure = failure
  }
}

/**
 * Puts the content of an archive into an installation that no process uses, in one transaction: afterwards it is there
 * as it was when the archive was made, migrated to this Drawbridge, or nothing has changed.
 */
export async function restore(
  options: StoreOptions,
  { file, replace, actorName }: { file: string; replace: boolean; actorName: string },
): Promise<Result<Restored, StoreFailure>> {
  const verified = await verifyArchive(file)
  if (!verified.ok) return verified
  const migrations = readMigrations()
  const known = understood(verified.value, migrations)
  if (known !== null) return err(known)
  const opened = await openDatabase(options)
  if (!opened.ok) return opened
  try {
    const client = await opened.value.pool.connect()
    try {
      const refused = await mayReplace(client, opened.value, replace, migrations)
      if (refused !== null) return err(refused)
      const keyFile = options.masterKeyFile || opened.value.dir.masterKey
      return ok(await replaceAll(client, { file, migrations, header: verified.value, keyFile, actorName }))
    } finally {
      client.release()
    }
  } catch (failure) {
    if (failure instanceof Refused) return err(failure.failure)
    return err({ code: 'archive', title: `The restore failed and was undone: ${reasonOf(failure)}.` })
  } finally {
    await opened.value.close()
  }
}

/** Null when this Drawbridge knows every migration of the archive, in the same order. */
function understood({ migrations: theirs }: ArchiveHeader, ours: Migration[]): StoreFailure | null {
  for (const [at, { name, checksum }] of theirs.entries()) {
    if (ours[at]?.name === name && ours[at].checksum === checksum) continue
    return ours.some((own) => own.name === name)
      ? {
          code: 'migration',
          title: `The archive was made with another version of the migration ${name}. Restore it with the Drawbridge that made it.`,
        }
      : {
          code: 'schema-newer',
          title: `The archive was made by a newer Drawbridge: it holds the migration ${name}, which this one does not know. Upgrade this one first.`,
        }
  }
  return null
}

async function mayReplace(
  client: pg.ClientBase,
  { kind }: Database,
  replace: boolean,
  migrations: Migration[],
): Promise<StoreFailure | null> {
  // The data directory is ours by now; an external database may be used from another one.
  const others = await client.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'drawbridge%' AND pid <> pg_backend_pid()`,
  )
  if (kind === 'external' && others.rows.length > 0)
    return { code: 'in-use', title: 'A Drawbridge is connected to this database. Stop it first.' }
  if (!(await isMigrated(client))) return null
  const newer = (await appliedMigrations(client)).find(({ name }) => migrations.every((own) => own.name !== name))
  if (newer)
    return {
      code: 'schema-newer',
      title: `The database was written by a newer Drawbridge: it holds the migration ${newer.name}. Upgrade this one, or restore into another database.`,
    }
  if (replace || (await isUnused(client))) return null
  return {
    code: 'not-empty',
    title:
      'There is a Drawbridge with data of its own here. Make a backup of it, then give --replace to put the archive in its place.',
  }
}

/** Was it only started, and nobody set it up? */
async function isUnused(client: pg.ClientBase): Promise<boolean> {
  const tables = await tablesOf(client)
  for (const table of ['User', 'Host', 'ApiToken', 'Job'])
    if (tables.has(table) && (await client.query(`SELECT 1 FROM ${quoted(table)} LIMIT 1`)).rows.length > 0)
      return false
  return true
}

interface Replacement {
  file: string
  migrations: Migration[]
  header: ArchiveHeader
  keyFile: string
  actorName: string
}

async function replaceAll(client: pg.PoolClient, replacement: Replacement): Promise<Restored> {
  const { file, migrations, header, keyFile, actorName } = replacement
  await client.query('BEGIN')
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${migrationLock})`)
    await client.query(
      `SET LOCAL lock_timeout = ${lockLimitMs}; SET LOCAL DateStyle = 'ISO'; SET LOCAL TimeZone = 'UTC'`,
    )
    await dropAll(client)
    for (const migration of migrations.slice(0, header.migrations.length)) await applyMigration(client, migration)
    const rows = await fill(client, file)
    for (const migration of migrations.slice(header.migrations.length)) await applyMigration(client, migration)
    await auditStore(client, { action: 'store.restore', actorName, detail: { madeAt: header.madeAt, rows } })
    const active = await client.query<{ id: string }>('SELECT id FROM "MasterKey" WHERE active')
    const settle = placeKeys(keyFile, header.masterKeys)
    await client.query('COMMIT')
    settle()
    return { rows, wantedKey: wantedKey(keyFile, active.rows[0]?.id ?? null) }
  } catch (failure) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw failure
  }
}

/** Ours alone: an external database may hold other people's tables. */
async function dropAll(client: pg.ClientBase): Promise<void> {
  await client.query('DROP SCHEMA IF EXISTS graphile_worker CASCADE')
  if (!(await isMigrated(client))) return
  for (const table of [...(await tablesOf(client)).keys(), '_prisma_migrations'])
    await client.query(`DROP TABLE IF EXISTS ${quoted(table)} CASCADE`)
}

/** Rows of a table may point at rows that come later: what points is checked once everything is there. */
async function fill(client: pg.PoolClient, file: string): Promise<number> {
  const tables = await tablesOf(client)
  for (const table of tables.keys()) await client.query(`DELETE FROM ${quoted(table)}`)
  const { rows: pointers } = await client.query<{ table: string; name: string }>(
    `SELECT conrelid::regclass::text AS table, conname AS name FROM pg_constraint
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`,
  )
  for (const { table, name } of pointers)
    await client.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${quoted(name)} DEFERRABLE INITIALLY DEFERRED`)
  let count = 0
  let into: { table: string; columns: Column[] } | null = null
  let batch: ArchiveRow[] = []
  const flush = async (): Promise<void> => {
    if (into === null || batch.length === 0) return
    await insert(client, into.table, into.columns, batch)
    count += batch.length
    batch = []
  }
  const take = async (part: ArchivePart): Promise<void> => {
    if (part.kind === 'table') {
      await flush()
      into = { table: part.table, columns: columnsOf(tables, part.table, part.columns) }
    } else if (batch.push(part.row) >= batchRows) await flush()
  }
  // Verified before; verified again, because the file may have changed since.
  const read = await readArchive(file, async () => ok(undefined), take)
  if (!read.ok) throw new Refused(read.error)
  await flush()
  await client.query('SET CONSTRAINTS ALL IMMEDIATE')
  for (const { table, name } of pointers)
    await client.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${quoted(name)} NOT DEFERRABLE`)
  return count
}

function columnsOf(tables: Map<string, Column[]>, table: string, names: string[]): Column[] {
  const known = tables.get(table)
  return names.map((name) => {
    const column = known?.find((one) => one.name === name)
    if (column === undefined)
      throw new Refused({
        code: 'archive',
        title: `The archive holds a column ${table}.${name} that its own schema does not have. Nothing was changed.`,
      })
    return column
  })
}

async function insert(client: pg.ClientBase, table: string, columns: Column[], rows: ArchiveRow[]): Promise<void> {
  const names = columns.map(({ name }) => quoted(name)).join(', ')
  const values = columns.map(({ type }, at) => `c${at}::${type}`).join(', ')
  const lists = columns.map((_, at) => `$${at + 1}::text[]`).join(', ')
  const aliases = columns.map((_, at) => `c${at}`).join(', ')
  await client.query(
    `INSERT INTO ${quoted(table)} (${names}) SELECT ${values} FROM unnest(${lists}) AS given(${aliases})`,
    columns.map((_, at) => rows.map((row) => row[at] ?? null)),
  )
}

/**
 * Writes the archive's keys before the commit, with those that were there below them, so that a kill in between leaves
 * an installation that opens either way. Returns what forgets the former ones after the commit.
 */
function placeKeys(keyFile: string, lines: string[] | null): () => void {
  if (lines === null) return () => undefined
  const keys = lines.map((line) => nameKey(Buffer.from(line, 'base64')))
  const held = readKeyFile(keyFile)
  if (!held.ok) throw new Refused(held.error)
  const former = (held.value ?? []).filter(({ id }) => keys.every((key) => key.id !== id))
  writeKeys(keyFile, [...keys, ...former])
  return () => writeKeys(keyFile, keys)
}

function wantedKey(file: string, id: string | null): Restored['wantedKey'] {
  if (id === null) return null
  const held = readKeyFile(file)
  const keys: NamedKey[] = held.ok ? (held.value ?? []) : []
  return keys.some((key) => key.id === id) ? null : { id, file }
}
