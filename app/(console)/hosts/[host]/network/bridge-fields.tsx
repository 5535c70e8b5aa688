'use client'
import { useTranslations } from 'next-intl'
import { useFormContext, useWatch } from 'react-hook-form'
import { Checkbox, TextField } from '@/components/ui/field.tsx'
import type { BridgeForm, LinkForm } from '@/lib/net/link-form.ts'

/** What a bridge does with frames: STP and its timers, VLAN filtering, snooping, ageing. */
export function BridgeFields() {
  const t = useTranslations('network.form')
  const { register, formState } = useFormContext<LinkForm>()
  const wrong = formState.errors.bridge
  const { stp, vlanFiltering } = useWatch<LinkForm, 'bridge'>({ name: 'bridge' })
  const figure = (name: keyof BridgeForm, label: string, hint?: string) => (
    <TextField
      {...register(`bridge.${name}`)}
      mono
      inputMode="numeric"
      label={label}
      hint={hint}
      error={wrong?.[name]?.message}
    />
  )
  return (
    <>
      <Checkbox {...register('bridge.stp')} label={t('stp')} hint={t('stpHint')} />
      {stp && (
        <div className="grid grid-cols-2 gap-3">
          {figure('forwardDelaySeconds', t('forwardDelay'), '2–30')}
          {figure('helloSeconds', t('hello'), '1–10')}
          {figure('maxAgeSeconds', t('maxAge'), '6–40')}
          {figure('priority', t('priority'), '0–65535')}
        </div>
      )}
      <Checkbox {...register('bridge.vlanFiltering')} label={t('vlanFiltering')} hint={t('vlanFilteringHint')} />
      {vlanFiltering && figure('defaultPvid', t('defaultPvid'), t('defaultPvidHint'))}
      <Checkbox {...register('bridge.multicastSnooping')} label={t('snooping')} hint={t('snoopingHint')} />
      {figure('ageingSeconds', t('ageing'))}
    </>
  )
}
