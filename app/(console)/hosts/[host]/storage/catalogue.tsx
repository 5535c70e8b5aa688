'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { useCatalogue } from '@/lib/wire/storage.ts'

interface Entry {
  url: string
  sumsUrl: string
  algorithm: 'sha256' | 'sha512'
  name: string
}

/** Vendors' own images, with where their sums stand: fetched by the host, or downloaded elsewhere and uploaded. */
export function Catalogue({
  reason,
  onFetch,
  onClose,
}: {
  reason: string | null
  onFetch: (entry: Entry) => void
  onClose: () => void
}) {
  const t = useTranslations('storage')
  const ui = useTranslations('ui')
  const catalogue = useCatalogue()
  return (
    <SidePanel
      open
      wide
      onOpenChange={onClose}
      title={t('catalogueTitle')}
      description={t('catalogueText')}
      footer={<Button onClick={onClose}>{ui('close')}</Button>}
    >
      {catalogue.data === undefined ? (
        catalogue.error === null ? (
          <Skeleton />
        ) : (
          <ProblemNotice error={catalogue.error} />
        )
      ) : (
        <ul className="flex flex-col">
          {catalogue.data.map((entry) => (
            <li key={entry.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line py-2.5">
              <div className="min-w-0 flex-1 basis-64">
                <p className="font-bold">{entry.title}</p>
                <p className="font-mono text-12 text-ink-2 wrap-anywhere">
                  <a href={entry.url} rel="noreferrer" className="hover:text-accent">
                    {entry.url}
                  </a>
                </p>
                <p className="text-12 text-ink-3 wrap-anywhere">
                  {entry.algorithm === 'sha256' ? 'SHA-256' : 'SHA-512'}:{' '}
                  <a href={entry.sumsUrl} rel="noreferrer" className="font-mono hover:text-accent">
                    {entry.sumsUrl}
                  </a>
                </p>
              </div>
              <Button
                disabledReason={reason}
                onClick={() => onFetch(entry)}
                aria-label={t('fetchOne', { title: entry.title })}
              >
                {t('fetchNow')}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </SidePanel>
  )
}
