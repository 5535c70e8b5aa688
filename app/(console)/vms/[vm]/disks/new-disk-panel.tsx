'use client'
import { useTranslations } from 'next-intl'
import { useForm, useWatch } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { SelectField } from '@/components/ui/field.tsx'
import { diskFormats, type VmChoices } from '@/lib/contract/vm-edit.ts'
import { diskFieldOf, type DiskForm, newDiskForm, newDiskOfForm } from '@/lib/vm/disk-form.ts'
import { useAddDisk, useVmChoices } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { FormPanel } from '../form-panel.tsx'
import { usePlaceErrors } from '../place-errors.ts'
import { DiskFields } from './disk-fields.tsx'
import type { DiskPanelProps } from './disk-panel-props.ts'
import { DiskSource } from './disk-source.tsx'

type Props = Omit<DiskPanelProps, 'row'> & { device: DiskForm['device'] }

export function NewDiskPanel(props: Props) {
  const t = useTranslations('vm-edit')
  const { data: choices, error, refetch } = useVmChoices(props.vm)
  if (choices !== undefined) return <NewDiskFormPanel {...props} choices={choices} />
  return (
    <FormPanel title={t(`newDiskTitles.${props.device}`, { vm: props.vm.name })} onClose={props.onClose}>
      {error === null ? <Skeleton /> : <ProblemNotice error={error} onRetry={() => void refetch()} />}
    </FormPanel>
  )
}

function NewDiskFormPanel({ vm, device, choices, onEdited, onClose }: Props & { choices: VmChoices }) {
  const t = useTranslations('vm-edit')
  const add = useAddDisk(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const [only, ...others] = choices.pools.filter(({ active }) => active)
  const form = useForm<DiskForm>({
    defaultValues: { ...newDiskForm(device), pool: others.length === 0 || device === 'disk' ? (only?.name ?? '') : '' },
  })
  const place = usePlaceErrors(form, diskFieldOf)
  const sourceKind = useWatch({ control: form.control, name: 'sourceKind' })
  const submit = form.handleSubmit((values) => {
    const { disk, errors } = newDiskOfForm(values)
    if (!place.own(errors)) return
    add.mutate(
      { ...disk, etag, apply: 'live' },
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
      title={t(`newDiskTitles.${device}`, { vm: vm.name })}
      description={t(`newDiskTexts.${device}`)}
      action={t(device === 'cdrom' ? 'addDrive' : 'addDisk')}
      pending={add.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <DiskSource form={form} choices={choices} isMedia={device === 'cdrom'} mayBeEmpty={device === 'cdrom'} />
      {device === 'disk' && sourceKind !== 'volume' && sourceKind !== 'new' && (
        <SelectField
          label={t('format')}
          hint={t('formatHint')}
          error={form.formState.errors.format?.message}
          options={[{ value: '', label: t('choose') }, ...diskFormats.map((value) => ({ value, label: value }))]}
          {...form.register('format')}
        />
      )}
      {device === 'disk' ? (
        <DiskFields form={form} isRunning={false} />
      ) : (
        <SelectField
          label={t('bus')}
          error={form.formState.errors.bus?.message}
          options={['sata', 'scsi', 'usb'].map((value) => ({ value, label: value }))}
          {...form.register('bus')}
        />
      )}
      <EditProblem error={place.unplaced(add.error)} onReadAgain={readAgain} />
    </FormPanel>
  )
}
