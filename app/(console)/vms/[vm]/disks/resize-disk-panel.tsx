'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import * as z from 'zod'
import { TextField } from '@/components/ui/field.tsx'
import { placeFieldErrors, sentenceOf, unplaced } from '@/components/ui/form-problem.ts'
import { memoryText } from '@/lib/kit/units.ts'
import { useResizeDisk } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { FormPanel } from '../form-panel.tsx'
import type { DiskPanelProps } from './disk-panel-props.ts'
import { sourceName } from './disk-rows.ts'

const gibibyte = 1024 ** 3
// A disk has whole sectors.
const gibibytes = (text: string): number => Math.round((Number(text.replace(',', '.')) * gibibyte) / 512) * 512

/** A disk grows and never shrinks: what would be cut off is lost. */
export function ResizeDiskPanel({ vm, row: { disk, sizeBytes }, onEdited, onClose }: DiskPanelProps) {
  const t = useTranslations('vm-edit')
  const resize = useResizeDisk(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const schema = z.object({
    sizeBytes: z
      .string()
      .trim()
      .regex(/^\d{1,7}([.,]\d+)?$/)
      .refine((text) => gibibytes(text) > (sizeBytes ?? 0)),
  })
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { sizeBytes: sizeBytes === null ? '' : String(Number((sizeBytes / gibibyte).toFixed(3))) },
  })
  const submit = form.handleSubmit((values) =>
    resize.mutate(
      { target: disk.target, etag, sizeBytes: gibibytes(values.sizeBytes) },
      {
        onSuccess: ({ outcome }) => {
          onEdited(outcome)
          onClose()
        },
        onError: (error) => placeFieldErrors(error, ['sizeBytes'], form.setError),
      },
    ),
  )
  return (
    <FormPanel
      title={t('resizeTitle', { target: disk.target })}
      description={sourceName(disk) ?? undefined}
      action={t('grow')}
      pending={resize.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={t('newSize')}
        mono
        inputMode="decimal"
        hint={sizeBytes === null ? t('sizeUnknown') : t('sizeNow', { size: memoryText(sizeBytes) })}
        error={sentenceOf(form.formState.errors.sizeBytes, t('sizeWrong'))}
        {...form.register('sizeBytes')}
      />
      <p className="text-12 text-ink-3">{t('resizeHint')}</p>
      <EditProblem error={unplaced(resize.error, ['sizeBytes'])} onReadAgain={readAgain} />
    </FormPanel>
  )
}
