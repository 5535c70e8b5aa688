import type { ReactNode } from 'react'

/** What to do when there is nothing yet: one sentence, one button. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-3 rounded-base border border-dashed border-line-strong px-6 py-8">
      <div className="max-w-160">
        <h2 className="text-16">{title}</h2>
        {children !== undefined && <div className="mt-1 text-ink-2">{children}</div>}
      </div>
      {action}
    </div>
  )
}

export function Skeleton({ rows = 4 }: { rows?: number }) {
  return (
    <div aria-hidden="true" className="flex flex-col">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-9 items-center gap-6 border-b border-line">
          <div className="skeleton h-3 w-32" />
          <div className="skeleton h-3 w-20" />
          <div className="skeleton ml-auto h-3 w-24" />
        </div>
      ))}
    </div>
  )
}

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-[4px] border border-line-strong px-1 font-mono text-11 text-ink-2">
      {children}
    </kbd>
  )
}
