'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { TextField } from '@/components/ui/field.tsx'

/** The VM's own password for its picture. It goes to the VM and is kept nowhere. Mount it to open it. */
export function ScreenPassword({
  withUser,
  wasRefused,
  onSubmit,
  onClose,
}: {
  withUser: boolean
  /** What was given before was not right. */
  wasRefused: boolean
  onSubmit: (user: string, password: string) => void
  onClose: () => void
}) {
  const t = useTranslations('vm-console')
  const ui = useTranslations('ui')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const submit = () => onSubmit(user, password)
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) onClose()
      }}
      title={t('passwordTitle')}
      description={t('passwordText')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button variant="primary" onClick={submit}>
            {t('passwordSend')}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {withUser && <TextField label={t('user')} value={user} onChange={(event) => setUser(event.target.value)} />}
        <TextField
          label={t('password')}
          type="password"
          // A browser that keeps it would offer it for signing in to Drawbridge.
          autoComplete="off"
          error={wasRefused && password === '' ? t('passwordRefused') : undefined}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </form>
    </Dialog>
  )
}
