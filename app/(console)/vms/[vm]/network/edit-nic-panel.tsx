'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { RadioCards } from '@/components/ui/field.tsx'
import type { ApplyWay, VmChoices } from '@/lib/contract/vm-edit.ts'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { formOfNic, nicEdit, nicFieldOf, type NicForm } from '@/lib/vm/nic-form.ts'
import { useEditNic, useVmChoices } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { FormPanel } from '../form-panel.tsx'
import { NicFields } from './nic-fields.tsx'
import type { NicRow } from './nic-rows.ts'
import type { NicEdited } from './network.tsx'
import { usePlaceErrors } from '../place-errors.ts'

interface Props {
  vm: VmDetail
  row: NicRow
  onEdited: (edited: NicEdited) => void
  onClose: () => void
}

export function EditNicPanel(props: Props) {
  const t = useTranslations('vm-edit')
  const { data: choices, error, refetch } = useVmChoices(props.vm)
  if (choices !== undefined) return <EditNicForm {...props} choices={choices} />
  return (
    <FormPanel title={t('editNicTitle', { mac: props.row.nic.mac })} onClose={props.onClose}>
      {error === null ? <Skeleton /> : <ProblemNotice error={error} onRetry={() => void refetch()} />}
    </FormPanel>
  )
}

function EditNicForm({ vm, row, choices, onEdited, onClose }: Props & { choices: VmChoices }) {
  const t = useTranslations('vm-edit')
  const edit = useEditNic(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  // What is edited is the definition: what waits for the next start is not asked for twice.
  const [before] = useState(() => formOfNic(row.defined ?? row.nic))
  const [apply, setApply] = useState<ApplyWay>('live')
  const form = useForm<NicForm>({ defaultValues: before })
  const place = usePlaceErrors(form, nicFieldOf)
  const submit = form.handleSubmit((values) => {
    const changed = nicEdit(before, values)
    if (!place.own(changed.errors)) return
    edit.mutate(
      { mac: row.nic.mac, edit: { ...changed.edit, etag, apply } },
      {
        onSuccess: ({ outcome }) => {
          onEdited({ outcome, mac: changed.edit.mac ?? row.nic.mac })
          onClose()
        },
        onError: place.theirs,
      },
    )
  })
  return (
    <FormPanel
      title={t('editNicTitle', { mac: row.nic.mac })}
      action={t('saveNic')}
      pending={edit.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <NicFields form={form} vm={vm} choices={choices} before={row} />
      {row.running !== null && (
        <RadioCards
          label={t('apply')}
          name="apply"
          stacked
          value={apply}
          onChange={setApply}
          options={(['live', 'next-start', 'replug'] as const).map((value) => ({
            value,
            label: t(`applyWays.${value}`),
            hint: t(`applyHints.${value}`),
          }))}
        />
      )}
      <EditProblem error={place.unplaced(edit.error)} onReadAgain={readAgain} />
    </FormPanel>
  )
}
