'use client'
import { useTranslations } from 'next-intl'
import { type FormEvent, type ReactNode, useId } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'

/** A form in a panel beside the page; its buttons stay in view. */
export function FormPanel({
  title,
  description,
  action,
  pending = false,
  onSubmit,
  onClose,
  children,
}: {
  title: string
  description?: string
  /** Names what the form does. Without it there is nothing to send yet. */
  action?: string
  pending?: boolean
  onSubmit?: (event: FormEvent) => Promise<void>
  onClose: () => void
  children: ReactNode
}) {
  const ui = useTranslations('ui')
  const formId = useId()
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          {action !== undefined && (
            <Button type="submit" form={formId} variant="primary" pending={pending}>
              {action}
            </Button>
          )}
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!pending) void onSubmit?.(event)
        }}
      >
        {children}
      </form>
    </SidePanel>
  )
}
