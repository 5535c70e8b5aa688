import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExternalPostgres, startExternalPostgres } from '../../e2e/harness/external-postgres.ts'
import { scratchDir } from '../../e2e/harness/scratch-store.ts'
import { type Database, openDatabase } from './database.ts'
import { migrate, type Migration, readMigrations } from './migrate.ts'

let external: ExternalPostgres
beforeAll(async () => {
  external = await startExternalPostgres()
})
afterAll(() => external.close())

const made = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
})
const one = made('1_one', 'CREATE TABLE one (id int)')
const two = made('2_two', 'ALTER TABLE one ADD two int; CREATE TABLE two (id int)')

let count = 0
async function onNew(run: (pool: Database['pool'], open: () => Promise<Database>) => Promise<void>): Promise<void> {
  const databaseUrl = await external.database(`migrate${++count}`)
  const opened: { close: () => Promise<void> }[] = []
  const open = async (): Promise<Database> => {
    const dir = scratchDir()
    const database = await openDatabase({ dataDir: dir.path, databaseUrl })
    if (!database.ok) throw new Error(database.error.title)
    opened.push({ close: () => database.value.close().finally(dir.remove) })
    return database.value
  }
  try {
    await run((await open()).pool, open)
  } finally {
    for (const database of opened) await database.close()
  }
}

test('what is missing is applied in order, once', () =>
  onNew(async (pool) => {
    expect(await migrate(pool, [one])).toEqual({ ok: true, value: ['1_one'] })
    expect(await migrate(pool, [one, two])).toEqual({ ok: true, value: ['2_two'] })
    expect(await migrate(pool, [one, two])).toEqual({ ok: true, value: [] })
    const { rows } = await pool.query('SELECT checksum FROM _prisma_migrations ORDER BY migration_name')
    expect(rows).toEqual([{ checksum: one.checksum }, { checksum: two.checksum }])
  }))

test('processes that start at once do not step on each other', () =>
  onNew(async (_pool, open) => {
    const databases = await Promise.all([open(), open(), open()])
    const all = await Promise.all(databases.map(({ pool }) => migrate(pool, [one, two])))
    expect(all.flatMap((result) => (result.ok ? result.value : ['failed'])).toSorted()).toEqual(['1_one', '2_two'])
  }))

test('one that fails is undone as a whole, and those before it stay', () =>
  onNew(async (pool) => {
    const broken = made('2_two', 'CREATE TABLE half (id int); SELECT 1/0')
    expect(await migrate(pool, [one, broken])).toMatchObject({ ok: false, error: { code: 'migration' } })
    expect((await pool.query(`SELECT to_regclass('half') AS half, to_regclass('one')::text AS one`)).rows).toEqual([
      { half: null, one: 'one' },
    ])
    expect(await migrate(pool, [one, two])).toEqual({ ok: true, value: ['2_two'] })
  }))

test('a changed, a skipped, a half-done and an unknown one are told apart', () =>
  onNew(async (pool) => {
    await migrate(pool, [one, two])
    const changed = made('1_one', 'CREATE TABLE other (id int)')
    const between = made('1_one_and_a_half', 'SELECT 1')
    expect(await migrate(pool, [changed, two])).toMatchObject({ ok: false, error: { code: 'migration' } })
    expect(await migrate(pool, [one, between, two])).toMatchObject({ ok: false, error: { code: 'migration' } })
    expect(await migrate(pool, [one])).toMatchObject({ ok: false, error: { code: 'schema-newer' } })
    await pool.query(`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '2_two'`)
    expect(await migrate(pool, [one, two])).toMatchObject({ ok: false, error: { code: 'migration' } })
  }))

test('ours build exactly the schema the client was generated from', () =>
  onNew(async (pool) => {
    expect((await migrate(pool, readMigrations())).ok).toBe(true)
    // The schema the newest migration was authored against stands beside the migrations.
    const { status } = spawnSync('cmp', ['prisma/schema.prisma', 'prisma/migrations/schema.prisma'])
    expect(status).toBe(0)
  }))
