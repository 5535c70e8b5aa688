'use client'
import { useTranslations } from 'next-intl'
import { parseAsStringLiteral, useQueryStates } from 'nuqs'
import { useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { Filter } from '@/components/ui/filter.tsx'
import { actions } from '@/lib/access/can.ts'
import { auditOutcomeSchema } from '@/lib/contract/audit.ts'
import { type AuditFilter, rowsOf, useAudit, useMe } from '@/lib/wire/queries.ts'
import { Allowed } from '../allowed.tsx'
import { AuditTable } from './audit-table.tsx'
import { ExportAudit } from './export-audit.tsx'

/** Verbs of the log: those of the policy that write, and those of signing in. */
const verbs = [
  ...actions.filter((action) => !action.endsWith('.read')),
  'session.begin',
  'session.end',
  'setup.claim',
] as const
const outcomes = auditOutcomeSchema.options

export function Audit() {
  const t = useTranslations('settings')
  const [filter, setFilter] = useQueryStates({
    action: parseAsStringLiteral(verbs),
    outcome: parseAsStringLiteral(outcomes),
  })
  const reason = useMe().data?.refusals['audit.read']
  const asked: AuditFilter = {
    ...(filter.action === null ? {} : { action: filter.action }),
    ...(filter.outcome === null ? {} : { outcome: filter.outcome }),
  }
  return (
    <>
      <PageTitle title={t('tabs.audit')} action={reason === undefined && <ExportAudit filter={asked} />} />
      <Allowed action="audit.read">
        <div className="mb-2 flex flex-wrap gap-2">
          <Filter
            label={t('audit.action')}
            all={t('audit.allActions')}
            value={filter.action}
            options={verbs.map((verb) => ({ value: verb, label: verb }))}
            onChange={(action) => void setFilter({ action })}
          />
          <Filter
            label={t('audit.outcome')}
            all={t('audit.allOutcomes')}
            value={filter.outcome}
            options={outcomes.map((outcome) => ({ value: outcome, label: t(`audit.outcomes.${outcome}`) }))}
            onChange={(outcome) => void setFilter({ outcome })}
          />
        </div>
        <Entries filter={asked} onAll={() => void setFilter(null)} />
      </Allowed>
    </>
  )
}

function Entries({ filter, onAll }: { filter: AuditFilter; onAll: () => void }) {
  const t = useTranslations('settings.audit')
  const ui = useTranslations('ui')
  const audit = useAudit(filter)
  const [open, setOpen] = useState<string | null>(null)
  if (audit.error !== null && audit.data === undefined)
    return <ProblemNotice error={audit.error} onRetry={() => void audit.refetch()} />
  if (audit.data === undefined) return <Skeleton rows={8} />
  const entries = rowsOf(audit)
  if (entries.length === 0)
    return (
      <Empty title={t('empty')} action={<Button onClick={onAll}>{ui('clearFilter')}</Button>}>
        {t('emptyHint')}
      </Empty>
    )
  return (
    <>
      <AuditTable entries={entries} open={open} onOpen={setOpen} />
      {audit.error !== null && <ProblemNotice error={audit.error} onRetry={() => void audit.fetchNextPage()} />}
      {audit.hasNextPage && (
        <div className="pt-3">
          <Button pending={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            {ui('more')}
          </Button>
        </div>
      )}
    </>
  )
}
