import { existsSync } from 'node:fs'
import type pg from 'pg'
import { err, ok, type Result } from '../kit/result.ts'
import { type ArchivePart, type ArchiveRow, writeArchive } from './archive.ts'
import { auditStore } from './audit.ts'
import { joinDatabase } from './database.ts'
import { dataDirPaths } from './data-dir.ts'
import type { StoreOptions } from './db.ts'
import { reasonOf, type StoreFailure } from './failure.ts'
import { readKeyFile } from './master-key.ts'
import { appliedMigrations } from './migrate.ts'
import { isMigrated, quoted, tablesOf } from './tables.ts'

/** Larger batches weigh on memory (facts of a host are some 100 kB), smaller ones are a round trip each. */
const batchRows = 200

/** What is of no use elsewhere: sessions (everybody signs in again) and which processes run jobs. */
const leftOut: Record<string, string> = {
  Session: 'false',
  Verification: 'false',
  Setting: `key NOT LIKE 'job-runner:%'`,
}

/**
 * Writes everything one installation knows into one archive, as of one instant, beside a running server or alone.
 * The master key goes in only when asked for: with it the archive opens every host it knows.
 */
export async function backup(
  options: StoreOptions,
  { file, withMasterKey, madeAt, actorName }: { file: string; withMasterKey: boolean; madeAt: Date; actorName: string },
): Promise<Result<{ rows: number }, StoreFailure>> {
  const nothing: StoreFailure = {
    code: 'archive',
    title: `There is no Drawbridge in ${options.dataDir}. Name its data directory with --data DIR.`,
  }
  if (!options.databaseUrl && !existsSync(dataDirPaths(options.dataDir).cluster)) return err(nothing)
  const joined = await joinDatabase(options)
  if (!joined.ok) return joined
  const { pool, dir } = joined.value
  try {
    const client = await pool.connect()
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await client.query(`SET LOCAL DateStyle = 'ISO'; SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'`)
      if (!(await isMigrated(client))) return err(nothing)
      const migrations = (await appliedMigrations(client)).map(({ name, checksum }) => ({ name, checksum }))
      const keys = withMasterKey ? await keysInUse(client, options.masterKeyFile || dir.masterKey) : ok(null)
      if (!keys.ok) return keys
      const written = await writeArchive(
        file,
        { madeAt: madeAt.toISOString(), migrations, masterKeys: keys.value },
        partsOf(client),
      )
      if (!written.ok) return written
      const detail = { rows: written.value, withMasterKey }
      await auditStore(pool, { action: 'store.backup', actorName, detail })
      return ok({ rows: written.value })
    } finally {
      await client.query('ROLLBACK').catch(() => undefined)
      client.release()
    }
  } catch (failure) {
    return err({ code: 'archive', title: `The backup failed: ${reasonOf(failure)}.` })
  } finally {
    await joined.value.close()
  }
}

async function keysInUse(client: pg.ClientBase, file: string): Promise<Result<string[], StoreFailure>> {
  const held = readKeyFile(file)
  if (!held.ok) return held
  const { rows } = await client.query<{ id: string }>('SELECT id FROM "MasterKey" WHERE active')
  const active = rows[0]?.id
  if (held.value !== null && held.value.some(({ id }) => id === active))
    return ok(held.value.map(({ key }) => key.toString('base64')))
  return err({
    code: 'master-key',
    title: `${file} does not hold the master key ${active ?? ''} of this database. Name the right file with DRAWBRIDGE_MASTER_KEY_FILE, or leave out --with-master-key.`,
  })
}

async function* partsOf(client: pg.ClientBase): AsyncGenerator<ArchivePart[]> {
  for (const [table, columns] of await tablesOf(client)) {
    yield [{ kind: 'table', table, columns: columns.map(({ name }) => name) }]
    const values = columns.map(({ name }) => `${quoted(name)}::text`).join(', ')
    await client.query(
      `DECLARE part NO SCROLL CURSOR FOR SELECT ARRAY[${values}] AS row FROM ${quoted(table)} WHERE ${leftOut[table] ?? 'true'}`,
    )
    for (;;) {
      const { rows } = await client.query<{ row: ArchiveRow }>(`FETCH ${batchRows} FROM part`)
      if (rows.length === 0) break
      yield rows.map(({ row }) => ({ kind: 'row', row }))
    }
    await client.query('CLOSE part')
  }
}
