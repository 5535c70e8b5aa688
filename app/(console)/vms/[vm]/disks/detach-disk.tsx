'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Confirm } from '@/components/ui/confirm.tsx'
import { TextField } from '@/components/ui/field.tsx'
import { useRemoveDisk } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import type { DiskPanelProps } from './disk-panel-props.ts'

/** Asks before a disk leaves. What is on it stays, unless its volume is named word for word. */
export function DetachDisk({ vm, row: { disk, running }, onEdited, onClose }: DiskPanelProps) {
  const t = useTranslations('vm-edit')
  const remove = useRemoveDisk(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const [named, setNamed] = useState('')
  const [tried, setTried] = useState(false)
  const { target, source } = disk
  const wrong = named !== '' && named !== source
  const isDeletable = disk.device === 'disk' && source !== null
  return (
    <Confirm
      title={t(running === null ? 'removeDiskTitle' : 'detachTitle', { target, vm: vm.name })}
      description={source === null ? t('detachEmptyText') : t('detachText', { source })}
      action={t(named !== '' && !wrong ? 'detachAndDelete' : running === null ? 'removeDisk' : 'detach')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() => {
        setTried(true)
        if (wrong) return
        remove.mutate(
          { target, etag, apply: 'live', ...(named === '' ? {} : { deleteVolume: named }) },
          {
            onSuccess: ({ outcome }) => {
              onEdited(outcome)
              onClose()
            },
          },
        )
      }}
    >
      {isDeletable && (
        <TextField
          label={t('nameToDelete')}
          mono
          hint={t('nameToDeleteHint', { source })}
          error={tried && wrong ? t('nameDiffers') : undefined}
          value={named}
          onChange={(event) => setNamed(event.target.value)}
        />
      )}
      <EditProblem error={remove.error} onReadAgain={readAgain} />
    </Confirm>
  )
}
