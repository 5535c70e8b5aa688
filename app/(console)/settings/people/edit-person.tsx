'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import { newUserSchema, type User } from '@/lib/contract/account.ts'
import { useEditUser } from '@/lib/wire/mutations.ts'
import { RoleCards } from '../role-cards.tsx'

const schema = newUserSchema.pick({ name: true, role: true })
const fields = ['name', 'role'] as const

export function EditPerson({ user, onClose }: { user: User; onClose: () => void }) {
  const account = useTranslations('account')
  const ui = useTranslations('ui')
  const formId = useId()
  const edit = useEditUser()
  const { register, handleSubmit, formState, setError, setValue, control } = useForm({
    resolver: zodResolver(schema),
    defaultValues: { name: user.name, role: user.role },
  })
  const role = useWatch({ control, name: 'role' })
  const failure = unplaced(edit.error, fields)
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={user.name}
      description={user.email}
      footer={
        <>
          <Button onClick={onClose}>{ui('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" pending={edit.isPending}>
            {ui('save')}
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
          void handleSubmit((changed) =>
            edit.mutate(
              { user: user.id, edit: changed },
              { onSuccess: onClose, onError: (error) => placeFieldErrors(error, fields, setError) },
            ),
          )(event)
        }
      >
        {failure !== null && <ProblemNotice error={failure} />}
        <TextField
          {...register('name')}
          label={account('name')}
          error={sentenceOf(formState.errors.name, account('wrong.name'))}
        />
        <RoleCards name="role" value={role} onChange={(next) => setValue('role', next)} />
      </form>
    </SidePanel>
  )
}
