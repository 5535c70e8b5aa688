import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { counterFrame, type HostCounters } from '../../e2e/harness/counter-frame.ts'
import type { LiveEvent } from '../stats/live-protocol.ts'
import { Hub, type Topic } from './hub.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const since = new Date(1_700_000_000_000)
const up = { state: 'up', since, reason: null, offeredKey: null } as const
const take = (hub: Hub, id: string, second: number, links: Record<string, HostCounters>) =>
  expect(hub.take(id, counterFrame(second, links))).toEqual({ ok: true, value: undefined })

function watch(hub: Hub, topics: Topic[]) {
  const chunks: Uint8Array[] = []
  const leave = hub.subscribe(topics, (chunk) => chunks.push(chunk))
  const events = () =>
    chunks.map((chunk) => JSON.parse(/\ndata: (.*)\n\n$/.exec(new TextDecoder().decode(chunk))?.[1] ?? '') as LiveEvent)
  return { chunks, leave, events, types: () => events().map(({ type }) => type) }
}

describe('a stream', () => {
  test('begins with the present: states, the fleet, a keyframe', () => {
    const hub = new Hub()
    hub.setState('a', up)
    hub.setState('b', { state: 'refused', since, reason: 'The key is wrong.', offeredKey: null })
    take(hub, 'a', 1, { eth0: {} })
    const all = watch(hub, ['fleet', 'host:a'])
    expect(all.events()).toEqual([
      { type: 'host-state', host: 'a', state: 'up', since: since.toISOString(), reason: null },
      { type: 'host-state', host: 'b', state: 'refused', since: since.toISOString(), reason: 'The key is wrong.' },
      expect.objectContaining({
        type: 'fleet',
        rows: [expect.objectContaining({ host: 'a' }), expect.objectContaining({ host: 'b' })],
      }),
      expect.objectContaining({ type: 'host-keyframe', host: 'a', links: ['eth0'] }),
    ])
    expect(watch(hub, ['host:b']).types()).toEqual(['host-state'])
    expect(watch(hub, ['jobs']).types()).toEqual([])
  })

  test('goes on with deltas, and a keyframe when links come or go', () => {
    const hub = new Hub()
    const { types } = watch(hub, ['host:a'])
    for (const second of [1, 2, 3]) take(hub, 'a', second, { eth0: { rxPackets: second ** 2 } })
    take(hub, 'a', 4, { eth0: {}, vnet0: {} })
    expect(types()).toEqual(['host-keyframe', 'host-delta', 'host-delta', 'host-keyframe'])
  })

  test('is encoded once: all who watch get the same bytes', () => {
    const hub = new Hub()
    hub.setState('a', up)
    const [one, other] = [watch(hub, ['host:a']), watch(hub, ['fleet', 'host:a'])]
    for (const second of [1, 2, 3]) take(hub, 'a', second, { eth0: { rxPackets: second } })
    const late = [watch(hub, ['host:a']), watch(hub, ['host:a'])]
    for (const nth of [1, 2, 3]) expect(one.chunks.at(-nth)).toBe(other.chunks.at(-nth))
    expect(late[0]?.chunks.at(-1)).toBe(late[1]?.chunks.at(-1))
  })

  test('tells of the fleet once a second, to those who asked', () => {
    const hub = new Hub()
    const { events, leave } = watch(hub, ['fleet'])
    const other = watch(hub, ['jobs', 'host:a'])
    vi.advanceTimersByTime(3000)
    expect(events().map((event) => event.type === 'fleet' && event.at - since.getTime())).toEqual([0, 1000, 2000, 3000])
    leave()
    expect(vi.getTimerCount()).toBe(0)
    expect(other.chunks).toEqual([])
  })

  test('tells each change once, however many topics it belongs to', () => {
    const hub = new Hub()
    const both = watch(hub, ['fleet', 'host:a', 'jobs'])
    const seen = both.chunks.length
    hub.setState('a', up)
    hub.setState('a', up)
    hub.publish({ type: 'facts-changed', host: 'a', takenAt: since.toISOString() })
    hub.publish({ type: 'job-changed', job: 'j', state: 'running', host: 'a' })
    expect(both.types().slice(seen)).toEqual(['host-state', 'facts-changed', 'job-changed'])
    both.leave()
    hub.publish({ type: 'job-changed', job: 'j', state: 'done', host: 'a' })
    expect(both.chunks).toHaveLength(seen + 3)
  })

  test('who leaves while being told does no harm', () => {
    const hub = new Hub()
    const leaving: (() => void)[] = []
    leaving.push(hub.subscribe(['host:a'], () => leaving[0]?.()))
    const { types } = watch(hub, ['host:a'])
    take(hub, 'a', 1, { eth0: {} })
    take(hub, 'a', 2, { eth0: {} })
    expect(types()).toEqual(['host-keyframe', 'host-delta'])
  })
})

describe('a host', () => {
  test('that is not up has no figures in the fleet', () => {
    const hub = new Hub()
    hub.setState('a', up)
    for (const second of [1, 2]) take(hub, 'a', second, { eth0: { rxDrops: second } })
    const { events } = watch(hub, ['fleet'])
    hub.setState('a', { state: 'unreachable', since, reason: 'It is gone.', offeredKey: null })
    vi.advanceTimersByTime(1000)
    expect(events().filter(({ type }) => type === 'fleet')).toEqual([
      expect.objectContaining({ rows: [expect.objectContaining({ state: 'up', drops: 1 })] }),
      expect.objectContaining({ rows: [expect.objectContaining({ state: 'unreachable', drops: null })] }),
    ])
  })

  test('is wanted while somebody watches, and a minute after somebody asked', () => {
    const hub = new Hub()
    hub.setState('a', up)
    const began: (string | null)[] = []
    hub.onWanted((id) => began.push(id))
    expect(hub.isWanted('a')).toBe(false)
    hub.figures('a')
    hub.history('a', 'eth0', 60)
    expect(began).toEqual(['a'])
    vi.advanceTimersByTime(59_000)
    expect(hub.isWanted('a')).toBe(true)
    vi.advanceTimersByTime(2000)
    expect(hub.isWanted('a')).toBe(false)
    const { leave } = watch(hub, ['fleet'])
    expect(hub.isWanted('a')).toBe(true)
    expect(began).toEqual(['a', null])
    leave()
    expect(hub.isWanted('a')).toBe(false)
  })

  test('nobody knows is being connected to', () => {
    expect(new Hub().state('x')).toMatchObject({ state: 'connecting', reason: null, offeredKey: null })
    expect(new Hub().figures('x')).toBeNull()
    expect(new Hub().history('x', 'eth0', 60)).toBeNull()
  })
})
