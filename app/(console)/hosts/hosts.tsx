'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMemo } from 'react'
import { AddFirstHost } from '@/components/parts/add-first-host.tsx'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { HostState } from '@/components/parts/host-state.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import type { Host } from '@/lib/contract/hosts.ts'
import { memoryText } from '@/lib/kit/units.ts'
import { useHosts, useMe } from '@/lib/wire/queries.ts'

/** The inventory. */
export function Hosts() {
  const t = useTranslations('hosts')
  const router = useRouter()
  const { data: me } = useMe()
  const hosts = useHosts()
  const reason = me?.refusals['host.add'] ?? null
  useActions(
    useMemo(
      () => [{ label: t('add'), key: 'n', run: () => router.push('/hosts/new'), disabledReason: reason }],
      [t, router, reason],
    ),
  )
  const columns: Column<Host>[] = [
    {
      id: 'name',
      label: t('name'),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <Link href={`/hosts/${encodeURIComponent(name)}/live`} className="font-bold hover:text-accent">
          {name}
        </Link>
      ),
    },
    { id: 'state', label: t('state'), value: ({ state }) => state, cell: ({ state }) => <HostState state={state} /> },
    {
      id: 'address',
      label: t('address'),
      from: 'phone',
      value: ({ user, address, port }) => `${user}@${address}${port === 22 ? '' : `:${port}`}`,
      cell: ({ user, address, port }) => (
        <span className="figures text-ink-2">{`${user}@${address}${port === 22 ? '' : `:${port}`}`}</span>
      ),
    },
    { id: 'os', label: t('os'), from: 'lg', value: ({ summary }) => summary?.osName ?? null },
    {
      id: 'kernel',
      label: t('kernel'),
      from: 'xl',
      value: ({ summary }) => summary?.kernel ?? null,
      cell: ({ summary }) => <span className="figures text-ink-2">{summary?.kernel ?? '—'}</span>,
    },
    { id: 'backEnd', label: t('backEnd'), from: 'md', value: ({ summary }) => summary?.backEnd ?? null },
    {
      id: 'threads',
      label: t('cpus'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ summary }) => summary?.threads ?? null,
      cell: ({ summary }) => <span className="figures">{summary?.threads ?? '—'}</span>,
    },
    {
      id: 'memory',
      label: t('memory'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ summary }) => summary?.memoryBytes ?? null,
      cell: ({ summary }) => <span className="figures">{memoryText(summary?.memoryBytes)}</span>,
    },
    {
      id: 'vms',
      label: t('vms'),
      align: 'right',
      from: 'phone',
      descendsFirst: true,
      value: ({ summary }) => summary?.vmsRunning ?? null,
      cell: ({ summary }) => (
        <span className="figures">{summary === null ? '—' : `${summary.vmsRunning}/${summary.vmsTotal}`}</span>
      ),
    },
    {
      id: 'tags',
      label: t('tags'),
      from: 'xl',
      value: ({ tags }) => tags.join(' '),
      cell: ({ tags }) => <span className="text-ink-2">{tags.join(' · ') || '—'}</span>,
    },
    {
      id: 'seen',
      label: t('lastSeen'),
      from: 'xl',
      descendsFirst: true,
      value: ({ lastSeenAt }) => lastSeenAt,
      cell: ({ lastSeenAt }) => (lastSeenAt === null ? '—' : <Time at={lastSeenAt} />),
    },
  ]
  return (
    <>
      <PageTitle
        title={t('title')}
        action={
          <Button variant="primary" disabledReason={reason} onClick={() => router.push('/hosts/new')}>
            {t('add')}
          </Button>
        }
      />
      {hosts.error !== null && <ProblemNotice error={hosts.error} onRetry={() => void hosts.refetch()} />}
      {hosts.data === undefined && hosts.error === null && <Skeleton rows={5} />}
      {hosts.data !== undefined && (
        <DataTable
          label={t('title')}
          columns={columns}
          rows={hosts.data}
          rowKey={({ id }) => id}
          defaultSort="name"
          empty={<AddFirstHost />}
        />
      )}
    </>
  )
}
