/**
 * Applies the SQL files of prisma/migrations, each in a transaction of its own together with its row in Prisma's
 * standard table, so that a migration is there or it is not.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { err, ok, type Result } from '../kit/result.ts'
import { reasonOf, type StoreFailure } from './failure.ts'
import { homePath } from './home.ts'

export interface Migration {
  /** e.g. `20261124091333_foundation`; the order of the names is the order of application. */
  name: string
  sql: string
  /** SHA-256 of the file, hex, as Prisma computes it. */
  checksum: string
}

/** The same number as Prisma's own tool, so that the two never run at once. */
export const migrationLock = 72_707_369

const table = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`

/** The migrations this Drawbridge brings, oldest first. */
export function readMigrations(directory: string = homePath('prisma/migrations')): Migration[] {
  return readdirSync(directory)
    .filter((name) => existsSync(join(directory, name, 'migration.sql')))
    .toSorted()
    .map((name) => {
      const bytes = readFileSync(join(directory, name, 'migration.sql'))
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') }
    })
}

/** Brings the database up to date; returns the names of the migrations that were applied now (none: it was). */
export async function migrate(pool: pg.Pool, migrations: Migration[]): Promise<Result<string[], StoreFailure>> {
  const client = await pool.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    await client.query(table)
    const done = await appliedMigrations(client)
    const wrong = disagreement(done, migrations)
    if (wrong !== null) return err(wrong)
    const pending = migrations.slice(done.length)
    for (const migration of pending) {
      const failed = await apply(client, migration)
      if (failed !== null) return err(failed)
    }
    return ok(pending.map(({ name }) => name))
  } catch (failure) {
    return err({ code: 'migration', title: `The database cannot be brought up to date: ${reasonOf(failure)}.` })
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined)
    client.release()
  }
}

interface Applied {
  name: string
  checksum: string
  finished: boolean
}

/** What the database says was applied, in order. */
export async function appliedMigrations(client: pg.ClientBase | pg.Pool): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  )
  return rows
}

function disagreement(done: Applied[], migrations: Migration[]): StoreFailure | null {
  const half = done.find(({ finished }) => !finished)
  if (half)
    return {
      code: 'migration',
      title: `The migration ${half.name} was begun by another tool and not finished. Restore a backup, or resolve it with Prisma.`,
    }
  for (const [at, row] of done.entries()) {
    const own = migrations[at]
    if (own?.name === row.name && own.checksum === row.checksum) continue
    if (own?.name === row.name)
      return {
        code: 'migration',
        title: `The migration ${row.name} was changed after it was applied to this database. Put its file back as it was; changes belong into a new migration.`,
      }
    if (!migrations.some(({ name }) => name === row.name))
      return {
        code: 'schema-newer',
        title: `The database was written by a newer Drawbridge: it holds the migration ${row.name}, which this one does not know. Upgrade Drawbridge, or restore a backup made by this version.`,
      }
    return {
      code: 'migration',
      title: `The migration ${own?.name ?? ''} was never applied, though the later ${row.name} was. Migrations must be added at the end.`,
    }
  }
  return null
}

async function apply(client: pg.PoolClient, migration: Migration): Promise<StoreFailure | null> {
  try {
    await client.query('BEGIN')
    await applyMigration(client, migration)
    await client.query('COMMIT')
    return null
  } catch (failure) {
    await client.query('ROLLBACK').catch(() => undefined)
    return {
      code: 'migration',
      title: `The migration ${migration.name} failed and was undone: ${reasonOf(failure)}. The database is as it was before.`,
    }
  }
}

/** One migration with its row, inside the transaction of the caller. */
export async function applyMigration(client: pg.ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(table)
  await client.query(sql)
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksum, name],
  )
}
