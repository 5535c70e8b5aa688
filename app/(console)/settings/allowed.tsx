'use client'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { Notice } from '@/components/ui/notice.tsx'
import type { Action } from '@/lib/access/can.ts'
import { useMe } from '@/lib/wire/queries.ts'

/** What only some roles may see; others read why not, in the words of the API. */
export function Allowed({ action, children }: { action: Action; children: ReactNode }) {
  const t = useTranslations('settings')
  const reason = useMe().data?.refusals[action]
  return reason === undefined ? (
    children
  ) : (
    <Notice tone="off" title={reason}>
      {t('refused')}
    </Notice>
  )
}
