'use client'
import { useNow } from '@/components/parts/time.tsx'
import { durationText } from '@/lib/kit/duration.ts'

/** How long it took, or takes until now. @param startedAt null: it has not begun */
export function Elapsed({ startedAt, endedAt }: { startedAt: string | null; endedAt: string | null }) {
  if (startedAt === null) return <span className="figures text-ink-3">—</span>
  return endedAt === null ? (
    <Growing startedAt={startedAt} />
  ) : (
    <Duration ms={Date.parse(endedAt) - Date.parse(startedAt)} />
  )
}

function Growing({ startedAt }: { startedAt: string }) {
  const now = useNow()
  return <Duration ms={now - Date.parse(startedAt)} />
}

const Duration = ({ ms }: { ms: number }) => <span className="figures">{durationText(ms)}</span>
