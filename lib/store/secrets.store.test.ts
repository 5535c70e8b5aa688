import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeStore, mustOpen, scratchDir } from '../../e2e/harness/scratch-store.ts'
import { openStore, type Store } from './db.ts'
import { dropKeyDraft, dropKeyDraftsBefore, keepKeyDraft, openKeyDraft } from './key-drafts.ts'
import { rotateMasterKey } from './master-key.ts'
import { deleteSecret, openSecret, sealSecret } from './secrets.ts'

const dir = scratchDir()
const keyFile = join(dir.path, 'master.key')
const place = { owner: 'Host', row: 'h1', column: 'privateKey' }
let store: Store

beforeEach(async () => {
  store = await mustOpen(dir.path)
})
afterEach(() => closeStore(store))
afterAll(dir.remove)

describe('a secret', () => {
  test('opens at its place; sealed again it is replaced; its bytes are nowhere in the row', async () => {
    await sealSecret(place, 'first')
    await sealSecret(place, 'second ✓')
    expect(await openSecret(place)).toBe('second ✓')
    const { rows } = await store.pool.query<{ row: string }>('SELECT "Secret"::text AS row FROM "Secret"')
    expect(rows).toHaveLength(1)
    expect(rows[0]?.row).not.toContain(Buffer.from('second').toString('hex'))
    expect(rows[0]?.row).not.toContain(readFileSync(keyFile, 'utf8').trim())
  })

  test('two of the same text look different', async () => {
    await sealSecret({ ...place, row: 'h2' }, 'same')
    await sealSecret({ ...place, row: 'h3' }, 'same')
    const { rows } = await store.pool.query("SELECT ciphertext FROM \"Secret\" WHERE row IN ('h2', 'h3')")
    expect(rows[0]).not.toEqual(rows[1])
  })

  test('moved to another row, or altered, it does not open', async () => {
    await sealSecret({ ...place, row: 'theirs' }, 'theirs')
    await store.pool.query(`UPDATE "Secret" SET row = 'mine' WHERE row = 'theirs'`)
    await expect(openSecret({ ...place, row: 'mine' })).rejects.toThrow('does not open')
    await sealSecret({ ...place, row: 'mine' }, 'mine')
    await store.pool.query(
      `UPDATE "Secret" SET ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1) WHERE row = 'mine'`,
    )
    await expect(openSecret({ ...place, row: 'mine' })).rejects.toThrow('does not open')
  })

  test('is forgotten by column or by row; one that never was is null', async () => {
    const row = 'h9'
    await sealSecret({ owner: 'Host', row, column: 'a' }, '1')
    await sealSecret({ owner: 'Host', row, column: 'b' }, '2')
    await deleteSecret({ owner: 'Host', row, column: 'a' })
    expect([
      await openSecret({ owner: 'Host', row, column: 'a' }),
      await openSecret({ owner: 'Host', row, column: 'b' }),
    ]).toEqual([null, '2'])
    await deleteSecret({ owner: 'Host', row })
    expect(await openSecret({ owner: 'Host', row, column: 'b' })).toBeNull()
    await expect(sealSecret({ owner: 'Host', row: 'a:b', column: 'c' }, 'x')).rejects.toThrow('colon')
  })

  test('a key made for a host that was never added is forgotten in time', async () => {
    const kept = await keepKeyDraft('a private key')
    expect(await openKeyDraft(kept)).toBe('a private key')
    expect(await openKeyDraft('../../etc/passwd')).toBeNull()
    await dropKeyDraftsBefore(new Date(Date.now() - 60_000))
    expect(await openKeyDraft(kept)).toBe('a private key')
    await dropKeyDraft(kept)
    expect(await openKeyDraft(kept)).toBeNull()
  })
})

describe('the master key', () => {
  const refused = async (masterKeyFile?: string) => {
    const opened = await openStore({ dataDir: dir.path, masterKeyFile })
    if (opened.ok) await opened.value.close()
    return opened
  }

  test('the wrong one, none, or something else refuses to start, and harms nothing', async () => {
    await sealSecret(place, 'kept')
    await closeStore(store)
    const right = readFileSync(keyFile, 'utf8')
    for (const text of [
      `${randomBytes(32).toString('base64')}\n`,
      'letters\n',
      '',
      `${randomBytes(31).toString('base64')}\n`,
    ]) {
      writeFileSync(keyFile, text, { mode: 0o600 })
      expect(await refused()).toMatchObject({ ok: false, error: { code: 'master-key' } })
      expect(readFileSync(keyFile, 'utf8')).toBe(text)
    }
    rmSync(keyFile)
    expect(await refused()).toMatchObject({ ok: false, error: { code: 'master-key' } })
    expect(await refused('/nowhere/key')).toMatchObject({ ok: false, error: { code: 'master-key' } })
    writeFileSync(keyFile, right, { mode: 0o600 })
    store = await mustOpen(dir.path)
    expect(await openSecret(place)).toBe('kept')
  })

  test('is replaced while the store is in use; the former one opens nothing any more', async () => {
    await sealSecret(place, 'kept')
    const former = readFileSync(keyFile, 'utf8')
    const id = await rotateMasterKey(store.pool, store.keys)
    expect(readFileSync(keyFile, 'utf8')).not.toContain(former.trim())
    expect(await openSecret(place)).toBe('kept')
    await sealSecret({ ...place, row: 'after' }, 'after')
    const { rows } = await store.pool.query('SELECT DISTINCT "keyId" AS id FROM "Secret"')
    expect(rows).toEqual([{ id }])
    await closeStore(store)
    const current = readFileSync(keyFile, 'utf8')
    writeFileSync(keyFile, former, { mode: 0o600 })
    expect(await refused()).toMatchObject({ ok: false, error: { code: 'master-key' } })
    writeFileSync(keyFile, current, { mode: 0o600 })
    store = await mustOpen(dir.path)
    expect(await openSecret(place)).toBe('kept')
  })

  test('a new first line wraps everything anew at the next start', async () => {
    await sealSecret(place, 'kept')
    await closeStore(store)
    const fresh = randomBytes(32).toString('base64')
    writeFileSync(keyFile, `${fresh}\n${readFileSync(keyFile, 'utf8')}`, { mode: 0o600 })
    await closeStore(await mustOpen(dir.path))
    writeFileSync(keyFile, `${fresh}\n`, { mode: 0o600 })
    store = await mustOpen(dir.path)
    expect(await openSecret(place)).toBe('kept')
  })
})
