'use client'
import { useTranslations } from 'next-intl'
import { type UseFormReturn, useFormState, useWatch } from 'react-hook-form'
import { Checkbox, SelectField, TextField } from '@/components/ui/field.tsx'
import type { VmChoices } from '@/lib/contract/vm-edit.ts'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { defaultQueues } from '@/lib/vm/nic-check.ts'
import { isVirtio as isVirtioModel, type NicForm } from '@/lib/vm/nic-form.ts'
import { NicRates } from './nic-rates.tsx'
import type { NicRow } from './nic-rows.ts'
import { NicSource } from './nic-source.tsx'
import { NicVlan } from './nic-vlan.tsx'
import { useMoments } from './moments.ts'

export interface NicFieldsProps {
  form: UseFormReturn<NicForm>
  vm: VmDetail
  choices: VmChoices
  /** Null: a new one. */
  before: NicRow | null
}

const models = ['virtio', 'e1000e', 'e1000', 'rtl8139']
const rxRings = ['256', '512', '1024']
// QEMU sends from more than these with vhost-user alone.
const txRings = ['256']

/** Everything of a NIC, each field with when it counts. */
export function NicFields(props: NicFieldsProps) {
  const { form, vm, choices, before } = props
  const t = useTranslations('vm-edit')
  const { errors } = useFormState({ control: form.control })
  const label = useMoments(before, form)
  const [model, rxRing, txRing, filter, sourceKind, bridge, network, device] = useWatch({
    control: form.control,
    name: ['model', 'rxRing', 'txRing', 'filter', 'sourceKind', 'bridge', 'network', 'device'],
  })
  const error = (field: keyof NicForm) => errors[field]?.message
  const isVirtio = isVirtioModel(model)
  const unlike = (list: readonly string[], current: string) =>
    [...new Set([...list, ...(current === '' ? [] : [current])])].map((value) => ({ value, label: value }))
  const usual = defaultQueues(vm.vcpus)
  return (
    <>
      <NicSource {...props} label={label} />
      <div className="grid gap-3 phone:grid-cols-2">
        <SelectField
          label={label('model', t('model'))}
          hint={isVirtio ? t('virtioHint') : t('emulatedHint')}
          error={error('model')}
          options={unlike(models, model)}
          {...form.register('model')}
        />
        <TextField
          label={label('mac', 'MAC')}
          mono
          hint={before === null ? t('macMade') : t('macHint')}
          error={error('mac')}
          {...form.register('mac')}
        />
      </div>
      <NicVlan {...props} label={label} />
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-1 font-bold">{t('throughput')}</legend>
        <div className="grid gap-3 phone:grid-cols-3">
          <TextField
            label={label('queues', t('queues'))}
            mono
            inputMode="numeric"
            placeholder="1"
            error={error('queues')}
            disabled={!isVirtio}
            {...form.register('queues')}
          />
          <SelectField
            label={label('rxRing', t('rxRing'))}
            error={error('rxRing')}
            disabled={!isVirtio}
            options={[{ value: '', label: t('usual') }, ...unlike(rxRings, rxRing)]}
            {...form.register('rxRing')}
          />
          <SelectField
            label={label('txRing', t('txRing'))}
            error={error('txRing')}
            disabled={!isVirtio}
            options={[{ value: '', label: t('usual') }, ...unlike(txRings, txRing)]}
            {...form.register('txRing')}
          />
        </div>
        <p className="text-12 text-ink-3">{isVirtio ? t('queuesHint', { usual, vcpus: vm.vcpus }) : t('onlyVirtio')}</p>
        <TextField
          label={label('mtu', 'MTU')}
          mono
          inputMode="numeric"
          placeholder={inheritedMtu({ sourceKind, bridge, network, device }, choices)}
          hint={t('mtuHint')}
          error={error('mtu')}
          {...form.register('mtu')}
        />
      </fieldset>
      <NicRates form={form} label={label} />
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-1 font-bold">{t('safety')}</legend>
        <SelectField
          label={label('filter', t('filter'))}
          hint={t('filterHint')}
          error={error('filter')}
          options={[{ value: '', label: t('noFilter') }, ...unlike(choices.filters, filter)]}
          {...form.register('filter')}
        />
        <Checkbox label={label('isolated', t('isolated'))} hint={t('isolatedHint')} {...form.register('isolated')} />
        <Checkbox label={label('linkUp', t('plugged'))} hint={t('pluggedHint')} {...form.register('linkUp')} />
      </fieldset>
    </>
  )
}

function inheritedMtu(
  form: Pick<NicForm, 'sourceKind' | 'bridge' | 'network' | 'device'>,
  { bridges, networks, devices }: VmChoices,
): string {
  const mtu =
    form.sourceKind === 'bridge'
      ? bridges.find(({ name }) => name === form.bridge)?.mtu
      : form.sourceKind === 'network'
        ? networks.find(({ name }) => name === form.network)?.mtu
        : devices.find(({ name }) => name === form.device)?.mtu
  return mtu === undefined || mtu === null ? '' : String(mtu)
}
