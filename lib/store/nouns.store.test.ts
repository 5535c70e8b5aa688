import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addHostRow, closeStore, mustOpen, scratchDir } from '../../e2e/harness/scratch-store.ts'
import { createPerson } from '../auth/people.ts'
import type { HostFacts } from '../facts/facts.ts'
import {
  createApiToken,
  getApiTokenByHash,
  listApiTokens,
  revokeApiToken,
  revokeApiTokensOf,
  touchApiToken,
} from './api-tokens.ts'
import { appendAudit, listAudit } from './audit.ts'
import { db, type Store } from './db.ts'
import { getFacts, listFacts, saveFacts } from './facts.ts'
import { addHostKey, listHostKeys, replaceHostKeys } from './host-keys.ts'
import {
  createHost,
  deleteHost,
  getHost,
  getHostByName,
  hostsReachedThrough,
  listHosts,
  markHostDown,
  markHostSeen,
  updateHost,
} from './hosts.ts'
import { newId } from './id.ts'
import { countJobs, getJob, listJobs } from './jobs.ts'
import { storableJson } from './json.ts'
import { deleteUser, setPasswordHash, updateUser } from './people.ts'
import { claimSetting, deleteSetting, readSetting, writeSetting } from './settings.ts'

const dir = scratchDir()
let store: Store
beforeAll(async () => {
  store = await mustOpen(dir.path)
})
afterAll(async () => {
  await closeStore(store)
  dir.remove()
})

describe('hosts', () => {
  test('a name is taken once; a jump host must exist and stays while others are reached through it', async () => {
    const jump = await addHostRow('jump')
    const taken = await createHost({ ...(await sample()), name: 'jump' })
    expect(taken).toEqual({ ok: false, error: 'name-taken' })
    expect(await createHost({ ...(await sample()), name: 'x', jumpHostId: 'nobody' })).toEqual({
      ok: false,
      error: 'no-jump-host',
    })
    const behind = await createHost({ ...(await sample()), name: 'behind', jumpHostId: jump })
    if (!behind.ok) throw new Error(behind.error)
    expect(await hostsReachedThrough(jump)).toEqual([{ id: behind.value.id, name: 'behind' }])
    expect(await deleteHost(jump)).toEqual({ ok: false, error: 'is-jump-host' })
    expect(await updateHost(behind.value.id, { name: 'jump' })).toEqual({ ok: false, error: 'name-taken' })
    expect(await updateHost(behind.value.id, { jumpHostId: null })).toMatchObject({ ok: true })
    expect((await deleteHost(jump)).ok).toBe(true)
    expect(await deleteHost(jump)).toEqual({ ok: false, error: 'not-found' })
    expect(await updateHost(jump, { name: 'y' })).toEqual({ ok: false, error: 'not-found' })
    expect(await getHostByName('jump')).toBeNull()
    expect((await listHosts()).map(({ name }) => name)).toEqual(['behind'])
  })

  test('keys are pinned once and replaced as one', async () => {
    const id = await addHostRow('keys')
    const key = { algorithm: 'ssh-ed25519', fingerprint: 'SHA256:one', pinnedBy: 'ada' }
    await addHostKey(id, key)
    await addHostKey(id, key)
    expect(await listHostKeys(id)).toHaveLength(1)
    await replaceHostKeys(id, [{ ...key, fingerprint: 'SHA256:two' }])
    expect((await getHost(id))?.keys.map(({ fingerprint }) => fingerprint)).toEqual(['SHA256:two'])
  })

  test('an outage keeps its first moment and its newest reason, until the host answers', async () => {
    const id = await addHostRow('down')
    const [first, later] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T01:00:00Z')]
    await markHostDown(id, first, 'refused')
    await markHostDown(id, later, 'timed out \u0000 and odd \uD800')
    expect(await getHost(id)).toMatchObject({ downSince: first, downReason: expect.stringContaining('timed out') })
    await markHostSeen(id, later)
    expect(await getHost(id)).toMatchObject({ downSince: null, downReason: null, lastSeenAt: later })
    await markHostSeen('nobody', later)
  })

  const sample = async () => ({
    name: 'h',
    address: 'h.example',
    port: 22,
    user: 'root',
    signIn: 'agent' as const,
    publicKey: null,
    jumpHostId: null,
    tags: ['a', 'b'],
    notes: '',
    keys: [],
  })
})

describe('facts', () => {
  const facts = (takenAt: string, kernel: string): HostFacts =>
    ({ takenAt, bootId: 'b', kernel }) as unknown as HostFacts

  test('newer ones replace older ones, never the other way round; of a host that is gone they are dropped', async () => {
    const id = await addHostRow('facts')
    const older = facts('2026-01-01T00:00:00.000Z', 'older')
    const newer = facts('2026-01-02T00:00:00.000Z', 'newer')
    expect(await getFacts(id)).toBeNull()
    expect(await saveFacts(id, newer)).toBe(true)
    expect(await saveFacts(id, older)).toBe(true)
    expect(await getFacts(id)).toEqual(newer)
    expect(await listFacts([id])).toEqual(new Map([[id, newer]]))
    await deleteHost(id)
    expect(await getFacts(id)).toBeNull()
    expect(await saveFacts(id, newer)).toBe(false)
  })

  test('what a hostile host says is kept without what the database refuses', () => {
    const said = { '\u0000key': 'a\u0000b', half: '\uD800', list: [undefined, Number.NaN] }
    expect(storableJson(said)).toEqual({ key: 'ab', half: '\uFFFD', list: [null, null] })
  })
})

