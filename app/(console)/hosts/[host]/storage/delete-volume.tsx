'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import { useDeleteVolume } from '@/lib/wire/storage.ts'
import { useCurrentHost } from '../current-host.tsx'

/** Asks before a volume goes for good. */
export function DeleteVolume({ pool, volume, onClose }: { pool: string; volume: string; onClose: () => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const remove = useDeleteVolume(host.name)
  return (
    <Confirm
      title={t('deleteTitle', { volume })}
      description={t('deleteText', { pool })}
      action={t('delete')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(
          { pool, volume },
          {
            onSuccess: () => {
              toast('ok', t('deleted', { volume }))
              onClose()
            },
          },
        )
      }
    >
      {remove.error !== null && <ProblemNotice error={remove.error} />}
    </Confirm>
  )
}
