'use client'
import { type ReactNode, useState } from 'react'
import { useVmForm } from './vm-form-context.tsx'

export function Section({
  id,
  title,
  lead,
  children,
}: {
  id: string
  title: string
  lead?: string
  children: ReactNode
}) {
  return (
    <section
      id={id}
      aria-labelledby={`${id}-title`}
      className="flex scroll-mt-16 flex-col gap-4 border-t border-line pt-5"
    >
      <div>
        <h2 id={`${id}-title`} className="text-16">
          {title}
        </h2>
        {lead !== undefined && <p className="mt-0.5 max-w-160 text-ink-2">{lead}</p>}
      </div>
      {children}
    </section>
  )
}

/** What most people leave alone. What is wrong in there opens it. */
export function Fold({
  label,
  paths,
  children,
}: {
  label: string
  /** Of the fields in it. */
  paths: readonly string[]
  children: ReactNode
}) {
  const { errorOf } = useVmForm()
  const [isOpen, setOpen] = useState(false)
  const isWrong = paths.some((path) => errorOf(path) !== undefined)
  return (
    <details open={isOpen || isWrong} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="text-ink-2 hover:text-ink">{label}</summary>
      <div className="mt-3 flex flex-col gap-4">{children}</div>
    </details>
  )
}

/** Fields beside each other where there is room. */
export const Fields = ({ children }: { children: ReactNode }) => (
  <div className="grid items-start gap-x-4 gap-y-4 phone:grid-cols-2 xl:grid-cols-3">{children}</div>
)

/** One of several disks or NICs. */
export function Part({ title, action, children }: { title: string; action: ReactNode; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4 rounded-base border border-line p-3">
      <legend className="px-1 font-bold">{title}</legend>
      {children}
      <span>{action}</span>
    </fieldset>
  )
}
