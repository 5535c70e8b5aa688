'use client'
import { useTranslations } from 'next-intl'
import { useFormContext, useWatch } from 'react-hook-form'
import { SelectField, TextField } from '@/components/ui/field.tsx'
import type { BondForm, LinkForm } from '@/lib/net/link-form.ts'
import { bondModes } from '@/lib/net/model.ts'
import { Fold } from './fold.tsx'

const hashPolicies = ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4'] as const

/** A dot in the name of a text would mean a level. */
const keyOf = (mode: string): string => mode.replace('.', '')

/** How a bond uses its ports. @param ports those it has or is to have */
export function BondFields({ ports }: { ports: readonly string[] }) {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const wrong = formState.errors.bond
  const mode = useWatch<LinkForm, 'bond.mode'>({ name: 'bond.mode' })
  const figure = (name: keyof BondForm, label: string) => (
    <TextField {...register(`bond.${name}`)} mono inputMode="numeric" label={label} error={wrong?.[name]?.message} />
  )
  return (
    <>
      <SelectField
        {...register('bond.mode')}
        label={t('mode')}
        error={wrong?.mode?.message}
        options={bondModes.map((value) => ({ value, label: t(`modes.${keyOf(value)}`) }))}
      />
      {['active-backup', 'balance-tlb', 'balance-alb'].includes(mode) && (
        <SelectField
          {...register('bond.primary')}
          label={t('primary')}
          error={wrong?.primary?.message}
          options={[{ value: '', label: t('noPrimary') }, ...ports.map((port) => ({ value: port, label: port }))]}
        />
      )}
      {mode === '802.3ad' && (
        <SelectField
          {...register('bond.lacpRate')}
          label={t('lacpRate')}
          error={wrong?.lacpRate?.message}
          options={[
            { value: '', label: t('lacpRates.default') },
            { value: 'slow', label: t('lacpRates.slow') },
            { value: 'fast', label: t('lacpRates.fast') },
          ]}
        />
      )}
      {['802.3ad', 'balance-xor', 'balance-tlb'].includes(mode) && (
        <SelectField
          {...register('bond.hashPolicy')}
          label={t('hashPolicy')}
          error={wrong?.hashPolicy?.message}
          options={[{ value: '', label: t('default') }, ...hashPolicies.map((value) => ({ value, label: value }))]}
        />
      )}
      <Fold label={t('advanced')} path="bond">
        <div className="grid grid-cols-2 gap-3">
          {figure('miimonMs', t('miimon'))}
          {mode === '802.3ad' && figure('minLinks', t('minLinks'))}
          {figure('upDelayMs', t('upDelay'))}
          {figure('downDelayMs', t('downDelay'))}
        </div>
      </Fold>
    </>
  )
}
