'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useId, useState } from 'react'
import { useForm } from 'react-hook-form'
import { generatePassword } from '@/components/account/generate-password.ts'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import { useToast } from '@/components/ui/toast.tsx'
import { type EditUser, newUserSchema, type User } from '@/lib/contract/account.ts'
import { useEditUser, useRemoveUser } from '@/lib/wire/mutations.ts'
import { HandOver } from './hand-over.tsx'

/** What is about to be done to somebody. */
export interface Asked {
  kind: 'password' | 'factor' | 'disable' | 'enable' | 'remove'
  user: User
}

/** Says what it means for them and asks; a refusal (the last admin) stands in the same dialog. */
export function Ask({ asked: { kind, user }, onClose }: { asked: Asked; onClose: () => void }) {
  switch (kind) {
    case 'password':
      return <NewPassword user={user} onClose={onClose} />
    case 'remove':
      return <Remove user={user} onClose={onClose} />
    case 'factor':
      return <Change user={user} change="factor" edit={{ twoFactor: false }} onClose={onClose} />
    case 'disable':
      return <Change user={user} change="disable" edit={{ disabled: true }} onClose={onClose} />
    case 'enable':
      return <Change user={user} change="enable" edit={{ disabled: false }} onClose={onClose} />
  }
}

function Change({
  user,
  change,
  edit,
  onClose,
}: {
  user: User
  change: 'factor' | 'disable' | 'enable'
  edit: EditUser
  onClose: () => void
}) {
  const t = useTranslations('settings.people.ask')
  const toast = useToast()
  const write = useEditUser()
  const { name } = user
  return (
    <Confirm
      title={t(`${change}.title`, { name })}
      description={t(`${change}.lead`)}
      action={t(`${change}.do`)}
      pending={write.isPending}
      onClose={onClose}
      onConfirm={() =>
        write.mutate(
          { user: user.id, edit },
          {
            onSuccess: () => {
              onClose()
              toast('ok', t(`${change}.done`, { name }))
            },
          },
        )
      }
    >
      {write.error !== null && <ProblemNotice error={write.error} />}
    </Confirm>
  )
}

function Remove({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTranslations('settings.people.ask.remove')
  const toast = useToast()
  const remove = useRemoveUser()
  const { id, name } = user
  return (
    <Confirm
      title={t('title', { name })}
      description={t('lead')}
      action={t('do')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(id, {
          onSuccess: () => {
            onClose()
            toast('ok', t('done', { name }))
          },
        })
      }
    >
      {remove.error !== null && <ProblemNotice error={remove.error} />}
    </Confirm>
  )
}

const passwordForm = newUserSchema.pick({ password: true })
const fields = ['password'] as const

function NewPassword({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTranslations('settings.people')
  const account = useTranslations('account')
  const ui = useTranslations('ui')
  const formId = useId()
  const edit = useEditUser()
  const [suggested] = useState(generatePassword)
  const { register, handleSubmit, formState, setError } = useForm({
    resolver: zodResolver(passwordForm),
    defaultValues: { password: suggested },
  })
  const failure = unplaced(edit.error, fields)
  if (edit.isSuccess)
    return (
      <HandOver
        title={t('passwordSet', { name: user.name })}
        email={user.email}
        password={edit.variables.edit.password ?? ''}
        onClose={onClose}
      />
    )
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('passwordTitle', { name: user.name })}
      description={t('passwordLead')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={edit.isPending}>
            {t('setPassword')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        method="post"
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) =>
          void handleSubmit(({ password }) =>
            edit.mutate(
              { user: user.id, edit: { password } },
              { onError: (error) => placeFieldErrors(error, fields, setError) },
            ),
          )(event)
        }
      >
        {failure !== null && <ProblemNotice error={failure} />}
        <TextField
          {...register('password')}
          label={account('password')}
          hint={t('passwordHint')}
          mono
          error={sentenceOf(formState.errors.password, account('wrong.newPassword'))}
        />
      </form>
    </SidePanel>
  )
}
