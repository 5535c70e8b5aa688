'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useId, useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { generatePassword } from '@/components/account/generate-password.ts'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import type { Role } from '@/lib/access/can.ts'
import { newUserSchema } from '@/lib/contract/account.ts'
import { useAddUser } from '@/lib/wire/mutations.ts'
import { RoleCards } from '../role-cards.tsx'
import { HandOver } from './hand-over.tsx'

const fields = ['name', 'email', 'role', 'password'] as const

export function AddPerson({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings')
  const account = useTranslations('account')
  const ui = useTranslations('ui')
  const formId = useId()
  const add = useAddUser()
  const [suggested] = useState(generatePassword)
  const { register, handleSubmit, formState, setError, setValue, control } = useForm({
    resolver: zodResolver(newUserSchema),
    defaultValues: { name: '', email: '', role: 'viewer' as Role, password: suggested },
  })
  const { errors } = formState
  const role = useWatch({ control, name: 'role' })
  const failure = unplaced(add.error, fields)
  if (add.isSuccess)
    return (
      <HandOver
        title={t('people.added1', { name: add.data.name })}
        email={add.data.email}
        password={add.variables.password}
        onClose={onClose}
      />
    )
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={t('people.add')}
      description={t('people.addLead')}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={add.isPending}>
            {t('people.add')}
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
          void handleSubmit((person) =>
            add.mutate(person, { onError: (error) => placeFieldErrors(error, fields, setError) }),
          )(event)
        }
      >
        {failure !== null && <ProblemNotice error={failure} />}
        <TextField
          {...register('name')}
          label={account('name')}
          error={sentenceOf(errors.name, account('wrong.name'))}
        />
        <TextField
          {...register('email')}
          label={account('email')}
          type="email"
          autoCapitalize="none"
          error={sentenceOf(errors.email, account('wrong.email'))}
        />
        <RoleCards name="role" value={role} onChange={(next) => setValue('role', next)} />
        <TextField
          {...register('password')}
          label={account('password')}
          hint={t('people.passwordHint')}
          mono
          error={sentenceOf(errors.password, account('wrong.newPassword'))}
        />
      </form>
    </SidePanel>
  )
}
