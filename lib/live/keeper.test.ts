import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { counterFrame } from '../../e2e/harness/counter-frame.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { Hub } from './hub.ts'
import { type Attendance, type HostWork, Keeper, type Trouble } from './keeper.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

const down: Trouble = { state: 'unreachable', reason: 'No route.', offeredKey: null }
const silence = 'It is silent.'

/** A host made of this test's wishes. */
class FakeHost implements HostWork {
  readonly silence = silence
  readonly tried: number[] = []
  readonly ticked: number[] = []
  readonly downs: [Date, string][] = []
  seenCount = 0
  closed = 0
  /** What the next connections come to; null connects. */
  trouble: Trouble | null = null
  answers = true
  /** What it answers instead of a frame. */
  nonsense: Uint8Array | null = null
  #end: (why: Trouble) => void = () => {}

  attend(_: string, onFrame: (frame: Uint8Array) => void): Promise<Result<Attendance, Trouble>> {
    this.tried.push(Date.now())
    if (this.trouble !== null) return Promise.resolve(err(this.trouble))
    const ended = new Promise<Trouble>((resolve) => (this.#end = resolve))
    const tick = () => {
      this.ticked.push(performance.now())
      if (this.answers) onFrame(this.nonsense ?? counterFrame(performance.now() / 1000, { eth0: {} }))
    }
    return Promise.resolve(ok({ tick, ended, close: () => this.closed++ }))
  }
  seen() {
    this.seenCount++
    return Promise.resolve()
  }
  down(_: string, since: Date, reason: string) {
    this.downs.push([since, reason])
    return Promise.resolve()
  }
  breakConnection(why: Trouble) {
    this.#end(why)
  }
}

let host: FakeHost
let hub: Hub
let keeper: Keeper
const stateOf = (id = 'a') => hub.state(id)
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const begin = async (trouble: Trouble | null = null) => {
  host = new FakeHost()
  host.trouble = trouble
  hub = new Hub()
  keeper = new Keeper(hub)
  keeper.start(host)
  keeper.track('a')
  await pass(1)
}
const gaps = (times: number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0))

describe('while a host is up', () => {
  test('it is ticked each second without drift while somebody looks, each ten else', async () => {
    await begin()
    const leave = hub.subscribe(['host:a'], () => {})
    expect(stateOf()).toMatchObject({ state: 'up', reason: null })
    await pass(20_000)
    const first = host.ticked[0] ?? 0
    expect(host.ticked.length).toBe(21)
    expect((host.ticked.at(-1) ?? 0) - first).toBeLessThan(20_010)
    leave()
    await pass(60_000)
    host.ticked.length = 0
    await pass(60_000)
    expect(host.ticked.length).toBe(6)
    // Whoever begins to look does not wait for ten seconds.
    await pass(2000)
    host.ticked.length = 0
    hub.figures('a')
    await pass(1100)
    expect(host.ticked.length).toBeGreaterThan(0)
  })

  test('when it was seen is kept now and then', async () => {
    await begin()
    expect(host.seenCount).toBe(1)
    hub.subscribe(['fleet'], () => {})
    await pass(59_000)
    expect(host.seenCount).toBe(1)
    await pass(122_000)
    expect(host.seenCount).toBe(4)
  })
})

describe('a host that goes', () => {
  test('is told at once when its connection ends, and comes back by itself', async () => {
    await begin()
    await pass(500)
    host.trouble = down
    host.breakConnection({ ...down, reason: 'It hung up.' })
    await pass(1)
    expect(stateOf()).toEqual({
      state: 'unreachable',
      since: new Date(1_700_000_000_501).toISOString(),
      reason: 'It hung up.',
      offeredKey: null,
    })
    await pass(10_000)
    expect(stateOf()).toMatchObject({ since: new Date(1_700_000_000_501).toISOString(), reason: 'No route.' })
    expect(host.closed).toBe(1)
    host.trouble = null
    await pass(31_000)
    expect(stateOf().state).toBe('up')
    expect(host.downs.at(-1)).toEqual([new Date(1_700_000_000_501), 'No route.'])
  })

  test('is not up after 3 s without a frame, up again when it answers late, given up after 10 s', async () => {
    await begin()
    hub.subscribe(['host:a'], () => {})
    await pass(500)
    host.answers = false
    await pass(2400)
    expect(stateOf().state).toBe('up')
    await pass(200)
    expect(stateOf()).toMatchObject({ state: 'unreachable', reason: silence })
    expect(host.closed).toBe(0)
    host.answers = true
    await pass(1000)
    expect(stateOf().state).toBe('up')
    host.answers = false
    await pass(4000)
    const { since } = stateOf()
    await pass(8000)
    expect(host.closed).toBe(1)
    expect(stateOf()).toMatchObject({ state: 'unreachable', since })
    host.answers = true
    await pass(2000)
    expect(stateOf().state).toBe('up')
  })

  test('is tried later and later, at most every 30 s', async () => {
    await begin(down)
    await pass(200_000)
    const waits = gaps(host.tried)
    for (const [index, least] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(least)
      expect(waits[index]).toBeLessThanOrEqual(least * 1.25 + 10)
    }
  })

  test('that answers nonsense is left alone for a while, with why', async () => {
    await begin()
    hub.subscribe(['fleet'], () => {})
    host.nonsense = new TextEncoder().encode('Segmentation fault\n')
    await pass(1000)
    expect(stateOf()).toMatchObject({ state: 'refused', reason: expect.stringMatching(/not understood.*clock/) })
    expect(host.closed).toBe(1)
    host.nonsense = null
    await pass(3000)
    expect(stateOf().state).toBe('up')
  })

  test('was down before this process began: since then', async () => {
    host = new FakeHost()
    host.trouble = down
    hub = new Hub()
    keeper = new Keeper(hub)
    keeper.track('a', new Date('2020-01-01'))
    expect(stateOf().state).toBe('connecting')
    keeper.start(host)
    await pass(1)
    expect(stateOf()).toMatchObject({ state: 'unreachable', since: '2020-01-01T00:00:00.000Z' })
  })
})

describe('a changed key', () => {
  const offeredKey = { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` }
  const changed: Trouble = { state: 'key-changed', reason: 'Another key.', offeredKey }

  test('is not tried again until somebody decides', async () => {
    await begin(changed)
    await pass(3_600_000)
    hub.subscribe(['fleet', 'host:a'], () => {})
    await pass(1000)
    expect(host.tried).toHaveLength(1)
    expect(stateOf()).toMatchObject({ state: 'key-changed', reason: 'Another key.', offeredKey })
    host.trouble = null
    keeper.retryNow('a')
    await pass(1)
    expect(stateOf()).toMatchObject({ state: 'up', offeredKey: null })
  })
})

describe('somebody who asks', () => {
  test('to try now does not wait', async () => {
    await begin(down)
    await pass(10_000)
    host.trouble = null
    keeper.retryNow('a')
    await pass(1)
    expect(stateOf().state).toBe('up')
    // Also while it is up: the way to it was changed.
    const tries = host.tried.length
    keeper.retryNow('a')
    await pass(1)
    expect(host.tried).toHaveLength(tries + 1)
    expect(host.closed).toBe(1)
    expect(stateOf().state).toBe('up')
  })

  test('to try now is heard while the outage is being written down', async () => {
    await begin()
    let written: () => void = () => {}
    host.down = () => new Promise((resolve) => (written = resolve))
    host.trouble = { ...down, state: 'key-changed' }
    host.breakConnection(down)
    await pass(2000)
    host.trouble = null
    keeper.retryNow('a')
    written()
    await pass(1)
    expect(stateOf().state).toBe('up')
  })

  test('to forget a host ends it', async () => {
    await begin()
    hub.subscribe(['fleet'], () => {})
    keeper.forget('a')
    await pass(60_000)
    expect(host.closed).toBe(1)
    expect(hub.figures('a')).toBeNull()
    expect(host.tried).toHaveLength(1)
  })

  test('to stop has it within a second, whatever hangs', async () => {
    await begin()
    const hangs = new FakeHost()
    hangs.attend = () => new Promise(() => {})
    const stuck = new Keeper(new Hub())
    stuck.start(hangs)
    stuck.track('b')
    const stopped = vi.fn<() => void>()
    void Promise.all([keeper.stop(), stuck.stop()]).then(() => stopped())
    await pass(1000)
    expect(stopped).toHaveBeenCalled()
    expect(host.closed).toBe(1)
    keeper.track('c')
    await pass(60_000)
    expect(host.tried).toHaveLength(1)
  })
})
