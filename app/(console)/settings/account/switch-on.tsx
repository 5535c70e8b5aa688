'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import { totpConfirmSchema } from '@/lib/contract/account.ts'
import { useBeginTotp, useVerifyTotp } from '@/lib/wire/mutations.ts'
import { BackupCodes } from './backup-codes.tsx'
import { PasswordForm } from './password-form.tsx'

/** Password, then the secret and a code that proves the app has it, then the backup codes. */
export function SwitchOn({ onClose }: { onClose: () => void }) {
  const t = useTranslations('account.factor')
  const begin = useBeginTotp()
  const [isOn, setIsOn] = useState(false)
  const offer = begin.data
  const step = offer === undefined ? 'password' : isOn ? 'codes' : 'secret'
  return (
    <Dialog open onOpenChange={onClose} title={t(`steps.${step}`)} description={t(`leads.${step}`)}>
      {offer === undefined && (
        <PasswordForm action={t('continue')} write={begin} onCancel={onClose} onDone={() => undefined} />
      )}
      {offer !== undefined && !isOn && (
        <>
          <div className="flex flex-col gap-1">
            <span className="text-12 text-ink-2">{t('secret')}</span>
            <Code text={offer.secret} label={t('secret')} />
          </div>
          <div className="flex flex-col gap-1">
            <span className="text-12 text-ink-2">{t('uri')}</span>
            <Code text={offer.uri} label={t('uri')} />
            <a href={offer.uri} className="self-start text-12 text-accent underline underline-offset-2">
              {t('open')}
            </a>
          </div>
          <CodeForm onCancel={onClose} onDone={() => setIsOn(true)} />
        </>
      )}
      {offer !== undefined && isOn && <BackupCodes codes={offer.backupCodes} onDone={onClose} />}
    </Dialog>
  )
}

const fields = ['code'] as const

function CodeForm({ onDone, onCancel }: { onDone: () => void; onCancel: () => void }) {
  const t = useTranslations('account')
  const ui = useTranslations('ui')
  const verify = useVerifyTotp()
  const { register, handleSubmit, formState, setError } = useForm({
    resolver: zodResolver(totpConfirmSchema),
    defaultValues: { code: '' },
  })
  const failure = unplaced(verify.error, fields)
  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        void handleSubmit((code) =>
          verify.mutate(code, { onSuccess: onDone, onError: (error) => placeFieldErrors(error, fields, setError) }),
        )(event)
      }
    >
      {failure !== null && <ProblemNotice error={failure} />}
      <TextField
        {...register('code')}
        label={t('factor.code')}
        mono
        inputMode="numeric"
        autoComplete="one-time-code"
        autoFocus
        className="max-w-40"
        error={sentenceOf(formState.errors.code, t('wrong.code'))}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>{ui('cancel')}</Button>
        <Button type="submit" variant="primary" pending={verify.isPending}>
          {t('factor.do')}
        </Button>
      </div>
    </form>
  )
}
