import { ok, type Result } from '../kit/result.ts'
import { counterNames, type Frame, parseFrame, width } from './frame.ts'
import { isTap, type LinkRoles, unknownRoles } from './link-roles.ts'
import type { Figures, FleetRow, HostDelta, HostKeyframe } from './live-protocol.ts'
import { asGuestsSee, ratesBetween } from './rates.ts'
import { Ring } from './ring.ts'

export type Counters = Record<(typeof counterNames)[number], number>

const sparklineSeconds = 120

/** All that is known of one host's figures: its newest frame, rates, and the last minutes. */
export class HostSeries {
  readonly id: string
  #roles = unknownRoles
  #frame: Frame | null = null
  #rates: Float64Array = new Float64Array(0)
  /** Of the frame before last. */
  #spareCounters = new Float64Array(0)
  #spareRates: Float64Array = new Float64Array(0)
  #changed: number[] = []
  #isReordered = false
  #seq = 0
  #at = 0
  readonly #ring = new Ring()

  constructor(id: string) {
    this.id = id
  }

  /** Links whose direction turns out to be the other one are not known for one sample. */
  set roles(roles: LinkRoles) {
    const names = this.#frame?.names ?? []
    const turned = names.filter((name) => isTap(roles, name) !== isTap(this.#roles, name))
    this.#roles = roles
    if (this.#frame !== null && turned.length > 0) {
      const rows = new Set(turned.map((name) => names.indexOf(name)))
      this.#frame = { ...this.#frame, counters: this.#frame.counters.slice() }
      asGuestsSee(this.#frame.counters, (row) => rows.has(row))
    }
  }

  /** The next frame. @param at when it arrived, ms since 1970. Errors: what of it is no frame; nothing changes then. */
  take(bytes: Uint8Array, at: number, keepMs: number): Result<void> {
    const parsed = parseFrame(bytes, this.#frame, this.#spareCounters)
    if (!parsed.ok) return parsed
    const frame = parsed.value
    asGuestsSee(frame.counters, (row) => isTap(this.#roles, frame.names[row] ?? ''))
    const rates = ratesBetween(this.#frame, frame, this.#spareRates)
    this.#isReordered = this.#frame === null || !isSameList(this.#frame.names, frame.names)
    this.#changed = this.#isReordered ? [] : changedRows(this.#rates, rates)
    if (!this.#isReordered && this.#frame !== null) frame.names = this.#frame.names
    if (this.#frame !== null) this.#spareCounters = new Float64Array(this.#frame.counters.buffer)
    this.#spareRates = this.#rates
    this.#frame = frame
    this.#rates = rates
    this.#at = at
    this.#seq++
    this.#ring.push(at, frame.names, rates, keepMs)
    return ok(undefined)
  }

  /** A break: the next frame has nothing to be compared with. */
  interrupt(): void {
    if (this.#frame !== null) this.#frame = { ...this.#frame, clockSeconds: Number.POSITIVE_INFINITY }
  }

  get seq(): number {
    return this.#seq
  }

  /** Has the newest frame other links than the one before? Then a delta can't tell it. */
  get isReordered(): boolean {
    return this.#isReordered
  }

  delta(): HostDelta {
    return {
      type: 'host-delta',
      host: this.id,
      seq: this.#seq,
      at: this.#at,
      rows: this.#changed.map((row) => [row, this.#figures(row)]),
    }
  }

  /** Null before the first frame. */
  keyframe(): HostKeyframe | null {
    if (this.#frame === null) return null
    const links = [...this.#frame.names]
    const lines = links.map((name) => this.#sparkline(name))
    return {
      type: 'host-keyframe',
      host: this.id,
      seq: this.#seq,
      at: this.#at,
      links,
      rows: links.map((_, row) => this.#figures(row)),
      history: { rx: lines.map(([rx]) => rx), tx: lines.map(([, tx]) => tx) },
    }
  }

  newest(): { at: number; links: { name: string; figures: Figures; counters: Counters }[] } | null {
    const frame = this.#frame
    if (frame === null) return null
    return {
      at: this.#at,
      links: frame.names.map((name, row) => ({ name, figures: this.#figures(row), counters: countersOf(frame, row) })),
    }
  }

  history(link: string, since: number): { at: number[]; columns: (number | null)[][] } | null {
    return this.#ring.read(link, since)
  }

  /** Sums over uplinks; drops over all links. */
  sums(): Omit<FleetRow, 'host' | 'state'> {
    let isAnyKnown = false
    let isUplinkKnown = false
    let [rxPps, txPps, rxBps, txBps, drops] = [0, 0, 0, 0, 0]
    const rates = this.#rates
    for (const [row, name] of (this.#frame?.names ?? []).entries()) {
      const at = row * width
      // All of a row is known, or nothing.
      const rx = rates[at] ?? Number.NaN
      if (Number.isNaN(rx)) continue
      isAnyKnown = true
      drops += (rates[at + 4] ?? 0) + (rates[at + 5] ?? 0)
      if (!this.#roles.uplinks.has(name)) continue
      isUplinkKnown = true
      rxPps += rx
      txPps += rates[at + 1] ?? 0
      rxBps += rates[at + 2] ?? 0
      txBps += rates[at + 3] ?? 0
    }
    const sums = isUplinkKnown ? { rxPps, txPps, rxBps, txBps } : { rxPps: null, txPps: null, rxBps: null, txBps: null }
    return { ...sums, drops: isAnyKnown ? drops : null }
  }

  #figures(row: number): Figures {
    const rates = this.#rates.subarray(row * width, (row + 1) * width)
    return Array.from(rates, (rate) => (Number.isNaN(rate) ? null : rate)) as Figures
  }

  /** [rx, tx] packets per second of each of the last 120 s. A rate holds for the whole time it was measured over. */
  #sparkline(link: string): [(number | null)[], (number | null)[]] {
    const rx: (number | null)[] = Array.from({ length: sparklineSeconds }, () => null)
    const tx = [...rx]
    const read = this.#ring.read(link, this.#at - (sparklineSeconds + 60) * 1000)
    const at = read?.at ?? []
    const endOf = (time: number): number => sparklineSeconds - Math.round((this.#at - time) / 1000)
    for (const [sample, time] of at.entries()) {
      const end = endOf(time)
      const before = at[sample - 1]
      const start = Math.max(0, before === undefined ? end - 1 : Math.min(end - 1, endOf(before)))
      for (let second = start; second < end; second++) {
        rx[second] = read?.columns[0]?.[sample] ?? null
        tx[second] = read?.columns[1]?.[sample] ?? null
      }
    }
    return [rx, tx]
  }
}

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((name, row) => name === other[row]))

function changedRows(before: Float64Array, now: Float64Array): number[] {
  const rows: number[] = []
  for (let row = 0; row * width < now.length; row++) {
    for (let at = row * width; at < (row + 1) * width; at++) {
      if (Object.is(before[at], now[at])) continue
      rows.push(row)
      break
    }
  }
  return rows
}

const countersOf = ({ counters }: Frame, row: number): Counters =>
  Object.fromEntries(counterNames.map((name, column) => [name, counters[row * width + column] ?? 0])) as Counters
