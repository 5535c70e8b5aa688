import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counterFrame, type HostCounters } from '../../e2e/harness/counter-frame.ts'
import { fromKeyframe, type HostView, withDelta } from '../wire/host-view.ts'
import { HostSeries } from './host-series.ts'
import { linkRolesOf } from './link-roles.ts'
import type { LiveEvent } from './live-protocol.ts'
import { serverSent } from './server-sent.ts'

const keepMs = 900_000
const epoch = 1_700_000_000_000

const take = (series: HostSeries, second: number, links: Record<string, HostCounters>, clock = second) => {
  const taken = series.take(counterFrame(1000 + clock, links), epoch + second * 1000, keepMs)
  if (!taken.ok) throw new Error(taken.error)
}
const figuresOf = (series: HostSeries, name: string) =>
  series.newest()?.links.find((link) => link.name === name)?.figures ?? null

/** What a browser makes of one event's bytes. */
function seen(view: HostView | null, event: LiveEvent): HostView | null {
  const [, name, data = ''] = /^event: (.*)\ndata: (.*)\n\n$/.exec(new TextDecoder().decode(serverSent(event))) ?? []
  const parsed = JSON.parse(data) as LiveEvent
  expect(parsed.type).toBe(name)
  if (parsed.type === 'host-keyframe') return fromKeyframe(parsed)
  return view !== null && parsed.type === 'host-delta' ? withDelta(view, parsed) : null
}

const kinds = { physical: ['eth0'], tap: ['vnet0', 'mytap'], macvtap: ['vnet9'], bridge: ['br0'] }
const facts = {
  network: {
    links: Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => ({ kind, name, lower: null }))),
    managementPath: null,
  },
} as unknown as Parameters<typeof linkRolesOf>[0]

describe('deltas upon a keyframe', () => {
  const counters = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 4, maxLength: 4 })
  const step = fc.record({
    growth: counters,
    links: fc.subarray(['eth0', 'vnet0', 'vnet1', 'br0']),
    resets: fc.boolean(),
  })

  test('show what a new keyframe would', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), (steps) => {
        const series = new HostSeries('h')
        let totals = [0, 0, 0, 0]
        let view: HostView | null = null
        for (const [second, { growth, links, resets }] of steps.entries()) {
          totals = totals.map((total, index) => (resets ? 0 : total) + (growth[index] ?? 0))
          const [rxPackets, txPackets, rxBytes, txDrops] = totals
          take(
            series,
            second,
            Object.fromEntries(links.map((name) => [name, { rxPackets, txPackets, rxBytes, txDrops }])),
          )
          const keyframe = series.keyframe()
          if (keyframe === null) throw new Error('no keyframe')
          view = seen(view, series.isReordered ? keyframe : series.delta())
          expect(view).toEqual(seen(null, keyframe))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('carry only the rows that changed', () => {
    const series = new HostSeries('h')
    for (const second of [0, 1, 2, 3])
      take(series, second, { eth0: { rxPackets: second * 5 }, idle: {}, eth1: { rxPackets: second ** 3 } })
    expect(series.delta()).toEqual({
      type: 'host-delta',
      host: 'h',
      seq: 4,
      at: epoch + 3000,
      rows: [[2, [19, 0, 0, 0, 0, 0, 0, 0]]],
    })
  })
})

describe('two minutes in the keyframe', () => {
  const lineOf = (series: HostSeries, name: string) => {
    const keyframe = series.keyframe()
    return keyframe?.history.rx[keyframe.links.indexOf(name)] ?? []
  }

  test('are one figure per second, the newest last', () => {
    const series = new HostSeries('h')
    for (let second = 0; second <= 300; second++)
      take(series, second, { eth0: { rxPackets: (second * (second + 1)) / 2 } })
    expect(lineOf(series, 'eth0')).toEqual(Array.from({ length: 120 }, (_, index) => 181 + index))
  })

  test('a slow sample holds for all the seconds it was measured over', () => {
    const series = new HostSeries('h')
    for (let second = 0; second <= 200; second += 10) take(series, second, { eth0: { rxPackets: second * 7 } })
    expect(lineOf(series, 'eth0')).toEqual(Array.from({ length: 120 }, () => 7))
  })

  test('a break is a gap', () => {
    const series = new HostSeries('h')
    for (let second = 0; second <= 20; second++) take(series, second, { eth0: { rxPackets: second } })
    series.interrupt()
    for (let second = 50; second <= 60; second++) take(series, second, { eth0: { rxPackets: second } })
    const line = lineOf(series, 'eth0')
    expect(line.slice(-60)).toEqual([
      ...Array.from({ length: 20 }, () => 1),
      ...Array.from({ length: 30 }, () => null),
      ...Array.from({ length: 10 }, () => 1),
    ])
  })
})

describe('directions', () => {
  test('taps by the facts, and by name until the facts know them', () => {
    const series = new HostSeries('h')
    series.roles = linkRolesOf(facts)
    const sends = { rxPackets: 50, txPackets: 3, rxErrors: 1 }
    const names = ['eth0', 'vnet0', 'mytap', 'vnet9', 'br0', 'vnet77', 'tap4']
    take(series, 0, Object.fromEntries(names.map((name) => [name, {}])))
    take(series, 1, Object.fromEntries(names.map((name) => [name, sends])))
    for (const name of ['vnet0', 'mytap', 'vnet77', 'tap4'])
      expect(figuresOf(series, name)).toEqual([3, 50, 0, 0, 0, 0, 0, 1])
    for (const name of ['eth0', 'vnet9', 'br0']) expect(figuresOf(series, name)).toEqual([50, 3, 0, 0, 0, 0, 1, 0])
    expect(series.newest()?.links.find(({ name }) => name === 'vnet0')?.counters).toMatchObject({
      rxPackets: 3,
      txPackets: 50,
      txErrors: 1,
    })
  })

  test('a link that turns out to be a tap is turned without a spike', () => {
    const series = new HostSeries('h')
    take(series, 0, { mytap: { rxPackets: 1000, txPackets: 10 } })
    take(series, 1, { mytap: { rxPackets: 1100, txPackets: 11 } })
    expect(figuresOf(series, 'mytap')?.slice(0, 2)).toEqual([100, 1])
    series.roles = linkRolesOf(facts)
    take(series, 2, { mytap: { rxPackets: 1200, txPackets: 12 } })
    expect(figuresOf(series, 'mytap')?.slice(0, 2)).toEqual([1, 100])
  })
})

test('the fleet’s row sums the uplinks, and drops of all links', () => {
  const series = new HostSeries('h')
  expect(series.sums()).toEqual({ rxPps: null, txPps: null, rxBps: null, txBps: null, drops: null })
  series.roles = linkRolesOf(facts)
  take(series, 0, { eth0: {}, br0: {}, vnet0: {} })
  expect(series.sums()).toEqual({ rxPps: null, txPps: null, rxBps: null, txBps: null, drops: null })
  take(series, 1, { eth0: { rxPackets: 5, txBytes: 10 }, br0: { rxPackets: 100, rxDrops: 2 }, vnet0: { txDrops: 1 } })
  expect(series.sums()).toEqual({ rxPps: 5, txPps: 0, rxBps: 0, txBps: 80, drops: 3 })
})

test('what is no frame changes nothing', () => {
  const series = new HostSeries('h')
  take(series, 0, { eth0: {} })
  expect(series.take(new TextEncoder().encode('nonsense'), epoch + 1000, keepMs).ok).toBe(false)
  expect(series.newest()?.at).toBe(epoch)
  expect(series.seq).toBe(1)
})
