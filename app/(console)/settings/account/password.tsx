'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import { NewPasswordField } from '@/components/account/new-password-field.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import { useToast } from '@/components/ui/toast.tsx'
import { changePasswordSchema } from '@/lib/contract/account.ts'
import { useChangePassword } from '@/lib/wire/mutations.ts'

const fields = ['currentPassword', 'newPassword'] as const

export function Password() {
  const t = useTranslations('account')
  const toast = useToast()
  const change = useChangePassword()
  const { register, handleSubmit, formState, setError, reset } = useForm({
    resolver: zodResolver(changePasswordSchema),
    defaultValues: { currentPassword: '', newPassword: '' },
  })
  const failure = unplaced(change.error, fields)
  return (
    <form
      method="post"
      noValidate
      className="flex max-w-80 flex-col gap-4"
      onSubmit={(event) =>
        void handleSubmit((passwords) =>
          change.mutate(passwords, {
            onSuccess: () => {
              reset()
              toast('ok', t('change.done'), t('change.doneHint'))
            },
            onError: (error) => placeFieldErrors(error, fields, setError),
          }),
        )(event)
      }
    >
      {failure !== null && <ProblemNotice error={failure} />}
      <TextField
        {...register('currentPassword')}
        label={t('change.current')}
        type="password"
        autoComplete="current-password"
        error={sentenceOf(formState.errors.currentPassword, t('wrong.passwordMissing'))}
      />
      <NewPasswordField
        {...register('newPassword')}
        label={t('change.new')}
        error={sentenceOf(formState.errors.newPassword, t('wrong.newPassword'))}
      />
      <div>
        <Button type="submit" pending={change.isPending}>
          {t('change.do')}
        </Button>
      </div>
    </form>
  )
}
