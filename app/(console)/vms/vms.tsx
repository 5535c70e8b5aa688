'use client'
import { useQueries } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import { AddFirstHost } from '@/components/parts/add-first-host.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { VmTable } from '@/components/parts/vm-table.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import type { Host } from '@/lib/contract/hosts.ts'
import { useHostViews } from '@/lib/wire/live.ts'
import { queries, useHosts } from '@/lib/wire/queries.ts'

/** The VMs of all hosts, as of each host's newest facts. */
export function Vms() {
  const t = useTranslations('hosts')
  const hosts = useHosts()
  return (
    <>
      <PageTitle title={t('vmsTitle')} />
      {hosts.error !== null && <ProblemNotice error={hosts.error} onRetry={() => void hosts.refetch()} />}
      {hosts.data === undefined && hosts.error === null && <Skeleton rows={6} />}
      {hosts.data !== undefined && (hosts.data.length === 0 ? <AddFirstHost /> : <Known hosts={hosts.data} />)}
    </>
  )
}

function Known({ hosts }: { hosts: readonly Host[] }) {
  const t = useTranslations('hosts')
  const facts = useQueries({ queries: hosts.map(({ name }) => queries.facts(name)) })
  const views = useHostViews(hosts.filter(({ summary }) => (summary?.vmsRunning ?? 0) > 0).map(({ id }) => id))
  const rows = hosts.flatMap((host, index) =>
    (facts[index]?.data?.domains ?? []).map((domain) => ({ host, domain, view: views.get(host.id) ?? null })),
  )
  if (rows.length > 0) return <VmTable rows={rows} showHost />
  if (facts.some(({ isPending }) => isPending)) return <Skeleton rows={6} />
  return <Empty title={t('noVmsTitle')}>{t('noVmsText')}</Empty>
}
