'use client'
import dynamic from 'next/dynamic'
import type { ReactNode } from 'react'
import { Field } from '@/components/ui/field.tsx'
import type { CodeLanguage } from './code-mirror.tsx'

const CodeMirror = dynamic(() => import('./code-mirror.tsx'), {
  ssr: false,
  loading: () => <div aria-busy="true" className="skeleton h-36" />,
})

/** A labelled editor of XML or YAML; the editor itself comes when it is first shown. */
export function CodeField({
  label,
  hint,
  error,
  ...editor
}: {
  label: string
  hint?: ReactNode
  error?: string | undefined
  language: CodeLanguage
  value: string
  onChange: (value: string) => void
  readOnly?: boolean
}) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => <CodeMirror {...wired} {...editor} aria-label={label} />}
    </Field>
  )
}
