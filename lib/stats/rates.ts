import { type Frame, width } from './frame.ts'

/** Pairs of counters are neighbours (rx, tx): on a tap each pair changes places. */
export function asGuestsSee(counters: Float64Array, isTapRow: (row: number) => boolean): void {
  for (let row = 0; row * width < counters.length; row++) {
    if (!isTapRow(row)) continue
    for (let at = row * width; at < (row + 1) * width; at += 2) {
      const rx = counters[at] ?? 0
      counters[at] = counters[at + 1] ?? 0
      counters[at + 1] = rx
    }
  }
}

const bitsPerByte = 8
/** Columns that count bytes and are told in bits. */
const rxBytes = 2
const txBytes = 3

/**
 * Per second of the host's clock, `width` numbers per link of `now` in the order of `figureNames`; NaN is not known: no
 * frame before, a link that was not there, a counter that went backwards (its driver was reset, or the name belongs to
 * another link by now), a clock that stood still or went back (the host was rebooted).
 * @param spare is overwritten and becomes the answer when it is as long
 */
export function ratesBetween(
  before: Frame | null,
  now: Frame,
  spare: Float64Array = new Float64Array(0),
): Float64Array {
  const { length } = now.counters
  const rates = (spare.length === length ? spare : new Float64Array(length)).fill(Number.NaN)
  const seconds = before === null ? 0 : now.clockSeconds - before.clockSeconds
  if (before === null || !(seconds > 0)) return rates
  const rowBefore = rowFinder(before.names, now.names)
  for (let row = 0; row < now.names.length; row++) {
    const old = rowBefore(row)
    if (old === undefined || wentBackwards(before.counters, old * width, now.counters, row * width)) continue
    for (let column = 0; column < width; column++) {
      const grown = (now.counters[row * width + column] ?? 0) - (before.counters[old * width + column] ?? 0)
      const isBytes = column === rxBytes || column === txBytes
      rates[row * width + column] = rounded(((isBytes ? bitsPerByte : 1) * grown) / seconds)
    }
  }
  return rates
}

function rowFinder(before: readonly string[], now: readonly string[]): (row: number) => number | undefined {
  if (before === now) return (row) => row
  const rows = new Map(before.map((name, row) => [name, row]))
  return (row) => rows.get(now[row] ?? '')
}

function wentBackwards(before: Float64Array, old: number, now: Float64Array, row: number): boolean {
  for (let column = 0; column < width; column++) if ((now[row + column] ?? 0) < (before[old + column] ?? 0)) return true
  return false
}

/** As many digits as anybody reads: whole numbers from 100 on, hundredths below. */
export const rounded = (rate: number): number => (rate >= 100 ? Math.round(rate) : Math.round(rate * 100) / 100)
