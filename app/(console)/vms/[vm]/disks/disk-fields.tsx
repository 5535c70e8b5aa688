'use client'
import { useTranslations } from 'next-intl'
import { type UseFormReturn, useFormState, useWatch } from 'react-hook-form'
import { Checkbox, SelectField, TextField } from '@/components/ui/field.tsx'
import { diskBuses, diskCaches, diskDiscards, diskIos } from '@/lib/contract/vm-edit.ts'
import type { DiskForm } from '@/lib/vm/disk-form.ts'
import type { DiskField } from '@/lib/vm/domain-edit-disk.ts'
import { diskMoment } from '@/lib/vm/when-it-counts.ts'

/** How a disk is attached; the rarer things folded away. */
export function DiskFields({ form, isRunning }: { form: UseFormReturn<DiskForm>; isRunning: boolean }) {
  const t = useTranslations('vm-edit')
  const { errors } = useFormState({ control: form.control })
  const bus = useWatch({ control: form.control, name: 'bus' })
  /** Says beside a field's name when it counts on a disk in use. */
  const label = (field: DiskField, text: string) =>
    isRunning ? `${text} · ${t(`moments.${diskMoment(field).live ? 'now' : 'next-start'}`)}` : text
  const usual = { value: '', label: t('usual') }
  const same = (value: string) => ({ value, label: value })
  const rare = ['cache', 'io', 'ioThread', 'readRate', 'writeRate', 'readIops', 'writeIops']
  return (
    <>
      <div className="grid gap-3 phone:grid-cols-2">
        <SelectField
          label={label('bus', t('bus'))}
          error={errors.bus?.message}
          options={[...new Set([...diskBuses, bus])].map(same)}
          {...form.register('bus')}
        />
        <SelectField
          label={label('discard', t('discard'))}
          hint={t('discardHint')}
          error={errors.discard?.message}
          options={[usual, ...diskDiscards.map(same)]}
          {...form.register('discard')}
        />
      </div>
      <Checkbox label={label('readOnly', t('readOnly'))} hint={t('readOnlyHint')} {...form.register('readOnly')} />
      <details open={rare.some((field) => field in errors) || undefined}>
        <summary className="text-ink-2 hover:text-ink">{t('rareDisk')}</summary>
        <div className="mt-3 flex flex-col gap-4">
          <div className="grid gap-3 phone:grid-cols-3">
            <SelectField
              label={label('cache', t('cache'))}
              error={errors.cache?.message}
              options={[usual, ...diskCaches.map(same)]}
              {...form.register('cache')}
            />
            <SelectField
              label={label('io', t('io'))}
              error={errors.io?.message}
              options={[usual, ...diskIos.map(same)]}
              {...form.register('io')}
            />
            <TextField
              label={label('ioThread', t('ioThread'))}
              mono
              inputMode="numeric"
              error={errors.ioThread?.message}
              {...form.register('ioThread')}
            />
          </div>
          <p className="text-12 text-ink-3">{t('cacheHint')}</p>
          <div className="grid grid-cols-2 gap-3">
            {(['readRate', 'writeRate', 'readIops', 'writeIops'] as const).map((field) => (
              <TextField
                key={field}
                label={label('limits', t(field))}
                mono
                inputMode="decimal"
                placeholder={t('unlimited')}
                error={errors[field]?.message}
                {...form.register(field)}
              />
            ))}
          </div>
        </div>
      </details>
    </>
  )
}
