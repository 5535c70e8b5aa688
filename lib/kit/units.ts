/**
 * How figures are written: three significant digits, SI prefixes (k = 1000) for rates, GiB for memory, one unit per
 * column. Zero means zero; unknown is a dash; what is not zero never reads as zero.
 */

/** Stands for a figure that is not known. */
export const unknownText = '—'

export type Prefix = '' | 'k' | 'M' | 'G' | 'T'
/** The prefix a whole column is written in, and what its values are divided by. */
export interface Scale {
  prefix: Prefix
  divisor: number
}

/** A figure as it is shown: the unit is apart so that it can be dimmed. `unit` is `''` when the figure is unknown. */
export interface Quantity {
  value: string
  unit: string
}

export type RateUnit = 'pps' | 'bit/s'

const scales: readonly [Scale, ...Scale[]] = [
  { prefix: '', divisor: 1 },
  { prefix: 'k', divisor: 1e3 },
  { prefix: 'M', divisor: 1e6 },
  { prefix: 'G', divisor: 1e9 },
  { prefix: 'T', divisor: 1e12 },
]

// 999.5 is written "1000" with three digits, which belongs to the next prefix: 1.00 k.
const nextPrefixFrom = 999.5
// A column steps down only when its largest figure has become this small, else it would flicker around 1 k.
const stepDownBelow = 0.1

const largest = (values: Iterable<number | null | undefined>): number => {
  let most = 0
  for (const value of values) {
    const size = Math.abs(value ?? 0)
    if (Number.isFinite(size) && size > most) most = size
  }
  return most
}

/** The scale that writes `value` with one to three digits before the point. */
export function scaleOf(value: number): Scale {
  const size = Math.abs(value)
  return scales.find((scale) => size / scale.divisor < nextPrefixFrom) ?? scales[scales.length - 1] ?? scales[0]
}

/**
 * One scale for a whole column, taken from its largest figure. Hand back the scale `held` so far and it stays while it
 * fits: it grows at once, and shrinks only when the largest figure has fallen under a tenth of its unit.
 */
export function columnScale(values: Iterable<number | null | undefined>, held?: Scale): Scale {
  const most = largest(values)
  const fitting = scaleOf(most)
  if (held === undefined || fitting.divisor >= held.divisor) return fitting
  return most === 0 || most / held.divisor >= stepDownBelow ? held : fitting
}

/** Three significant digits, at most two after the point: `0`, `<0.01`, `3.14`, `42.0`, `128`, `1280`. */
export function threeDigits(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  const sign = value < 0 ? '−' : ''
  if (size < 0.005) return `${sign}<0.01`
  if (size < 9.995) return sign + size.toFixed(2)
  if (size < 99.95) return sign + size.toFixed(1)
  return sign + size.toFixed(0)
}

/** A rate in the scale of its column, or in its own: `{ value: '842', unit: 'kpps' }`. */
export function rate(value: number | null | undefined, unit: RateUnit, scale?: Scale): Quantity {
  if (value === null || value === undefined || !Number.isFinite(value)) return { value: unknownText, unit: '' }
  const { prefix, divisor } = scale ?? scaleOf(value)
  return { value: threeDigits(value / divisor), unit: unit === 'pps' ? `${prefix}pps` : `${prefix}${unit}` }
}

export const rateText = (value: number | null | undefined, unit: RateUnit, scale?: Scale): string =>
  quantityText(rate(value, unit, scale))

const gibibyte = 1024 ** 3

/** Memory and disk sizes, always in GiB: `{ value: '7.64', unit: 'GiB' }`. */
export function memory(bytes: number | null | undefined): Quantity {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return { value: unknownText, unit: '' }
  return { value: threeDigits(bytes / gibibyte), unit: 'GiB' }
}

export const memoryText = (bytes: number | null | undefined): string => quantityText(memory(bytes))

/** A link's nominal speed without needless digits: `2.5 Gbit/s`, `100 Mbit/s`. */
export function linkSpeed(mbps: number | null | undefined): Quantity {
  if (mbps === null || mbps === undefined || !(mbps > 0)) return { value: unknownText, unit: '' }
  const { prefix, divisor } = scaleOf(mbps * 1e6)
  return { value: String(Number(((mbps * 1e6) / divisor).toPrecision(3))), unit: `${prefix}bit/s` }
}

export const linkSpeedText = (mbps: number | null | undefined): string => quantityText(linkSpeed(mbps))

/** Part of a full-duplex link's speed that the busier direction takes, 0–1 (more when the speed is wrong), or null. */
export function utilisation(
  rxBps: number | null | undefined,
  txBps: number | null | undefined,
  speedMbps: number | null | undefined,
): number | null {
  if (speedMbps === null || speedMbps === undefined || !(speedMbps > 0)) return null
  if ((rxBps ?? null) === null && (txBps ?? null) === null) return null
  return Math.max(rxBps ?? 0, txBps ?? 0) / (speedMbps * 1e6)
}

/** `null` → dash, 0.4237 → `42.4 %`. */
export const percentText = (share: number | null | undefined): string =>
  share === null || share === undefined || !Number.isFinite(share) ? unknownText : `${threeDigits(share * 100)} %`

/** How long ago, in the largest whole unit: `4 s`, `3 min`, `2 h`, `5 d`. Negative ages (clocks differ) are `0 s`. */
export function ageText(ageMs: number | null | undefined): string {
  if (ageMs === null || ageMs === undefined || !Number.isFinite(ageMs)) return unknownText
  const seconds = Math.max(0, Math.floor(ageMs / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** `842 kpps`, or the dash alone. */
export const quantityText = ({ value, unit }: Quantity): string => (unit === '' ? value : `${value} ${unit}`)
