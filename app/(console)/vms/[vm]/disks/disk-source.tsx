'use client'
import { useTranslations } from 'next-intl'
import { type UseFormReturn, useFormState, useWatch } from 'react-hook-form'
import { RadioCards, SelectField, TextField } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { VmChoices } from '@/lib/contract/vm-edit.ts'
import { memoryText } from '@/lib/kit/units.ts'
import type { DiskForm } from '@/lib/vm/disk-form.ts'

/** A new volume, or which existing volume, image or device it is. A disk that another VM has is offered, and said so. */
export function DiskSource({
  form,
  choices,
  isMedia,
  mayBeEmpty,
}: {
  form: UseFormReturn<DiskForm>
  choices: VmChoices
  isMedia: boolean
  mayBeEmpty: boolean
}) {
  const t = useTranslations('vm-edit')
  const { errors } = useFormState({ control: form.control })
  const [sourceKind, poolName, volumeName] = useWatch({
    control: form.control,
    name: ['sourceKind', 'pool', 'volume'],
  })
  const pools = choices.pools.filter(({ active }) => active)
  const pool = pools.find(({ name }) => name === poolName)
  const volumes = (pool?.volumes ?? []).filter(({ isIso }) => isIso === isMedia)
  const chosen = volumes.find(({ name }) => name === volumeName)
  const kinds = [
    ...(mayBeEmpty ? (['empty'] as const) : []),
    ...(isMedia ? [] : (['new'] as const)),
    'volume',
    'file',
    ...(isMedia ? [] : (['block'] as const)),
  ]
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 font-bold">{t(isMedia ? 'medium' : 'whatDisk')}</legend>
      <RadioCards
        label={t('liesIn')}
        name="disk-source-kind"
        value={sourceKind}
        onChange={(next) => form.setValue('sourceKind', next)}
        options={(kinds as DiskForm['sourceKind'][]).map((value) => ({
          value,
          label: t(`diskSources.${value}`),
          hint: t(`diskSourceHints.${value}`),
        }))}
      />
      {sourceKind === 'new' &&
        (pools.length === 0 ? (
          <Notice tone="warn" title={t('noPools')}>
            {t('noPoolsText')}
          </Notice>
        ) : (
          <>
            <SelectField
              label={t('pool')}
              error={errors.pool?.message}
              options={[
                { value: '', label: t('choose') },
                ...pools.map(({ name, kind }) => ({ value: name, label: `${name} (${kind})` })),
              ]}
              {...form.register('pool')}
            />
            <TextField label={t('newSize')} mono error={errors.sizeGib?.message} {...form.register('sizeGib')} />
            <SelectField
              label={t('format')}
              hint={t('newFormatHint')}
              options={['qcow2', 'raw'].map((value) => ({ value, label: value }))}
              {...form.register('newFormat')}
            />
          </>
        ))}
      {sourceKind === 'volume' &&
        (pools.length === 0 ? (
          <Notice tone="warn" title={t('noPools')}>
            {t('noPoolsText')}
          </Notice>
        ) : (
          <>
            <SelectField
              label={t('pool')}
              options={[
                { value: '', label: t('choose') },
                ...pools.map(({ name, kind }) => ({ value: name, label: `${name} (${kind})` })),
              ]}
              {...form.register('pool', { onChange: () => form.setValue('volume', '') })}
            />
            <SelectField
              label={t('volume')}
              hint={
                chosen !== undefined && chosen.usedBy.length > 0
                  ? t('usedBy', { vms: chosen.usedBy.join(', ') })
                  : pool !== undefined && volumes.length === 0
                    ? t(isMedia ? 'noIsos' : 'noVolumes', { pool: pool.name })
                    : undefined
              }
              error={errors.volume?.message ?? errors.pool?.message}
              options={[
                { value: '', label: t('choose') },
                ...volumes.map(({ name, format, capacityBytes, usedBy }) => ({
                  value: name,
                  label: [
                    name,
                    format,
                    capacityBytes === null ? null : memoryText(capacityBytes),
                    usedBy.length === 0 ? null : t('inUseBy', { vms: usedBy.join(', ') }),
                  ]
                    .filter((part) => part !== null)
                    .join(' · '),
                })),
              ]}
              {...form.register('volume')}
            />
          </>
        ))}
      {(sourceKind === 'file' || sourceKind === 'block') && (
        <TextField
          label={t('path')}
          mono
          placeholder={sourceKind === 'file' ? '/var/lib/libvirt/images/' : '/dev/'}
          hint={t('pathHint')}
          error={errors.path?.message}
          {...form.register('path')}
        />
      )}
    </fieldset>
  )
}
