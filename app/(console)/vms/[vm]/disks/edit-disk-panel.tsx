'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { RadioCards } from '@/components/ui/field.tsx'
import { diskEdit, diskFieldOf, type DiskForm, formOfDisk } from '@/lib/vm/disk-form.ts'
import { useEditDisk } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { FormPanel } from '../form-panel.tsx'
import { usePlaceErrors } from '../place-errors.ts'
import { DiskFields } from './disk-fields.tsx'
import type { DiskPanelProps } from './disk-panel-props.ts'
import { sourceName } from './disk-rows.ts'

export function EditDiskPanel({ vm, row, onEdited, onClose }: DiskPanelProps) {
  const t = useTranslations('vm-edit')
  const edit = useEditDisk(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const [before] = useState(() => formOfDisk(row.defined ?? row.disk))
  const [apply, setApply] = useState<'live' | 'next-start'>('live')
  const form = useForm<DiskForm>({ defaultValues: before })
  const place = usePlaceErrors(form, diskFieldOf)
  const { target } = row.disk
  const submit = form.handleSubmit((values) => {
    const changed = diskEdit(before, values)
    if (!place.own(changed.errors)) return
    edit.mutate(
      { target, edit: { ...changed.edit, etag, apply } },
      {
        onSuccess: ({ outcome }) => {
          onEdited(outcome)
          onClose()
        },
        onError: place.theirs,
      },
    )
  })
  return (
    <FormPanel
      title={t('editDiskTitle', { target })}
      description={sourceName(row.disk) ?? undefined}
      action={t('saveDisk')}
      pending={edit.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <DiskFields form={form} isRunning={row.running !== null} />
      {row.running !== null && (
        <RadioCards
          label={t('apply')}
          name="apply"
          stacked
          value={apply}
          onChange={setApply}
          options={(['live', 'next-start'] as const).map((value) => ({
            value,
            label: t(`applyWays.${value}`),
            hint: t(`applyHints.${value}`),
          }))}
        />
      )}
      <EditProblem error={place.unplaced(edit.error)} onReadAgain={readAgain} />
    </FormPanel>
  )
}
