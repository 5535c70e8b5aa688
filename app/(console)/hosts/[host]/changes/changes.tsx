'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { ChangeState } from '@/components/parts/change-state.tsx'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { useSentence } from '@/components/parts/sentence-text.tsx'
import { Time } from '@/components/parts/time.tsx'
import { ButtonLink } from '@/components/ui/button.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import type { Change } from '@/lib/contract/network.ts'
import { useChanges } from '@/lib/wire/network.ts'
import { useCurrentHost } from '../current-host.tsx'

/** What was done to this host's network: by whom, when, and how it ended. */
export function Changes() {
  const t = useTranslations('changes')
  const say = useSentence()
  const host = useCurrentHost()
  const changes = useChanges(host.name)
  const here = `/hosts/${encodeURIComponent(host.name)}`
  if (changes.data === undefined)
    return changes.error === null ? (
      <Skeleton rows={6} />
    ) : (
      <ProblemNotice error={changes.error} onRetry={() => void changes.refetch()} />
    )
  const columns: Column<Change>[] = [
    {
      id: 'what',
      label: t('what'),
      value: ({ summary }) => say(summary),
      cell: ({ id, summary, steps }) => (
        <Link href={`${here}/changes/${id}`} className="block max-w-[46vw] truncate font-bold hover:text-accent">
          {say(summary)}
          {steps.length > 1 && <span className="figures ml-2 text-ink-3">+{steps.length - 1}</span>}
        </Link>
      ),
    },
    {
      id: 'outcome',
      label: t('outcome'),
      value: ({ state }) => state,
      cell: ({ state }) => <ChangeState state={state} />,
    },
    { id: 'who', label: t('who'), from: 'phone', value: ({ createdBy }) => createdBy },
    {
      id: 'when',
      label: t('when'),
      from: 'phone',
      descendsFirst: true,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
    {
      id: 'reason',
      label: t('reason'),
      from: 'lg',
      value: ({ reason }) => reason,
      cell: ({ reason }) => (
        <span className="inline-block max-w-80 truncate align-middle text-ink-2" title={reason ?? undefined}>
          {reason ?? '—'}
        </span>
      ),
    },
  ]
  return (
    <DataTable
      label={t('title')}
      columns={columns}
      rows={changes.data}
      rowKey={({ id }) => id}
      defaultSort="-when"
      empty={
        <Empty
          title={t('empty')}
          action={
            <ButtonLink href={`${here}/network`} variant="primary">
              {t('toNetwork')}
            </ButtonLink>
          }
        >
          {t('emptyHint')}
        </Empty>
      }
    />
  )
}
