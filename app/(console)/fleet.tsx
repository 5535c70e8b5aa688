'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMemo } from 'react'
import { AddFirstHost } from '@/components/parts/add-first-host.tsx'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { Figure, useScale } from '@/components/parts/figure.tsx'
import { HostState } from '@/components/parts/host-state.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { sharedMax, Sparkline } from '@/components/parts/sparkline.tsx'
import { Time } from '@/components/parts/time.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { State } from '@/components/ui/state.tsx'
import type { Host } from '@/lib/contract/hosts.ts'
import { type FleetView, useFleet } from '@/lib/wire/live.ts'
import { useOpenChanges } from '@/lib/wire/network.ts'
import { useHosts, useJobs, useMe } from '@/lib/wire/queries.ts'

interface Row {
  host: Host
  rxPps: number | null
  txPps: number | null
  rxBps: number | null
  txBps: number | null
  drops: number | null
}

/** What is down, what is dropping, what is pending: above the fold. */
export function Fleet() {
  const t = useTranslations('fleet')
  const router = useRouter()
  const { data: me } = useMe()
  const hosts = useHosts()
  const view = useFleet()
  const addReason = me?.refusals['host.add'] ?? null
  useActions(
    useMemo(
      () => [{ label: t('addHost'), key: 'n', run: () => router.push('/hosts/new'), disabledReason: addReason }],
      [t, router, addReason],
    ),
  )
  return (
    <>
      <PageTitle title={t('title')} />
      {hosts.error !== null && <ProblemNotice error={hosts.error} onRetry={() => void hosts.refetch()} />}
      {hosts.data === undefined && hosts.error === null && <Skeleton rows={5} />}
      {hosts.data !== undefined &&
        (hosts.data.length === 0 ? <AddFirstHost /> : <Known hosts={hosts.data} view={view} />)}
    </>
  )
}

const unknown = { rxPps: null, txPps: null, rxBps: null, txBps: null, drops: null }

function Known({ hosts, view }: { hosts: readonly Host[]; view: FleetView | null }) {
  const t = useTranslations('fleet')
  const rows: Row[] = hosts.map((host) => ({ ...unknown, ...view?.rows.get(host.id), host }))
  const pps = useScale(rows.flatMap(({ rxPps, txPps }) => [rxPps, txPps]))
  const bits = useScale(rows.flatMap(({ rxBps, txBps }) => [rxBps, txBps]))
  const dropScale = useScale(rows.map(({ drops }) => drops))
  const history = view?.history
  const max = sharedMax([...(history?.values() ?? [])].flatMap(({ rx, tx }) => [rx, tx]))
  const columns: Column<Row>[] = [
    {
      id: 'name',
      label: t('host'),
      value: ({ host }) => host.name,
      cell: ({ host }) => (
        <Link href={`/hosts/${encodeURIComponent(host.name)}/live`} className="font-bold hover:text-accent">
          {host.name}
        </Link>
      ),
    },
    {
      id: 'state',
      label: t('state'),
      value: ({ host }) => host.state,
      cell: ({ host }) => <HostState state={host.state} />,
    },
    {
      id: 'rxPps',
      label: t('rxPps'),
      align: 'right',
      descendsFirst: true,
      value: ({ rxPps }) => rxPps,
      cell: ({ rxPps }) => <Figure value={rxPps} scale={pps} />,
    },
    {
      id: 'txPps',
      label: t('txPps'),
      align: 'right',
      descendsFirst: true,
      value: ({ txPps }) => txPps,
      cell: ({ txPps }) => <Figure value={txPps} scale={pps} />,
    },
    {
      id: 'rxBps',
      label: t('rxBps'),
      align: 'right',
      from: 'md',
      descendsFirst: true,
      value: ({ rxBps }) => rxBps,
      cell: ({ rxBps }) => <Figure value={rxBps} scale={bits} />,
    },
    {
      id: 'txBps',
      label: t('txBps'),
      align: 'right',
      from: 'md',
      descendsFirst: true,
      value: ({ txBps }) => txBps,
      cell: ({ txBps }) => <Figure value={txBps} scale={bits} />,
    },
    {
      id: 'drops',
      label: t('drops'),
      align: 'right',
      from: 'phone',
      descendsFirst: true,
      value: ({ drops }) => drops,
      cell: ({ drops }) => <Figure value={drops} scale={dropScale} alarm />,
    },
    {
      id: 'vms',
      label: t('vms'),
      align: 'right',
      from: 'md',
      descendsFirst: true,
      value: ({ host }) => host.summary?.vmsRunning ?? null,
      cell: ({ host }) => (
        <span className="figures">
          {host.summary === null ? '—' : `${host.summary.vmsRunning}/${host.summary.vmsTotal}`}
        </span>
      ),
    },
    {
      id: 'history',
      label: t('history'),
      align: 'right',
      from: 'lg',
      sortable: false,
      value: () => null,
      cell: ({ host }) => {
        const { rx, tx } = history?.get(host.id) ?? { rx: [], tx: [] }
        return <Sparkline rx={rx} tx={tx} max={max} />
      },
    },
  ]
  return (
    <>
      <Summary rows={rows} />
      <DataTable
        label={t('hosts')}
        columns={columns}
        rows={rows}
        rowKey={({ host }) => host.id}
        defaultSort="name"
        rowHeight={44}
      />
    </>
  )
}

function Summary({ rows }: { rows: readonly Row[] }) {
  const t = useTranslations('fleet')
  const running = useJobs({ state: 'running' }).data?.pages[0]?.items ?? []
  const pending = useOpenChanges().data ?? []
  const down = rows.filter(({ host }) => host.state !== 'up')
  const dropping = rows.filter(({ drops }) => (drops ?? 0) > 0)
  return (
    <section aria-label={t('summary')} className="mb-5 flex flex-col gap-2">
      <ul className="flex flex-wrap gap-x-6 gap-y-1">
        <li>
          <State
            tone={down.length === 0 ? 'ok' : 'bad'}
            word={t('upCount', { up: rows.length - down.length, all: rows.length })}
          />
        </li>
        <li>
          <State tone={dropping.length === 0 ? 'ok' : 'warn'} word={t('dropCount', { count: dropping.length })} />
        </li>
        <li>
          <State tone={pending.length === 0 ? 'off' : 'warn'} word={t('pendingCount', { count: pending.length })} />
          {pending.slice(0, 3).map(({ id, hostName }) => (
            <Link
              key={id}
              href={`/hosts/${encodeURIComponent(hostName)}/changes/${id}`}
              className="ml-2 font-bold hover:underline"
            >
              {hostName}
            </Link>
          ))}
        </li>
        <li>
          <Link href="/jobs" className="hover:underline">
            <State tone={running.length === 0 ? 'off' : 'busy'} word={t('jobCount', { count: running.length })} />
          </Link>
        </li>
      </ul>
      {down.length > 0 && (
        <ul className="flex flex-col gap-1 border-l-2 border-bad/60 pl-3 text-ink-2">
          {down.slice(0, 5).map(({ host }) => (
            <li key={host.id} className="wrap-anywhere">
              <Link
                href={`/hosts/${encodeURIComponent(host.name)}/live`}
                className="font-bold text-ink hover:underline"
              >
                {host.name}
              </Link>{' '}
              {t('since')} <Time at={host.since} length="clock" />
              {host.reason !== null && `: ${host.reason}`}
            </li>
          ))}
          {down.length > 5 && <li>{t('moreDown', { count: down.length - 5 })}</li>}
        </ul>
      )}
    </section>
  )
}
