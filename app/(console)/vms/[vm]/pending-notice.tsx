'use client'
import { useTranslations } from 'next-intl'
import { Notice } from '@/components/ui/notice.tsx'
import { useCurrentVm } from './current-vm.tsx'
import { useFieldName } from './edit-outcome.tsx'

/** What is defined otherwise than what runs. */
export function PendingNotice() {
  const t = useTranslations('vm-edit')
  const nameOf = useFieldName()
  const { pending } = useCurrentVm()
  if (pending.length === 0) return null
  const named = pending.map((word) => {
    const [kind = '', device] = word.split(' ')
    return device === undefined ? nameOf(kind) : `${nameOf(kind)} ${device}`
  })
  return (
    <Notice tone="warn" title={t('pendingTitle')}>
      {named.join(', ')}
    </Notice>
  )
}
