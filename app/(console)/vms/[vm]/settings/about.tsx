'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import * as z from 'zod'
import { Button } from '@/components/ui/button.tsx'
import { Checkbox, TextAreaField, TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import type { EditVm } from '@/lib/contract/vm-edit.ts'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { useEditVm } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { keepFields } from './keep-fields.ts'
import type { SettingsFormProps } from './settings.tsx'

const maxTags = 64
const tagsOf = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((tag) => tag !== ''))]

const schema = z.object({
  title: z.string().trim().max(200),
  owner: z.string().trim().max(255),
  tags: z.string().refine((text) => tagsOf(text).length <= maxTags && tagsOf(text).every((tag) => tag.length <= 64)),
  notes: z.string().max(10_000),
  autostart: z.boolean(),
})
type Form = z.infer<typeof schema>
const fields = Object.keys(schema.shape) as (keyof Form)[]

const formOf = (vm: VmDetail): Form => ({
  title: vm.title ?? '',
  owner: vm.owner ?? '',
  tags: vm.tags.join(' '),
  notes: vm.notes,
  autostart: vm.autostart,
})

const emptyAsNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())

/** Only what differs from how it was. */
function changesOf(before: Form, now: Form): EditVm {
  return {
    ...(now.title === before.title ? {} : { title: emptyAsNull(now.title) }),
    ...(now.owner === before.owner ? {} : { owner: emptyAsNull(now.owner) }),
    ...(now.tags === before.tags ? {} : { tags: tagsOf(now.tags) }),
    ...(now.notes === before.notes ? {} : { notes: now.notes }),
    ...(now.autostart === before.autostart ? {} : { autostart: now.autostart }),
  }
}

/** What people say of a VM. It lies in the VM's own definition, so that it goes where the VM goes. */
export function About({ reason, onEdited, own }: SettingsFormProps) {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const edit = useEditVm(vm)
  const before = formOf(vm)
  const form = useForm<Form>({
    resolver: zodResolver(schema),
    values: before,
    resetOptions: { keepDirtyValues: true },
  })
  const { errors, isDirty } = form.formState
  const { etag, readAgain } = useEditedFrom(vm, isDirty, own)
  const submit = form.handleSubmit((values) =>
    edit.mutate(
      { ...changesOf(before, values), etag },
      {
        onSuccess: (edited) => {
          form.reset(formOf(edited.vm), keepFields)
          onEdited(edited, etag)
        },
        onError: (error) => placeFieldErrors(error, fields, form.setError),
      },
    ),
  )
  return (
    <form noValidate className="flex max-w-140 flex-col gap-4" onSubmit={(event) => void submit(event)}>
      <TextField label={t('fields.title')} error={sentenceOf(errors.title, t('tooLong'))} {...form.register('title')} />
      <div className="grid gap-3 phone:grid-cols-2">
        <TextField
          label={t('fields.tags')}
          hint={t('tagsTextHint')}
          error={sentenceOf(errors.tags, t('tagsWrong'))}
          {...form.register('tags')}
        />
        <TextField
          label={t('fields.owner')}
          hint={t('ownerHint')}
          error={sentenceOf(errors.owner, t('tooLong'))}
          {...form.register('owner')}
        />
      </div>
      <TextAreaField
        label={t('fields.notes')}
        error={sentenceOf(errors.notes, t('tooLong'))}
        {...form.register('notes')}
      />
      <Checkbox label={t('fields.autostart')} hint={t('autostartHint')} {...form.register('autostart')} />
      <EditProblem error={unplaced(edit.error, fields)} onReadAgain={readAgain} />
      <span>
        <Button type="submit" variant="primary" pending={edit.isPending} disabledReason={reason}>
          {t('saveAbout')}
        </Button>
      </span>
    </form>
  )
}
