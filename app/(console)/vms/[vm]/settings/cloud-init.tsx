'use client'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import { Button } from '@/components/ui/button.tsx'
import { TextAreaField, TextField } from '@/components/ui/field.tsx'
import { useCloudInitAgain } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { usePlaceErrors } from '../place-errors.ts'
import { keepFields } from './keep-fields.ts'
import type { SettingsFormProps } from './settings.tsx'

interface Form {
  hostname: string
  user: string
  sshKeys: string
  password: string
  userData: string
}
const empty: Form = { hostname: '', user: '', sshKeys: '', password: '', userData: '' }
const emptyAsNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())
/** `cloudInit.sshKeys.0` is said beneath the keys. */
const fieldOf = (field: string): keyof Form | null => {
  const [, name = ''] = field.split('.')
  return name in empty ? (name as keyof Form) : null
}

/** New first documents for the guest; nothing of the old ones is kept here to begin with. */
export function CloudInitAgain({ reason, onEdited, own }: SettingsFormProps) {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const again = useCloudInitAgain(vm)
  const form = useForm<Form>({ defaultValues: { ...empty, hostname: vm.name } })
  const place = usePlaceErrors(form, fieldOf)
  const { errors, isDirty } = form.formState
  const { etag, readAgain } = useEditedFrom(vm, isDirty, own)
  const submit = form.handleSubmit(({ hostname, user, sshKeys, password, userData }) =>
    again.mutate(
      {
        etag,
        cloudInit: {
          hostname: emptyAsNull(hostname),
          user: emptyAsNull(user),
          sshKeys: sshKeys
            .split('\n')
            .map((key) => key.trim())
            .filter((key) => key !== ''),
          password: password === '' ? null : password,
          userData: userData.trim() === '' ? null : userData,
        },
      },
      {
        onSuccess: (edited) => {
          form.reset({ ...empty, hostname: vm.name }, keepFields)
          onEdited(edited, etag)
        },
        onError: place.theirs,
      },
    ),
  )
  return (
    <form noValidate className="flex max-w-140 flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <p className="text-ink-2">{t('cloudInitText')}</p>
      <div className="grid gap-3 phone:grid-cols-2">
        <TextField label={t('fields.hostname')} mono error={errors.hostname?.message} {...form.register('hostname')} />
        <TextField
          label={t('fields.user')}
          mono
          hint={t('cloudInitUserHint')}
          error={errors.user?.message}
          {...form.register('user')}
        />
      </div>
      <TextAreaField
        label={t('fields.sshKeys')}
        hint={t('cloudInitKeysHint')}
        error={errors.sshKeys?.message}
        {...form.register('sshKeys')}
      />
      <TextField
        label={t('fields.password')}
        type="password"
        autoComplete="new-password"
        hint={t('cloudInitPasswordHint')}
        error={errors.password?.message}
        {...form.register('password')}
      />
      <TextAreaField
        label={t('fields.userData')}
        hint={t('cloudInitUserDataHint')}
        error={errors.userData?.message}
        {...form.register('userData')}
      />
      <EditProblem error={place.unplaced(again.error)} onReadAgain={readAgain} />
      <span>
        <Button type="submit" variant="primary" pending={again.isPending} disabledReason={reason}>
          {t('cloudInitWrite')}
        </Button>
      </span>
    </form>
  )
}
