'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { columnsToCsv, save } from '@/components/parts/export-rows.ts'
import { Button } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { useProblemToast } from '@/components/parts/problem-notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { AuditEntry } from '@/lib/contract/audit.ts'
import type { AuditFilter } from '@/lib/wire/queries.ts'
import { wholeAudit, wholeLimit } from '@/lib/wire/whole-audit.ts'

const heads = [
  'at',
  'actorKind',
  'actorId',
  'actorName',
  'action',
  'outcome',
  'targetKind',
  'targetId',
  'targetName',
  'address',
] as const

const csvOf = (entries: readonly AuditEntry[]): string =>
  columnsToCsv(
    [...heads, 'detail'],
    entries.map((entry) => [
      ...heads.map((head) => [head, entry[head]] as const),
      ['detail', JSON.stringify(entry.detail)] as const,
    ]),
  )

/** Everything the filter lets through, also what is not on the page yet. */
export function ExportAudit({ filter }: { filter: AuditFilter }) {
  const t = useTranslations('settings.audit')
  const ui = useTranslations('ui')
  const toast = useToast()
  const failed = useProblemToast()
  const [isPending, setIsPending] = useState(false)
  const run = async (kind: 'csv' | 'json') => {
    setIsPending(true)
    try {
      const entries = await wholeAudit(filter)
      if (kind === 'csv') save('drawbridge-audit.csv', 'text/csv', csvOf(entries))
      else save('drawbridge-audit.json', 'application/json', JSON.stringify(entries, null, 2))
      if (entries.length === wholeLimit) toast('bad', t('exportCut', { count: wholeLimit }))
    } catch (failure) {
      failed(failure as Error)
    } finally {
      setIsPending(false)
    }
  }
  return (
    <Menu
      trigger={<Button pending={isPending}>{ui('export')}</Button>}
      groups={[
        [
          { label: 'CSV', onSelect: () => void run('csv') },
          { label: 'JSON', onSelect: () => void run('json') },
        ],
      ]}
    />
  )
}
