'use client'
import { useTranslations } from 'next-intl'
import { CodeField } from '@/components/parts/code-field.tsx'
import type { VmDefinition } from '@/lib/contract/vm-edit.ts'
import { PendingNotice } from '../pending-notice.tsx'
import { DiffLines } from './diff-lines.tsx'

const nothing = () => undefined

/** What runs, and where the next start makes it different. */
export function Running({ definition: { runningXml, pending } }: { definition: VmDefinition }) {
  const t = useTranslations('vm-edit')
  if (runningXml === null) return null
  return (
    <section aria-labelledby="running-title" className="flex min-w-0 flex-col gap-3">
      <h2 id="running-title" className="text-16">
        {t('runningXml')}
      </h2>
      <PendingNotice />
      {pending.length > 0 && (
        <details>
          <summary className="text-ink-2 hover:text-ink">{t('pendingDiff')}</summary>
          <div className="mt-2">
            <DiffLines label={t('pendingDiff')} lines={pending} />
          </div>
        </details>
      )}
      <CodeField
        label={t('runningXmlLabel')}
        hint={t('runningXmlHint')}
        language="xml"
        value={runningXml}
        onChange={nothing}
        readOnly
      />
    </section>
  )
}
