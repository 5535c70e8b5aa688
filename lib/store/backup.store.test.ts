import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExternalPostgres, startExternalPostgres } from '../../e2e/harness/external-postgres.ts'
import { addHostRow, closeStore, mustOpen, scratchDir } from '../../e2e/harness/scratch-store.ts'
import { createPerson } from '../auth/people.ts'
import { createApiToken } from './api-tokens.ts'
import { appendAudit } from './audit.ts'
import { backup } from './backup.ts'
import { db, openStore, type Store } from './db.ts'
import { saveFacts } from './facts.ts'
import { restore } from './restore.ts'
import { openSecret, sealSecret } from './secrets.ts'
import { writeSetting } from './settings.ts'
import { quoted, tablesOf } from './tables.ts'

const secret = '-----BEGIN OPENSSH PRIVATE KEY----- top secret'
const madeAt = new Date('2026-01-02T03:04:05Z')
const hostile = 'O’Brien "; DROP TABLE "Host"; -- \\ \t\r\n\u2028 {a,b} \u{1F600} NULL'
const source = scratchDir()
const files = scratchDir()
const plain = join(files.path, 'plain.backup')
const withKey = join(files.path, 'with-key.backup')
let content: Record<string, string[]>
let hostId: string

/** Every row of every table as text, in a stable order; without what a restore adds or leaves out. */
async function contentOf(store: Store): Promise<Record<string, string[]>> {
  const client = await store.pool.connect()
  try {
    const found: Record<string, string[]> = {}
    for (const table of (await tablesOf(client)).keys()) {
      if (table === 'Session') continue
      const left = table === 'AuditEntry' ? `WHERE action NOT LIKE 'store.%'` : ''
      const { rows } = await client.query<{ row: string }>(
        `SELECT one::text AS row FROM ${quoted(table)} AS one ${left} ORDER BY 1`,
      )
      found[table] = rows.map(({ row }) => row)
    }
    return found
  } finally {
    client.release()
  }
}

async function furnish(): Promise<void> {
  const ada = await createPerson({
    name: hostile,
    email: 'ada@example.org',
    password: 'correct horse battery',
    role: 'admin',
  })
  if (ada === 'taken') throw new Error('taken')
  hostId = await addHostRow('kvm1')
  // Points at a row with a later id and name: order must not matter.
  const jump = await addHostRow('a-jump')
  await db().host.update({
    where: { id: hostId },
    data: { jumpHostId: jump, tags: [hostile, '', 'NULL'], notes: hostile },
  })
  await sealSecret({ owner: 'Host', row: hostId, column: 'privateKey' }, secret)
  await createApiToken({
    name: 'x',
    prefix: 'dbt_',
    hash: Uint8Array.from({ length: 32 }, (_, at) => at * 8),
    role: 'viewer',
    createdById: null,
    expiresAt: new Date('2031-02-03T04:05:06.789Z'),
  })
  await db().session.create({
    data: { id: 's1', token: 'session-token-of-ada', userId: ada.id, expiresAt: new Date('2031-01-01T00:00:00Z') },
  })
  await writeSetting('odd', { text: hostile, number: 0.1, big: 1e300, list: [null, true], nested: { '': {} } })
  await db().job.create({
    data: {
      id: 'job1',
      kind: 'x',
      state: 'running',
      title: hostile,
      hostId,
      input: {},
      createdBy: 'ada',
      progress: 1 / 3,
    },
  })
  await db().jobEvent.createMany({
    data: Array.from({ length: 1234 }, (_, seq) => ({
      jobId: 'job1',
      seq,
      kind: 'log',
      data: { line: `${seq} ${hostile}` },
    })),
  })
  await appendAudit({ actorKind: 'system', actorId: null, actorName: hostile, action: 'x', outcome: 'done' })
}

async function mustBackUp(file: string, withMasterKey: boolean): Promise<void> {
  const made = await backup({ dataDir: source.path }, { file, withMasterKey, madeAt, actorName: 'test' })
  if (!made.ok) throw new Error(made.error.title)
}

beforeAll(async () => {
  const store = await mustOpen(source.path)
  await furnish()
  content = await contentOf(store)
  await closeStore(store)
  await mustBackUp(plain, false)
  await mustBackUp(withKey, true)
})
afterAll(() => {
  source.remove()
  files.remove()
})

const keyText = (): string => readFileSync(join(source.path, 'master.key'), 'utf8').trim()
const restored = (dataDir: string, file: string, more: { databaseUrl?: string; replace?: boolean } = {}) =>
  restore({ dataDir, databaseUrl: more.databaseUrl }, { file, replace: more.replace ?? false, actorName: 'test' })

/** Runs it in a new data directory. */
async function elsewhere(run: (dir: string) => Promise<void>): Promise<void> {
  const target = scratchDir()
  try {
    await run(target.path)
  } finally {
    target.remove()
  }
}

