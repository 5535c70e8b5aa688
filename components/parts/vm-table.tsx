'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import type { Host } from '@/lib/contract/hosts.ts'
import type { DomainFacts } from '@/lib/facts/facts.ts'
import { memoryText } from '@/lib/kit/units.ts'
import { figuresOf, type HostView } from '@/lib/wire/host-view.ts'
import { type Column, DataTable } from './data-table.tsx'
import { Figure, useScale } from './figure.tsx'
import { VmState } from './vm-state.tsx'

export interface VmRow {
  host: Host
  domain: DomainFacts
  view: HostView | null
}

/** VMs with their live rates: of one host, or of all. */
export function VmTable({ rows, showHost }: { rows: readonly VmRow[]; showHost: boolean }) {
  const t = useTranslations('hosts')
  const pps = useScale(rows.flatMap((row) => [sumOf(row, 0), sumOf(row, 1)]))
  const bits = useScale(rows.flatMap((row) => [sumOf(row, 2), sumOf(row, 3)]))
  const stale = ({ host }: VmRow) => host.state !== 'up'
  const rate = (id: string, label: string, index: 0 | 1 | 2 | 3, from?: 'md'): Column<VmRow> => ({
    id,
    label,
    align: 'right',
    descendsFirst: true,
    from,
    value: (row) => sumOf(row, index),
    cell: (row) => <Figure value={sumOf(row, index)} scale={index < 2 ? pps : bits} stale={stale(row)} />,
  })
  const columns: Column<VmRow>[] = [
    {
      id: 'name',
      label: t('vm'),
      value: ({ domain }) => domain.name,
      cell: ({ host, domain }) => (
        <Link
          href={`/hosts/${encodeURIComponent(host.name)}/live?filter=${encodeURIComponent(domain.name)}${linkOf(domain)}`}
          className="font-bold hover:text-accent"
        >
          {domain.name}
        </Link>
      ),
    },
    ...(showHost
      ? [
          {
            id: 'host',
            label: t('host'),
            from: 'phone' as const,
            value: ({ host }: VmRow) => host.name,
            cell: ({ host }: VmRow) => (
              <Link href={`/hosts/${encodeURIComponent(host.name)}/vms`} className="text-ink-2 hover:text-accent">
                {host.name}
              </Link>
            ),
          },
        ]
      : []),
    {
      id: 'state',
      label: t('state'),
      value: ({ domain }) => domain.state,
      cell: ({ domain }) => <VmState state={domain.state} />,
    },
    rate('rxPps', t('rxPps'), 0),
    rate('txPps', t('txPps'), 1),
    rate('rxBps', t('rxBps'), 2, 'md'),
    rate('txBps', t('txBps'), 3, 'md'),
    {
      id: 'vcpus',
      label: t('vcpus'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ domain }) => domain.vcpus,
      cell: ({ domain }) => <span className="figures">{domain.vcpus}</span>,
    },
    {
      id: 'memory',
      label: t('memory'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ domain }) => domain.memoryBytes,
      cell: ({ domain }) => <span className="figures">{memoryText(domain.memoryBytes)}</span>,
    },
    {
      id: 'networks',
      label: t('networks'),
      from: 'lg',
      value: ({ domain }) => domain.nics.map(({ source }) => source ?? '—').join(' '),
      cell: ({ domain }) => (
        <span className="figures text-ink-2">
          {domain.nics
            .map(({ source, tap }) => (tap === null ? (source ?? '—') : `${source ?? '—'} ⇢ ${tap}`))
            .join(', ') || '—'}
        </span>
      ),
    },
  ]
  return (
    <DataTable
      label={t('vmsTitle')}
      columns={columns}
      rows={rows}
      rowKey={({ host, domain }) => `${host.id} ${domain.uuid}`}
      defaultSort="name"
    />
  )
}

const linkOf = ({ nics }: DomainFacts): string => {
  const tap = nics.find((nic) => nic.tap !== null)?.tap
  return tap === undefined || tap === null ? '' : `&link=${encodeURIComponent(tap)}`
}

/** Over all NICs of the VM; null when none is sampled. */
function sumOf({ domain, view }: VmRow, index: 0 | 1 | 2 | 3): number | null {
  const rates = domain.nics
    .map(({ tap }) => (tap === null ? null : (figuresOf(view, tap)?.[index] ?? null)))
    .filter((rate) => rate !== null)
  return rates.length === 0 ? null : rates.reduce((total, rate) => total + rate, 0)
}
