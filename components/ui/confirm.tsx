'use client'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

/** Asks before something that has no inverse. The button names the consequence. Mount it to open it. */
export function Confirm({
  title,
  description,
  action,
  pending,
  onConfirm,
  onClose,
  children,
}: {
  title: string
  description: string
  action: string
  pending: boolean
  onConfirm: () => void
  onClose: () => void
  /** What went wrong, or more to know. */
  children?: ReactNode
}) {
  const t = useTranslations('ui')
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button variant="danger" pending={pending} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