describe('the archive', () => {
  test('is readable by its owner alone, and says what it is', () => {
    expect(statSync(plain).mode & 0o777).toBe(0o600)
    const [first = ''] = gunzipSync(readFileSync(plain)).toString().split('\n')
    expect(JSON.parse(first)).toMatchObject({ format: 'drawbridge-backup', version: 1, madeAt: madeAt.toISOString() })
  })

  test('holds the master key only when asked, and never a secret or a session', () => {
    const text = (file: string): string => gunzipSync(readFileSync(file)).toString()
    expect(text(plain)).not.toContain(keyText())
    expect(text(withKey)).toContain(keyText())
    for (const file of [plain, withKey]) {
      expect(text(file)).not.toContain('top secret')
      expect(text(file)).not.toContain('session-token-of-ada')
    }
  })

  test('is made beside a store that is open', async () => {
    const store = await mustOpen(source.path)
    try {
      const beside = join(files.path, 'beside.backup')
      expect(
        await backup({ dataDir: source.path }, { file: beside, withMasterKey: false, madeAt, actorName: 'test' }),
      ).toMatchObject({
        ok: true,
      })
      expect((await store.pool.query('SELECT 1')).rowCount).toBe(1)
    } finally {
      await closeStore(store)
    }
  })

  test('a directory without a Drawbridge is not made into one', () =>
    elsewhere(async (dir) => {
      const made = await backup(
        { dataDir: join(dir, 'typo') },
        { file: join(dir, 'x'), withMasterKey: false, madeAt, actorName: 'test' },
      )
      expect(made).toMatchObject({ ok: false, error: { code: 'archive' } })
      expect(existsSync(join(dir, 'typo'))).toBe(false)
    }))

  test('a place that cannot be written to leaves nothing', async () => {
    const made = await backup(
      { dataDir: source.path },
      { file: '/proc/nowhere', withMasterKey: false, madeAt, actorName: 'test' },
    )
    expect(made).toMatchObject({ ok: false, error: { code: 'archive' } })
  })
})

describe('restore', () => {
  test('brings back every row and every secret, with the key in the archive', () =>
    elsewhere(async (dir) => {
      expect(await restored(dir, withKey)).toMatchObject({ ok: true, value: { wantedKey: null } })
      expect(readFileSync(join(dir, 'master.key'), 'utf8').trim()).toBe(keyText())
      const store = await mustOpen(dir)
      expect(await contentOf(store)).toEqual(content)
      expect(await openSecret({ owner: 'Host', row: hostId, column: 'privateKey' })).toBe(secret)
      expect(await db().auditEntry.count({ where: { action: 'store.restore', actorName: 'test' } })).toBe(1)
      await closeStore(store)
    }))

  test('without the key it says which one it wants; with it in place all opens', () =>
    elsewhere(async (dir) => {
      const back = await restored(dir, plain)
      expect(back).toMatchObject({ ok: true, value: { wantedKey: { file: join(dir, 'master.key') } } })
      expect(await openStore({ dataDir: dir })).toMatchObject({ ok: false, error: { code: 'master-key' } })
      copyFileSync(join(source.path, 'master.key'), join(dir, 'master.key'))
      const store = await mustOpen(dir)
      expect(await openSecret({ owner: 'Host', row: hostId, column: 'privateKey' })).toBe(secret)
      await closeStore(store)
    }))

  test('an installation that was only started is replaced; one with data only when told', () =>
    elsewhere(async (dir) => {
      await closeStore(await mustOpen(dir))
      expect(await restored(dir, withKey)).toMatchObject({ ok: true })
      const store = await mustOpen(dir)
      await saveFacts(hostId, { takenAt: madeAt.toISOString(), bootId: 'x' } as never)
      const changed = await contentOf(store)
      await closeStore(store)
      expect(await restored(dir, withKey)).toMatchObject({ ok: false, error: { code: 'not-empty' } })
      const same = await mustOpen(dir)
      expect(await contentOf(same)).toEqual(changed)
      await closeStore(same)
      expect(await restored(dir, withKey, { replace: true })).toMatchObject({ ok: true })
      const back = await mustOpen(dir)
      expect(await contentOf(back)).toEqual(content)
      await closeStore(back)
    }))

  test('a store that is in use is refused', async () => {
    const store = await mustOpen(source.path)
    try {
      const refused = await restored(source.path, plain, { replace: true })
      expect(refused).toMatchObject({ ok: false, error: { code: 'in-use' } })
      expect(await contentOf(store)).toEqual(content)
    } finally {
      await closeStore(store)
    }
  })
})

