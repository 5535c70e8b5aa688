'use client'
import { useTranslations } from 'next-intl'
import { ButtonLink } from '@/components/ui/button.tsx'
import { Empty } from '@/components/ui/empty.tsx'
import { useMe } from '@/lib/wire/queries.ts'

/** No hosts yet: what a host is, and the way to the first one. */
export function AddFirstHost() {
  const t = useTranslations('hosts')
  const { data: me } = useMe()
  const reason = me?.refusals['host.add']
  return (
    <Empty
      title={t('emptyTitle')}
      action={
        reason === undefined ? (
          <ButtonLink href="/hosts/new" variant="primary">
            {t('addFirst')}
          </ButtonLink>
        ) : (
          <p className="text-ink-3">{reason}</p>
        )
      }
    >
      {t('emptyText')}
    </Empty>
  )
}
