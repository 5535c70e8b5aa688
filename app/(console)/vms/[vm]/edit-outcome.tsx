'use client'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { FieldOutcome } from '@/lib/contract/vm-edit.ts'

/** A field of the API in the reader's words; one that has none yet, as the API calls it. */
export function useFieldName(): (field: string) => string {
  const t = useTranslations('vm-edit.fields')
  return (field) => (t.has(field) ? t(field) : field)
}

/** What an edit came to: what counts now, what only from the next start on, and why. */
export function EditOutcome({
  outcome,
  isRunning,
  onDismiss,
  children,
}: {
  outcome: readonly FieldOutcome[]
  isRunning: boolean
  onDismiss: () => void
  children?: ReactNode
}) {
  const t = useTranslations('vm-edit')
  const ui = useTranslations('ui')
  const nameOf = useFieldName()
  const names = (when: FieldOutcome['when']) =>
    outcome
      .filter((one) => one.when === when)
      .map(({ field }) => nameOf(field))
      .join(', ')
  const [now, later] = [names('now'), names('next-start')]
  const waits = later !== '' && isRunning
  const messages = outcome.filter(({ message }) => message !== null)
  return (
    <Notice
      tone={waits ? 'warn' : 'ok'}
      title={outcome.length === 0 ? t('nothingChanged') : waits ? t('savedPending') : t('saved')}
      action={<Button onClick={onDismiss}>{ui('close')}</Button>}
    >
      {now !== '' && <p>{t('countsNow', { fields: now })}</p>}
      {later !== '' && <p>{t(isRunning ? 'countsLater' : 'countsAtStart', { fields: later })}</p>}
      {messages.map(({ field, message }) => (
        <p key={field}>
          <span className="text-ink">{nameOf(field)}</span>: {message}
        </p>
      ))}
      {children}
    </Notice>
  )
}
