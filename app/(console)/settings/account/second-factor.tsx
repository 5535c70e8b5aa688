'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { State } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import { useDisableTotp, useRenewBackupCodes } from '@/lib/wire/mutations.ts'
import { BackupCodes } from './backup-codes.tsx'
import { PasswordForm } from './password-form.tsx'
import { SwitchOn } from './switch-on.tsx'

type Open = 'on' | 'off' | 'codes' | null

export function SecondFactor({ isOn }: { isOn: boolean }) {
  const t = useTranslations('account.factor')
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  return (
    <div className="flex flex-col items-start gap-3">
      <State tone={isOn ? 'ok' : 'off'} word={isOn ? t('on') : t('off')} />
      <div className="flex flex-wrap gap-2">
        {isOn ? (
          <>
            <Button onClick={() => setOpen('codes')}>{t('renew')}</Button>
            <Button variant="danger" onClick={() => setOpen('off')}>
              {t('switchOff')}
            </Button>
          </>
        ) : (
          <Button onClick={() => setOpen('on')}>{t('switchOn')}</Button>
        )}
      </div>
      {open === 'on' && <SwitchOn onClose={close} />}
      {open === 'off' && <SwitchOff onClose={close} />}
      {open === 'codes' && <Renew onClose={close} />}
    </div>
  )
}

function SwitchOff({ onClose }: { onClose: () => void }) {
  const t = useTranslations('account.factor')
  const toast = useToast()
  const disable = useDisableTotp()
  return (
    <Dialog open onOpenChange={onClose} title={t('offTitle')} description={t('offLead')}>
      <PasswordForm
        action={t('switchOff')}
        variant="danger"
        write={disable}
        onCancel={onClose}
        onDone={() => {
          onClose()
          toast('ok', t('offDone'))
        }}
      />
    </Dialog>
  )
}

function Renew({ onClose }: { onClose: () => void }) {
  const t = useTranslations('account.factor')
  const renew = useRenewBackupCodes()
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('renew')}
      description={renew.isSuccess ? t('codesLead') : t('renewLead')}
    >
      {renew.data === undefined ? (
        <PasswordForm action={t('renew')} write={renew} onCancel={onClose} onDone={() => undefined} />
      ) : (
        <BackupCodes codes={renew.data.backupCodes} onDone={onClose} />
      )}
    </Dialog>
  )
}
