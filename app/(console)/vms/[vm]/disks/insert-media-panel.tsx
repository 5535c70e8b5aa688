'use client'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { diskFieldOf, type DiskForm, type DiskFormError, newDiskForm, sourceOfForm } from '@/lib/vm/disk-form.ts'
import { useInsertMedia, useVmChoices } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { FormPanel } from '../form-panel.tsx'
import { usePlaceErrors } from '../place-errors.ts'
import type { DiskPanelProps } from './disk-panel-props.ts'
import { DiskSource } from './disk-source.tsx'

/** Puts an ISO into a drive; what was in it comes out. */
export function InsertMediaPanel({ vm, row: { disk }, onEdited, onClose }: DiskPanelProps) {
  const t = useTranslations('vm-edit')
  const { data: choices, error, refetch } = useVmChoices(vm)
  const insert = useInsertMedia(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const form = useForm<DiskForm>({ defaultValues: newDiskForm('cdrom') })
  const place = usePlaceErrors(form, diskFieldOf)
  const { target } = disk
  const submit = form.handleSubmit((values) => {
    const errors: DiskFormError[] = []
    const source = sourceOfForm(values, errors)
    if (!place.own(errors) || source === null) return
    insert.mutate(
      { target, etag, source },
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
      title={t('insertTitle', { target })}
      description={disk.source ?? undefined}
      action={t('insert')}
      pending={insert.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {error !== null && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {choices === undefined && error === null && <Skeleton />}
      {choices !== undefined && <DiskSource form={form} choices={choices} isMedia mayBeEmpty={false} />}
      <EditProblem error={place.unplaced(insert.error)} onReadAgain={readAgain} />
    </FormPanel>
  )
}
