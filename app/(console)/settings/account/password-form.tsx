'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import { passwordConfirmSchema } from '@/lib/contract/account.ts'

const fields = ['password'] as const

interface Write<T> {
  error: Error | null
  isPending: boolean
  mutate: (
    confirmed: { password: string },
    then: { onSuccess: (done: T) => void; onError: (error: Error) => void },
  ) => void
}

/** Asks for my password before something a borrowed browser must not do. */
export function PasswordForm<T>({
  action,
  variant = 'primary',
  write,
  onDone,
  onCancel,
}: {
  /** What the button says. */
  action: string
  variant?: 'primary' | 'danger'
  write: Write<T>
  onDone: (done: T) => void
  onCancel: () => void
}) {
  const t = useTranslations('account')
  const ui = useTranslations('ui')
  const { register, handleSubmit, formState, setError } = useForm({
    resolver: zodResolver(passwordConfirmSchema),
    defaultValues: { password: '' },
  })
  const failure = unplaced(write.error, fields)
  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) =>
        void handleSubmit((confirmed) =>
          write.mutate(confirmed, {
            onSuccess: onDone,
            onError: (error) => placeFieldErrors(error, fields, setError),
          }),
        )(event)
      }
    >
      {failure !== null && <ProblemNotice error={failure} />}
      <TextField
        {...register('password')}
        label={t('yourPassword')}
        type="password"
        autoComplete="current-password"
        error={sentenceOf(formState.errors.password, t('wrong.passwordMissing'))}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>{ui('cancel')}</Button>
        <Button type="submit" variant={variant} pending={write.isPending}>
          {action}
        </Button>
      </div>
    </form>
  )
}
