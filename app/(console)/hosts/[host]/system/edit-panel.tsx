'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useForm } from 'react-hook-form'
import * as z from 'zod'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { TextAreaField, TextField } from '@/components/ui/field.tsx'
import { addressSchema, type Host, hostNameSchema, portSchema, userNameSchema } from '@/lib/contract/hosts.ts'
import { useEditHost } from '@/lib/wire/mutations.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { tagsOf, tagsProblem } from '../../tags.ts'

const formSchema = z
  .object({
    name: hostNameSchema,
    address: addressSchema,
    port: portSchema,
    user: userNameSchema,
    tags: z.string(),
    notes: z.string().max(4000),
  })
  .check(({ value, issues }) => {
    const wrong = tagsProblem(value.tags)
    if (wrong !== null) issues.push({ code: 'custom', input: value.tags, path: ['tags'], message: wrong })
  })
type Form = z.infer<typeof formSchema>

const formOf = ({ name, address, port, user, tags, notes }: Host): Form => ({
  name,
  address,
  port,
  user,
  tags: tags.join(' '),
  notes,
})

export function EditPanel({
  host,
  open,
  onOpenChange,
}: {
  host: Host
  open: boolean
  onOpenChange: (open: boolean) => void
}) {
  const t = useTranslations('system')
  return (
    <SidePanel open={open} onOpenChange={onOpenChange} title={t('editTitle', { host: host.name })}>
      {open && <EditForm host={host} onDone={() => onOpenChange(false)} />}
    </SidePanel>
  )
}

function EditForm({ host, onDone }: { host: Host; onDone: () => void }) {
  const t = useTranslations('system')
  const ui = useTranslations('ui')
  const router = useRouter()
  const edit = useEditHost()
  const form = useForm<Form>({ resolver: zodResolver(formSchema), defaultValues: formOf(host) })
  const { errors } = form.formState
  const submit = form.handleSubmit(({ tags, ...values }) =>
    edit.mutate(
      { host: host.id, edit: { ...values, tags: tagsOf(tags) } },
      {
        onSuccess: ({ name }) => {
          onDone()
          if (name !== host.name) router.replace(`/hosts/${encodeURIComponent(name)}/system`)
        },
        onError: (error) => {
          for (const { field, message } of error instanceof ProblemError ? error.fields : [])
            if (field in values || field === 'tags') form.setError(field as keyof Form, { message })
        },
      },
    ),
  )
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      <TextField label={t('name')} mono error={errors.name?.message} {...form.register('name')} />
      <div className="grid gap-3 phone:grid-cols-[minmax(0,1fr)_6rem]">
        <TextField label={t('address')} mono error={errors.address?.message} {...form.register('address')} />
        <TextField
          label={t('port')}
          mono
          inputMode="numeric"
          error={errors.port?.message}
          {...form.register('port', { valueAsNumber: true })}
        />
      </div>
      <TextField label={t('user')} mono error={errors.user?.message} {...form.register('user')} />
      <TextField label={t('tags')} error={errors.tags?.message} {...form.register('tags')} />
      <TextAreaField label={t('notes')} error={errors.notes?.message} {...form.register('notes')} />
      {edit.error !== null && <ProblemNotice error={edit.error} />}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" pending={edit.isPending}>
          {ui('save')}
        </Button>
        <Button onClick={onDone}>{ui('cancel')}</Button>
      </div>
    </form>
  )
}
