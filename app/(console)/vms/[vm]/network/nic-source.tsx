'use client'
import { useTranslations } from 'next-intl'
import { useFormState, useWatch } from 'react-hook-form'
import { BridgeChoice } from '@/components/parts/bridge-choice.tsx'
import { RadioCards, SelectField } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { macvtapModes, nicSourceKinds } from '@/lib/vm/nic-form.ts'
import type { MomentLabel } from './moments.ts'
import type { NicFieldsProps } from './nic-fields.tsx'

/** What a NIC is plugged into: only what is there, with how it is. */
export function NicSource({ form, vm, choices, label }: NicFieldsProps & { label: MomentLabel }) {
  const t = useTranslations('vm-edit')
  const [kind, bridge, network, device] = useWatch({
    control: form.control,
    name: ['sourceKind', 'bridge', 'network', 'device'],
  })
  const { errors } = useFormState({ control: form.control })
  const missing = (list: readonly { name: string }[], name: string) =>
    name !== '' && !list.some((one) => one.name === name)
  const groups = choices.networks.find(({ name }) => name === network)?.portGroups ?? []
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 font-bold">{t('plugInto')}</legend>
      <RadioCards
        label={label('source', t('kind'))}
        name="source-kind"
        stacked
        value={kind}
        onChange={(next) => form.setValue('sourceKind', next)}
        options={nicSourceKinds.map((value) => ({
          value,
          label: t(`sourceKinds.${value}`),
          hint: t(`sourceHints.${value}`),
        }))}
      />
      {kind === 'bridge' &&
        (choices.bridges.length === 0 && bridge === '' ? (
          <Notice tone="warn" title={t('noBridges', { host: vm.host.name })}>
            {t('noBridgesText')}
          </Notice>
        ) : (
          <BridgeChoice
            host={vm.host}
            bridges={choices.bridges}
            value={bridge}
            error={errors.bridge?.message}
            onChange={(next) => {
              form.setValue('bridge', next)
              form.clearErrors('bridge')
            }}
          />
        ))}
      {kind === 'network' && (
        <>
          <SelectField
            label={t('network')}
            error={errors.network?.message}
            options={[
              { value: '', label: t('choose') },
              ...choices.networks.map(({ name, mode, active }) => ({
                value: name,
                label: `${name} (${mode})${active ? '' : ` — ${t('inactive')}`}`,
              })),
              ...(missing(choices.networks, network) ? [{ value: network, label: network }] : []),
            ]}
            {...form.register('network')}
          />
          {groups.length > 0 && (
            <SelectField
              label={t('portGroup')}
              options={[{ value: '', label: t('usual') }, ...groups.map((value) => ({ value, label: value }))]}
              {...form.register('portGroup')}
            />
          )}
        </>
      )}
      {kind === 'direct' && (
        <>
          <Notice tone="warn" title={t('macvtapWarning')}>
            {t('macvtapText')}
          </Notice>
          <div className="grid gap-3 phone:grid-cols-2">
            <SelectField
              label={t('device')}
              error={errors.device?.message}
              options={[
                { value: '', label: t('choose') },
                ...choices.devices.map(({ name, master }) => ({
                  value: name,
                  label: master === null ? name : t('portOf', { device: name, master }),
                })),
                ...(missing(choices.devices, device) ? [{ value: device, label: device }] : []),
              ]}
              {...form.register('device')}
            />
            <SelectField
              label={t('mode')}
              error={errors.mode?.message}
              options={macvtapModes.map((value) => ({ value, label: value }))}
              {...form.register('mode')}
            />
          </div>
        </>
      )}
    </fieldset>
  )
}

/** `1 10-12 20`: bridges may carry all of 4094. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ')
}
