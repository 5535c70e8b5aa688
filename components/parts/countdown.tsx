'use client'
import { useSyncExternalStore } from 'react'
import { useFleet } from '@/lib/wire/live.ts'

/** A browser's clock may be minutes off; a second of difference is only the way here. */
const toleratedMs = 2000
let newest = { at: 0, leadMs: 0 }

/** How far the dashboard's clock is ahead of this browser's; 0 while they agree. @param at of the newest live frame */
function leadMs(at: number | undefined): number {
  if (at !== undefined && at !== newest.at) {
    const lead = at - Date.now()
    newest = { at, leadMs: Math.abs(lead) > toleratedMs ? Math.round(lead / 1000) * 1000 : 0 }
  }
  return newest.leadMs
}

function everyQuarter(changed: () => void): () => void {
  const timer = setInterval(changed, 250)
  return () => clearInterval(timer)
}

/** Whole seconds until then by the dashboard's clock, never below 0. */
function useSecondsUntil(deadlineAt: string): number {
  const at = useFleet()?.at
  return useSyncExternalStore(
    everyQuarter,
    () => Math.max(0, Math.ceil((Date.parse(deadlineAt) - Date.now() - leadMs(at)) / 1000)),
    () => 0,
  )
}

/** `1:42`; as wide for every second, so that nothing beside it moves. For the eye alone: the moment is said in words. */
export function Countdown({ deadlineAt }: { deadlineAt: string }) {
  const seconds = useSecondsUntil(deadlineAt)
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  return (
    <span aria-hidden="true" className={`figures inline-block w-12 text-right ${seconds <= 15 ? 'text-bad' : ''}`}>
      {text}
    </span>
  )
}
