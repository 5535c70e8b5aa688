'use client'
import { useTranslations } from 'next-intl'
import { useFormState, useWatch } from 'react-hook-form'
import { SelectField, TextField } from '@/components/ui/field.tsx'
import type { MomentLabel } from './moments.ts'
import type { NicFieldsProps } from './nic-fields.tsx'
import { rangesText } from './nic-source.tsx'

/** Which VLANs the guest is in, where the bridge keeps VLANs apart. */
export function NicVlan({ form, choices, label }: NicFieldsProps & { label: MomentLabel }) {
  const t = useTranslations('vm-edit')
  const { errors } = useFormState({ control: form.control })
  const [sourceKind, bridgeName, vlanKind] = useWatch({
    control: form.control,
    name: ['sourceKind', 'bridge', 'vlanKind'],
  })
  const bridge = choices.bridges.find(({ name }) => name === bridgeName)
  const why =
    sourceKind === 'network'
      ? t('vlanByNetwork')
      : sourceKind === 'direct'
        ? t('vlanByDevice')
        : bridge === undefined || bridge.vlanAware || bridge.kind === 'ovs'
          ? null
          : t('vlanUnaware', { bridge: bridge.name })
  const carried = bridge === undefined || bridge.vlans.length === 0 ? null : rangesText(bridge.vlans)
  const carriedText = carried === null ? undefined : t('carried', { vlans: carried })
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 font-bold">VLAN</legend>
      <SelectField
        label={label('vlan', t('membership'))}
        hint={why ?? t(`vlanHints.${vlanKind}`)}
        error={errors.vlanKind?.message}
        // One that is set must be possible to take away.
        disabled={why !== null && vlanKind === 'none'}
        options={(['none', 'access', 'trunk'] as const).map((value) => ({ value, label: t(`vlanKinds.${value}`) }))}
        {...form.register('vlanKind')}
      />
      {vlanKind === 'access' && (
        <TextField
          label={t('tag')}
          mono
          inputMode="numeric"
          hint={carriedText}
          error={errors.vlanTag?.message}
          {...form.register('vlanTag')}
        />
      )}
      {vlanKind === 'trunk' && (
        <div className="grid gap-3 phone:grid-cols-2">
          <TextField
            label={t('tags')}
            mono
            hint={carriedText ?? t('tagsHint')}
            error={errors.vlanTags?.message}
            {...form.register('vlanTags')}
          />
          <TextField
            label={t('native')}
            mono
            inputMode="numeric"
            hint={t('nativeHint')}
            error={errors.vlanNative?.message}
            {...form.register('vlanNative')}
          />
        </div>
      )}
    </fieldset>
  )
}
