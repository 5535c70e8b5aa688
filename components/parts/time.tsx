'use client'
import { useLocale } from 'next-intl'
import { useSyncExternalStore } from 'react'

const never = () => () => undefined

/** A moment in the reader's own time zone; the server does not know it, so it is filled in by the browser. */
export function Time({ at, length = 'full' }: { at: string | number; length?: 'full' | 'clock' }) {
  const locale = useLocale()
  const isBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  const moment = new Date(at)
  const format =
    length === 'clock'
      ? new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' })
      : new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
  return (
    <time dateTime={moment.toISOString()} className="whitespace-nowrap">
      {isBrowser ? format.format(moment) : ''}
    </time>
  )
}

let now = 0
const ticking = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

function everySecond(changed: () => void): () => void {
  ticking.add(changed)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const tick of ticking) tick()
  }, 1000)
  return () => {
    ticking.delete(changed)
    if (ticking.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

/** The browser's clock, once a second; 0 on the server. */
export const useNow = (): number =>
  useSyncExternalStore(
    everySecond,
    () => (timer === null ? (now = Date.now()) : now),
    () => 0,
  )
