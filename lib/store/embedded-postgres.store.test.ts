import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { closeStore, mustOpen, scratchDir } from '../../e2e/harness/scratch-store.ts'
import { makeDataDir } from './data-dir.ts'
import { joinDatabase, openDatabase } from './database.ts'
import { openStore } from './db.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { writeSetting, readSetting } from './settings.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

function scratch(...inside: string[]): string {
  const made = scratchDir()
  cleanups.push(made.remove)
  const path = join(made.path, ...inside)
  mkdirSync(path, { recursive: true })
  return path
}

const postmaster = (dir: string): number =>
  Number.parseInt(readFileSync(join(dir, 'postgres/postmaster.pid'), 'utf8'), 10)
/** A zombie has ended; only nobody has looked yet. */
const runs = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** A process that opens the database of this directory and is killed, it alone. */
async function killedOwner(dir: string): Promise<void> {
  const child = spawn(process.execPath, ['e2e/harness/store-writer.ts', dir, join(dir, 'acks'), 'own', 'x'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.write('go\n')
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('a new directory: private, on a socket alone, gone from the process table when closed', async () => {
  const dir = scratch('new')
  rmSync(dir, { recursive: true })
  const store = await mustOpen(dir)
  const pid = postmaster(dir)
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  expect(statSync(join(dir, 'master.key')).mode & 0o777).toBe(0o600)
  expect(statSync(join(dir, 'postgres')).mode & 0o777).toBe(0o700)
  expect((await store.pool.query('SHOW listen_addresses')).rows).toEqual([{ listen_addresses: '' }])
  expect((await store.pool.query('SHOW data_checksums')).rows).toEqual([{ data_checksums: 'on' }])
  expect((await store.pool.query('SHOW fsync')).rows).toEqual([{ fsync: 'on' }])
  await writeSetting('kept', { yes: true })
  await closeStore(store)
  expect(runs(pid)).toBe(false)
  const again = await mustOpen(dir)
  expect(await readSetting('kept')).toEqual({ yes: true })
  await closeStore(again)
})

test('a second process on the directory is refused with the pid of the first; an administrator’s command joins', async () => {
  const dir = scratch()
  const store = await mustOpen(dir)
  cleanups.push(() => closeStore(store))
  const open = `import { openDatabase } from './lib/store/database.ts'
    const opened = await openDatabase({ dataDir: ${JSON.stringify(dir)} })
    process.stdout.write(opened.ok ? 'opened' : opened.error.title)`
  const second = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', open], { encoding: 'utf8' })
  expect(second.stdout).toBe(
    `Another Drawbridge (pid ${process.pid}) uses the data directory ${dir}. Stop it first, or give this one a directory of its own with --data DIR.`,
  )
  const joined = await joinDatabase({ dataDir: dir })
  if (!joined.ok) throw new Error(joined.error.title)
  expect((await joined.value.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await joined.value.close()
  expect((await store.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(await openStore({ dataDir: dir })).toMatchObject({ ok: false, error: { code: 'in-use' } })
})

test('the server a killed Drawbridge left behind is adopted, and stopped at the end', async () => {
  const dir = scratch()
  await closeStore(await mustOpen(dir))
  await killedOwner(dir)
  const left = postmaster(dir)
  expect(runs(left)).toBe(true)
  const store = await mustOpen(dir)
  expect(postmaster(dir)).toBe(left)
  expect((await store.pool.query('SELECT count(*) > 0 AS some FROM "AuditEntry"')).rows).toEqual([{ some: true }])
  await closeStore(store)
  expect(runs(left)).toBe(false)
})

test('a server that is killed comes back by itself', async () => {
  const dir = scratch()
  const store = await mustOpen(dir)
  cleanups.push(() => closeStore(store))
  const first = postmaster(dir)
  process.kill(first, 'SIGKILL')
  let answer: unknown = null
  for (const until = Date.now() + 20_000; answer === null && Date.now() < until; await pause(20))
    if (!runs(first) && existsSync(join(dir, 'postgres/postmaster.pid')) && postmaster(dir) !== first)
      answer = await store.pool.query('SELECT 1').catch(() => null)
  expect(answer).not.toBeNull()
})

test('a lock file that names a foreign process does not keep it from starting', async () => {
  const dir = scratch()
  await closeStore(await mustOpen(dir))
  writeFileSync(join(dir, 'postgres/postmaster.pid'), `1\n${dir}/postgres\n1\n5432\n.\n`)
  const store = await mustOpen(dir)
  expect(postmaster(dir)).not.toBe(1)
  await closeStore(store)
})

test('lock files that a kill left empty do not keep it from starting', async () => {
  const dir = scratch()
  await closeStore(await mustOpen(dir))
  writeFileSync(join(dir, 'postgres/postmaster.pid'), '')
  writeFileSync(join(dir, 'postgres/.s.PGSQL.5432.lock'), '')
  const store = await mustOpen(dir)
  expect(postmaster(dir)).not.toBeNull()
  await closeStore(store)
})

test('a path that is too long for a socket works', async () => {
  const dir = scratch('a'.repeat(60), 'b'.repeat(60))
  const store = await mustOpen(dir)
  const joined = await joinDatabase({ dataDir: dir })
  expect(joined.ok).toBe(true)
  if (joined.ok) await joined.value.close()
  await closeStore(store)
})

test('what is left of a killed initdb does not matter', async () => {
  const dir = scratch()
  mkdirSync(join(dir, 'postgres.new-1'))
  writeFileSync(join(dir, 'postgres.new-1/PG_VERSION'), '18\n')
  await closeStore(await mustOpen(dir))
  expect(existsSync(join(dir, 'postgres.new-1'))).toBe(false)
})

test('a cluster of another major version, something that is no cluster, a place where nothing can be made', async () => {
  const older = scratch('postgres')
  writeFileSync(join(older, 'PG_VERSION'), '14\n')
  expect(await openDatabase({ dataDir: join(older, '..') })).toMatchObject({
    ok: false,
    error: { code: 'database-version' },
  })
  const other = scratch('postgres')
  writeFileSync(join(other, 'letters.txt'), '')
  expect(await openDatabase({ dataDir: join(other, '..') })).toMatchObject({ ok: false, error: { code: 'data-dir' } })
  expect(readFileSync(join(other, 'letters.txt'), 'utf8')).toBe('')
  expect(await openDatabase({ dataDir: '/etc/passwd/drawbridge' })).toMatchObject({
    ok: false,
    error: { code: 'data-dir' },
  })
})

test('a server that cannot start says where its log is', async () => {
  const dir = scratch()
  await closeStore(await mustOpen(dir))
  rmSync(join(dir, 'postgres/global/pg_control'))
  const paths = makeDataDir(dir)
  if (!paths.ok) throw new Error(paths.error.title)
  const started = await startEmbeddedPostgres(paths.value)
  expect(started).toMatchObject({ ok: false, error: { code: 'database-start' } })
  expect(started.ok ? '' : started.error.title).toContain(join(dir, 'postgres.log'))
})

test('an external database that is not there, and a master key that others can read', async () => {
  const dir = scratch()
  const nowhere = await openDatabase({ dataDir: dir, databaseUrl: 'postgresql://x:secret-word@127.0.0.1:1/x' })
  expect(nowhere).toMatchObject({ ok: false, error: { code: 'database-unreachable' } })
  expect(JSON.stringify(nowhere)).not.toContain('secret-word')
  await closeStore(await mustOpen(dir))
  chmodSync(join(dir, 'master.key'), 0o644)
  expect(await openStore({ dataDir: dir })).toMatchObject({ ok: false, error: { code: 'master-key' } })
})
