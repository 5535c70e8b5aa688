'use client'
import { useTranslations } from 'next-intl'
import { Confirm } from '@/components/ui/confirm.tsx'
import { useRemoveNic } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import type { NicEdited } from './network.tsx'
import type { NicRow } from './nic-rows.ts'

/** Asks before a guest loses a NIC. */
export function UnplugNic({
  row: { nic, running },
  onEdited,
  onClose,
}: {
  row: NicRow
  onEdited: (edited: NicEdited) => void
  onClose: () => void
}) {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const remove = useRemoveNic(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const of = { mac: nic.mac, source: nic.source ?? '—', vm: vm.name }
  return (
    <Confirm
      title={t(running === null ? 'removeNicTitle' : 'unplugNicTitle', of)}
      description={t(running === null ? 'removeNicText' : 'unplugNicText', of)}
      action={t(running === null ? 'removeNic' : 'unplugNic')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { mac: nic.mac, etag, apply: 'live' },
          {
            onSuccess: ({ outcome }) => {
              onEdited({ outcome, mac: null })
              onClose()
            },
          },
        )
      }
    >
      <EditProblem error={remove.error} onReadAgain={readAgain} />
    </Confirm>
  )
}
