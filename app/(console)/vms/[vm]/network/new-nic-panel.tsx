'use client'
import { useTranslations } from 'next-intl'
import { useForm } from 'react-hook-form'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import type { VmChoices } from '@/lib/contract/vm-edit.ts'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { newNicForm, nicFieldOf, type NicForm, nicOfForm } from '@/lib/vm/nic-form.ts'
import { useAddNic, useVmChoices } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import { FormPanel } from '../form-panel.tsx'
import { NicFields } from './nic-fields.tsx'
import type { NicEdited } from './network.tsx'
import { usePlaceErrors } from '../place-errors.ts'

interface Props {
  vm: VmDetail
  onEdited: (edited: NicEdited) => void
  onClose: () => void
}

export function NewNicPanel(props: Props) {
  const t = useTranslations('vm-edit')
  const { data: choices, error, refetch } = useVmChoices(props.vm)
  if (choices !== undefined) return <NewNicForm {...props} choices={choices} />
  return (
    <FormPanel title={t('newNicTitle', { vm: props.vm.name })} onClose={props.onClose}>
      {error === null ? <Skeleton /> : <ProblemNotice error={error} onRetry={() => void refetch()} />}
    </FormPanel>
  )
}

function NewNicForm({ vm, choices, onEdited, onClose }: Props & { choices: VmChoices }) {
  const t = useTranslations('vm-edit')
  const add = useAddNic(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const bridge = choices.bridges.find(({ uplinks }) => uplinks.length > 0) ?? choices.bridges[0]
  const form = useForm<NicForm>({ defaultValues: newNicForm(vm.vcpus, bridge?.name ?? '', choices.freeMac) })
  const place = usePlaceErrors(form, nicFieldOf)
  const submit = form.handleSubmit((values) => {
    const { nic, errors } = nicOfForm(values)
    if (!place.own(errors)) return
    add.mutate(
      { ...nic, etag, apply: 'live' },
      {
        onSuccess: ({ outcome, mac }) => {
          onEdited({ outcome, mac })
          onClose()
        },
        onError: place.theirs,
      },
    )
  })
  return (
    <FormPanel
      title={t('newNicTitle', { vm: vm.name })}
      description={t(vm.xml.running === null ? 'newNicOff' : 'newNicLive')}
      action={t('addNic')}
      pending={add.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <NicFields form={form} vm={vm} choices={choices} before={null} />
      <EditProblem error={place.unplaced(add.error)} onReadAgain={readAgain} />
    </FormPanel>
  )
}
