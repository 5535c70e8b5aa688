import type { ReactNode } from 'react'
import type { Tone } from './state.tsx'

const edge: Record<Tone, string> = {
  ok: 'border-ok/50',
  busy: 'border-busy/50',
  off: 'border-line-strong',
  warn: 'border-warn/60',
  bad: 'border-bad/60',
}
const text: Record<Tone, string> = {
  ok: 'text-ok',
  busy: 'text-busy',
  off: 'text-ink',
  warn: 'text-warn',
  bad: 'text-bad',
}

/** Something to know before going on, with a way out. */
export function Notice({
  tone,
  title,
  children,
  action,
}: {
  tone: Tone
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={`flex flex-wrap items-start gap-x-4 gap-y-2 rounded-base border bg-surface px-3 py-2.5 ${edge[tone]}`}
    >
      <div className="min-w-0 flex-1 basis-64">
        <p className={`font-bold ${text[tone]}`}>{title}</p>
        {children !== undefined && <div className="mt-0.5 text-ink-2 wrap-anywhere">{children}</div>}
      </div>
      {action}
    </div>
  )
}
