import type { ReactNode } from 'react'

/** Names and values under one another, two by two. */
export function DefinitionList({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-1 gap-x-8 phone:grid-cols-[minmax(9rem,auto)_minmax(0,1fr)]">{children}</dl>
}

export function Definition({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-subgrid gap-y-0.5 border-b border-line py-1.5 phone:col-span-2">
      <dt className="text-ink-3">{term}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  )
}