describe('a damaged archive is refused and changes nothing', () => {
  const rewritten = (change: (lines: string[]) => string[]): Buffer =>
    gzipSync(change(gunzipSync(readFileSync(withKey)).toString().split('\n')).join('\n'))
  const bytes = (): Buffer => readFileSync(withKey)
  const cases: [string, () => Buffer | null][] = [
    ['missing', () => null],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('#!/bin/sh\necho hello\n')],
    ['gzip of something else', () => gzipSync('{"hello":"world"}\n')],
    ['cut in half', () => bytes().subarray(0, bytes().length / 2)],
    ['one byte short', () => bytes().subarray(0, -1)],
    [
      'a bit turned',
      () => {
        const turned = Buffer.from(bytes())
        turned[turned.length >> 1] = (turned[turned.length >> 1] ?? 0) ^ 4
        return turned
      },
    ],
    ['a row changed', () => rewritten((lines) => lines.map((line) => line.replace('kvm1', 'kvm2')))],
    ['a row missing', () => rewritten((lines) => lines.filter((line) => !line.includes('"job1","7"')))],
    ['no end', () => rewritten((lines) => lines.slice(0, -2).concat(''))],
    ['lines after its end', () => rewritten((lines) => [...lines.slice(0, -1), '[]', ''])],
    [
      'from a newer format',
      () => rewritten((lines) => lines.with(0, lines[0]?.replace('"version":1', '"version":2') ?? '')),
    ],
    [
      'from a newer schema',
      () =>
        rewritten((lines) =>
          lines.with(0, lines[0]?.replace(/"migrations":\[/, '"migrations":[{"name":"2099_x","checksum":"x"},') ?? ''),
        ),
    ],
  ]

  test.each(cases)('%s', (_name, make) =>
    elsewhere(async (dir) => {
      const file = join(files.path, 'damaged.backup')
      rmSync(file, { force: true })
      const text = make()
      if (text !== null) writeFileSync(file, text)
      const refused = await restored(dir, file, { replace: true })
      expect(refused.ok).toBe(false)
      // Nothing was even opened.
      expect(existsSync(join(dir, 'postgres'))).toBe(false)
      expect(existsSync(join(dir, 'master.key'))).toBe(false)
    }),
  )

  test('a whole one whose rows the schema refuses is undone', () =>
    elsewhere(async (dir) => {
      const store = await mustOpen(dir)
      await addHostRow('mine')
      const before = await contentOf(store)
      await closeStore(store)
      const { createHash } = await import('node:crypto')
      const lines = gunzipSync(readFileSync(withKey)).toString().split('\n').slice(0, -2)
      const body = `${lines.map((line) => line.replace(`"${hostId}","kvm1"`, '"nobody","kvm1"')).join('\n')}\n`
      const end = {
        end: true,
        rows: lines.filter((line) => line.startsWith('[')).length,
        sha256: createHash('sha256').update(body).digest('hex'),
      }
      const file = join(files.path, 'dangling.backup')
      writeFileSync(file, gzipSync(`${body}${JSON.stringify(end)}\n`))
      const key = readFileSync(join(dir, 'master.key'), 'utf8')
      expect(await restored(dir, file, { replace: true })).toMatchObject({ ok: false, error: { code: 'archive' } })
      expect(readFileSync(join(dir, 'master.key'), 'utf8')).toBe(key)
      const same = await mustOpen(dir)
      expect(await contentOf(same)).toEqual(before)
      await closeStore(same)
    }))
})

describe('with an external PostgreSQL', () => {
  let external: ExternalPostgres
  beforeAll(async () => {
    external = await startExternalPostgres()
  })
  afterAll(() => external.close())

  test('embedded → external → embedded: the same rows, the same secrets', () =>
    elsewhere(async (dir) => {
      const databaseUrl = await external.database('moved')
      expect(await restored(dir, withKey, { databaseUrl })).toMatchObject({ ok: true })
      const store = await mustOpen(dir, databaseUrl)
      expect(store.kind).toBe('external')
      expect(existsSync(join(dir, 'postgres'))).toBe(false)
      expect(await contentOf(store)).toEqual(content)
      expect(await openSecret({ owner: 'Host', row: hostId, column: 'privateKey' })).toBe(secret)

      await elsewhere(async (third) => {
        const refused = await restored(third, withKey, { databaseUrl, replace: true })
        expect(refused).toMatchObject({ ok: false, error: { code: 'in-use' } })
        await closeStore(store)
        const file = join(third, 'back')
        const made = await backup(
          { dataDir: dir, databaseUrl },
          { file, withMasterKey: true, madeAt, actorName: 'test' },
        )
        expect(made).toMatchObject({ ok: true })
        expect(await restored(third, file)).toMatchObject({ ok: true })
        const back = await mustOpen(third)
        const expected = { ...content, AuditEntry: content.AuditEntry }
        expect(await contentOf(back)).toEqual(expected)
        await closeStore(back)
      })
    }))

  test('other people’s tables in the database stay', () =>
    elsewhere(async (dir) => {
      const databaseUrl = await external.database('shared')
      const store = await mustOpen(dir, databaseUrl)
      await store.pool.query('CREATE SCHEMA theirs')
      await store.pool.query('CREATE TABLE theirs.notes AS SELECT 1 AS one')
      await closeStore(store)
      expect(await restored(dir, withKey, { databaseUrl })).toMatchObject({ ok: true })
      const back = await mustOpen(dir, databaseUrl)
      expect((await back.pool.query('SELECT one FROM theirs.notes')).rows).toEqual([{ one: 1 }])
      await closeStore(back)
    }))
})
