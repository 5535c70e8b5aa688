import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counterFrame, type HostCounters } from '../../e2e/harness/counter-frame.ts'
import { parseFrame, type Frame } from './frame.ts'
import { figureNames } from './live-protocol.ts'
import { asGuestsSee, ratesBetween } from './rates.ts'

const frame = (clockSeconds: number, links: Record<string, HostCounters>, before: Frame | null = null): Frame => {
  const parsed = parseFrame(counterFrame(clockSeconds, links), before)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const rates = (before: Frame | null, now: Frame, row = 0) => {
  const all = ratesBetween(before, now)
  return Object.fromEntries(figureNames.map((name, column) => [name, all[row * figureNames.length + column]]))
}
const unknown = Object.fromEntries(figureNames.map((name) => [name, Number.NaN]))

describe('rates', () => {
  test('are per second of the host’s clock, bytes in bits', () => {
    const before = frame(100, { eth0: { rxPackets: 10, txPackets: 5, rxBytes: 1000, txDrops: 1 } })
    const now = frame(
      102,
      { eth0: { rxPackets: 40_010, txPackets: 6, rxBytes: 5000, txBytes: 8, rxDrops: 4, txDrops: 4, rxErrors: 1 } },
      before,
    )
    expect(rates(before, now)).toEqual({
      rxPps: 20_000,
      txPps: 0.5,
      rxBps: 16_000,
      txBps: 32,
      rxDrops: 2,
      txDrops: 1.5,
      rxErrors: 0.5,
      txErrors: 0,
    })
  })

  test('are not known of the first frame, of a link that was not there, and of its namesake', () => {
    const first = frame(1, { eth0: { rxPackets: 5 } })
    expect(rates(null, first)).toEqual(unknown)
    const second = frame(2, { vnet0: { rxPackets: 9 }, eth0: { rxPackets: 6 } }, first)
    expect(rates(first, second, 0)).toEqual(unknown)
    expect(rates(first, second, 1)).toMatchObject({ rxPps: 1 })
    const third = frame(3, { vnet0: { rxPackets: 2 }, eth0: { rxPackets: 6 } }, second)
    expect(rates(second, third, 0)).toEqual(unknown)
  })

  test.each(['rxPackets', 'txPackets', 'rxBytes', 'txBytes', 'rxDrops', 'txDrops', 'rxErrors', 'txErrors'] as const)(
    'are not known when %s went backwards',
    (name) => {
      const before = frame(1, { eth0: { [name]: 4_294_967_290, rxPackets: 4_294_967_295 } })
      expect(rates(before, frame(2, { eth0: { rxPackets: 4_294_967_295, [name]: 3 } }, before))).toEqual(unknown)
    },
  )

  test('are not known when the host’s clock stood still or went back', () => {
    const before = frame(5000, { eth0: { rxPackets: 1 } })
    expect(rates(before, frame(5000, { eth0: { rxPackets: 2 } }, before))).toEqual(unknown)
    expect(rates(before, frame(12, { eth0: { rxPackets: 2 } }, before))).toEqual(unknown)
  })

  test('never show a counter’s wrap as a spike', () => {
    const counter = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    fc.assert(
      fc.property(counter, counter, (one, other) => {
        const before = frame(1, { eth0: { rxPackets: one } })
        const now = frame(2, { eth0: { rxPackets: other } }, before)
        const { rxPps = Number.NaN } = rates(before, now)
        // Numbers this large are 2048 apart in a double, and are read digit by digit; what is not known counts as none.
        const atMost = other < one ? 0 : Number(other - one) + 65_536
        expect(Number.isNaN(rxPps) ? 0 : rxPps).toBeLessThanOrEqual(atMost)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('on a tap, where what the host receives is what the guest sends', () => {
  const counted = (host: HostCounters) => {
    const one = frame(1, { eth0: host, vnet0: host })
    asGuestsSee(one.counters, (row) => row === 1)
    const named = (row: number) =>
      Object.fromEntries(figureNames.map((name, column) => [name, one.counters[row * figureNames.length + column]]))
    return { nic: named(0), tap: named(1) }
  }
  test.each([
    ['packets', { rxPackets: 7, txPackets: 9 }, { rxPps: 9, txPps: 7 }],
    ['bytes', { rxBytes: 7, txBytes: 9 }, { rxBps: 9, txBps: 7 }],
    ['drops', { rxDrops: 7, txDrops: 9 }, { rxDrops: 9, txDrops: 7 }],
    ['errors', { rxErrors: 7, txErrors: 9 }, { rxErrors: 9, txErrors: 7 }],
  ])('%s change places', (_, host, guest) => {
    const { nic, tap } = counted(host)
    expect(tap).toMatchObject(guest)
    const [rx, tx] = Object.keys(guest)
    expect([nic[rx ?? ''], nic[tx ?? '']]).toEqual([7, 9])
  })
})
