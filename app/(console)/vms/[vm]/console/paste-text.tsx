'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { TextAreaField } from '@/components/ui/field.tsx'

// At 50 characters per second it takes 80 s.
const maxLength = 4000

/** A text for the guest. Mount it to open it. */
export function PasteText({
  hint,
  warn,
  actions,
  onClose,
}: {
  hint: ReactNode
  /** What is wrong with a text, if anything. */
  warn?: (text: string) => string | undefined
  /** The last one is the usual. */
  actions: readonly { label: string; run: (text: string) => void }[]
  onClose: () => void
}) {
  const t = useTranslations('vm-console')
  const [text, setText] = useState('')
  const empty = text === '' ? t('nothingToPaste') : null
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
      title={t('pasteTitle')}
      footer={actions.map(({ label, run }, index) => (
        <Button
          key={label}
          variant={index === actions.length - 1 ? 'primary' : 'plain'}
          disabledReason={empty}
          onClick={() => {
            run(text)
            onClose()
          }}
        >
          {label}
        </Button>
      ))}
    >
      <TextAreaField
        label={t('pasteLabel')}
        hint={hint}
        error={warn?.(text)}
        mono
        maxLength={maxLength}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </Dialog>
  )
}