describe('jobs', () => {
  test('are listed newest first, in pages, by host, VM and state; they outlive their host', async () => {
    const host = await addHostRow('jobs')
    const ids = Array.from({ length: 5 }, () => newId())
    for (const [at, id] of ids.entries())
      await db().job.create({
        data: {
          id,
          kind: 'x',
          title: `job ${at}`,
          state: at % 2 ? 'done' : 'failed',
          hostId: at < 3 ? host : null,
          input: at === 1 ? { vm: 'v' } : at === 3 ? { uuid: 'w', source: 'v' } : { note: 'v' },
          createdBy: 'ada',
        },
      })
    const first = await listJobs({ limit: 2 })
    const second = await listJobs({ limit: 2, after: first.next })
    const third = await listJobs({ limit: 2, after: second.next })
    expect([first, second, third].flatMap(({ jobs }) => jobs.map(({ id }) => id))).toEqual(ids.toReversed())
    expect(third.next).toBeNull()
    expect((await listJobs({}, { hostId: host, state: 'failed' })).jobs.map(({ title }) => title)).toEqual([
      'job 2',
      'job 0',
    ])
    expect((await listJobs({}, { vm: 'v' })).jobs.map(({ title }) => title)).toEqual(['job 3', 'job 1'])
    expect((await listJobs({}, { vm: 'w', hostId: host })).jobs).toEqual([])
    expect(await countJobs()).toMatchObject({ done: 2, failed: 3, queued: 0 })
    expect((await getJob(ids[0] ?? ''))?.host).toEqual({ name: 'jobs' })
    await deleteHost(host)
    expect(await getJob(ids[0] ?? '')).toMatchObject({ hostId: null, host: null })
  })
})

describe('people', () => {
  test('the last admin who can sign in stays one, also when two are changed at once', async () => {
    const made = await Promise.all(
      ['a', 'b'].map((name) =>
        createPerson({ name, email: `${name}@example.org`, password: 'correct horse battery', role: 'admin' }),
      ),
    )
    const [a = '', b = ''] = made.map((one) => (one === 'taken' ? '' : one.id))
    const both = await Promise.all([updateUser(a, { role: 'viewer' }), updateUser(b, { banned: true })])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(both.find(({ ok }) => !ok)).toEqual({ ok: false, error: 'last-admin' })
    const last = both[0]?.ok ? b : a
    expect(await deleteUser(last)).toEqual({ ok: false, error: 'last-admin' })
    expect(await deleteUser('nobody')).toEqual({ ok: false, error: 'not-found' })
    expect(await setPasswordHash('nobody', 'x')).toBe(false)
    const again = await createPerson({
      name: 'A',
      email: 'A@Example.org',
      password: 'correct horse battery',
      role: 'viewer',
    })
    expect(again).toBe('taken')
  })
})

describe('tokens, settings, audit', () => {
  test('a token is found by its hash, revoked once, and with its maker', async () => {
    const hash = Uint8Array.from({ length: 32 }, () => 7)
    const token = { name: 't', prefix: 'dbt_', hash, role: 'viewer' as const, createdById: 'ada', expiresAt: null }
    const { id } = await createApiToken(token)
    expect((await getApiTokenByHash(hash))?.id).toBe(id)
    const at = new Date('2026-01-01T00:00:00Z')
    await touchApiToken(id, at)
    expect([await revokeApiToken(id, at), await revokeApiToken(id, at)]).toEqual([true, false])
    await createApiToken({ ...token, hash: Uint8Array.from({ length: 32 }, () => 8) })
    expect(await revokeApiTokensOf('ada', at)).toBe(1)
    expect((await listApiTokens()).every(({ revokedAt }) => revokedAt !== null)).toBe(true)
  })

  test('a setting is claimed and removed by one caller only', async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, (_, at) => claimSetting('first', { at })))
    expect(claims.filter(Boolean)).toHaveLength(1)
    await writeSetting('first', { at: 'later' })
    expect(await readSetting('first')).toEqual({ at: 'later' })
    const removals = await Promise.all(Array.from({ length: 8 }, () => deleteSetting('first')))
    expect(removals.filter(Boolean)).toHaveLength(1)
    expect(await readSetting('first')).toBeUndefined()
  })

  test('the audit log pages through everything exactly once, also what was written in the same moment', async () => {
    for (let at = 0; at < 25; at++)
      await appendAudit({ actorKind: 'system', actorId: null, actorName: `n${at}`, action: 'page', outcome: 'done' })
    const seen: string[] = []
    for (let after: string | null = null; ;) {
      const { entries, next } = await listAudit({ limit: 10, after }, { action: 'page' })
      seen.push(...entries.map(({ actorName }) => actorName))
      if (next === null) break
      after = next
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => `n${24 - at}`))
  })

  test('ids of one process sort in the order they were made', () => {
    const ids = Array.from({ length: 5000 }, newId)
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(5000)
  })
})
