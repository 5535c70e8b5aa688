import { unknownText } from './units.ts'

/** How long something took: `<1 s`, `12 s`, `3 min 4 s`, `2 h 5 min`, `4 d 3 h`. @param durationMs negative counts as 0 */
export function durationText(durationMs: number | null | undefined): string {
  if (durationMs === null || durationMs === undefined || !Number.isFinite(durationMs)) return unknownText
  const seconds = Math.floor(Math.max(0, durationMs) / 1000)
  if (seconds < 1) return '<1 s'
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min${part(seconds % 60, 's')}`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h${part(minutes % 60, 'min')}`
  return `${Math.floor(hours / 24)} d${part(hours % 24, 'h')}`
}

const part = (count: number, unit: string): string => (count === 0 ? '' : ` ${count} ${unit}`)
