import type { ReactNode } from 'react'

/** The one h1 of a page; the focus lands here after a navigation. */
export function PageTitle({ title, aside, action }: { title: string; aside?: ReactNode; action?: ReactNode }) {
  return (
    <div className="mb-4 flex min-h-8 flex-wrap items-center gap-x-4 gap-y-2">
      <h1 tabIndex={-1} className="text-20">
        {title}
      </h1>
      {aside}
      {action !== undefined && <div className="ml-auto flex gap-2">{action}</div>}
    </div>
  )
}
