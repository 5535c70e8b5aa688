'use client'
import { useTranslations } from 'next-intl'
import { Confirm } from '@/components/ui/confirm.tsx'
import { useEjectMedia } from '@/lib/wire/vm-edit.ts'
import { EditProblem, useEditedFrom } from '../edit-problem.tsx'
import type { DiskPanelProps } from './disk-panel-props.ts'

/** The guest keeps its drive shut; whoever reads from the disc loses it. */
export function ForceEject({ vm, row: { disk }, onEdited, onClose }: DiskPanelProps) {
  const t = useTranslations('vm-edit')
  const eject = useEjectMedia(vm)
  const { etag, readAgain } = useEditedFrom(vm)
  const { target, source } = disk
  return (
    <Confirm
      title={t('forceEjectTitle', { target })}
      description={t('forceEjectText', { source: source ?? '—' })}
      action={t('forceEject')}
      pending={eject.isPending}
      onClose={onClose}
      onConfirm={() =>
        eject.mutate(
          { target, etag, force: true },
          {
            onSuccess: ({ outcome }) => {
              onEdited(outcome)
              onClose()
            },
          },
        )
      }
    >
      <EditProblem error={eject.error} onReadAgain={readAgain} />
    </Confirm>
  )
}
