'use client'
import { type ReactNode, useState } from 'react'
import { useFormContext, useFormState } from 'react-hook-form'
import type { LinkForm } from '@/lib/net/link-form.ts'

/** Settings that most people leave alone. What is wrong in there opens it. */
export function Fold({
  label,
  path,
  open: atFirst = false,
  children,
}: {
  label: string
  /** The part of the form it holds; several apart by spaces. */
  path: string
  open?: boolean
  children: ReactNode
}) {
  const [isOpen, setOpen] = useState(atFirst)
  const { control } = useFormContext<LinkForm>()
  const { errors } = useFormState({ control })
  const isWrong = path.split(' ').some((part) => part in errors)
  return (
    <details open={isOpen || isWrong} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="text-ink-2 hover:text-ink">{label}</summary>
      <div className="mt-3 flex flex-col gap-4">{children}</div>
    </details>
  )
}
