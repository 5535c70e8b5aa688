'use client'
import { useState } from 'react'
import { columnScale, type Scale, threeDigits, unknownText } from '@/lib/kit/units.ts'

/** One scale for a column, which holds while it fits: units that flicker cannot be read. */
export function useScale(values: readonly (number | null)[]): Scale {
  const [held, setHeld] = useState<Scale>()
  const next = columnScale(values, held)
  if (held?.divisor !== next.divisor) setHeld(next)
  return next
}

/** A rate in its column's scale. Zero is quiet, unknown is a dash, old is grey. */
export function Figure({
  value,
  scale,
  stale = false,
  alarm = false,
}: {
  value: number | null
  scale: Scale
  stale?: boolean
  /** Anything but zero is bad. */
  alarm?: boolean
}) {
  if (value === null) return <span className="figures text-ink-3">{unknownText}</span>
  const color = stale || value === 0 ? 'text-ink-3' : alarm ? 'text-bad' : 'text-ink'
  return (
    <span className={`figures ${color}`}>
      {threeDigits(value / scale.divisor)}
      {/* Keeps the digits of a column in line, with or without a prefix. */}
      <span className="inline-block w-3 text-left text-ink-3">{value === 0 ? '' : scale.prefix}</span>
    </span>
  )
}
