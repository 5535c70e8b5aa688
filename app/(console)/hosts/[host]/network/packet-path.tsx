'use client'
import { useTranslations } from 'next-intl'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import type { HostFacts, RouteFacts } from '@/lib/facts/facts.ts'

/** What the host does with packets on their way. */
export function PacketPath({ facts }: { facts: HostFacts }) {
  const t = useTranslations('network')
  const ui = useTranslations('ui')
  const { brNetfilter, forwarding, firewall, managementPath, backEnd, dnsServers } = facts.network
  const yes = (value: boolean | null) => (value === null ? ui('unknown') : value ? ui('yes') : ui('no'))
  return (
    <DefinitionList>
      <Definition term={t('owner')}>{backEnd}</Definition>
      <Definition term={t('managementPath')}>
        {managementPath === null
          ? ui('unknown')
          : `${managementPath.links.join(' → ')} (${managementPath.localAddress})`}
      </Definition>
      <Definition term={t('firewall')}>
        {firewall.kind}
        {firewall.docker && ' · Docker'}
        {(firewall.forwardDropIpv4 === true || firewall.forwardDropIpv6 === true) && ` · ${t('forwardDrop')}`}
      </Definition>
      <Definition term={t('forwarding')}>{`IPv4 ${yes(forwarding.ipv4)} · IPv6 ${yes(forwarding.ipv6)}`}</Definition>
      <Definition term={t('brNetfilter')}>
        {brNetfilter.loaded
          ? `IPv4 ${yes(brNetfilter.ipv4)} · IPv6 ${yes(brNetfilter.ipv6)} · ARP ${yes(brNetfilter.arp)}`
          : t('notLoaded')}
      </Definition>
      <Definition term={t('dns')}>{dnsServers.length === 0 ? ui('none') : dnsServers.join(' ')}</Definition>
    </DefinitionList>
  )
}

/** All routes, of all tables. */
export function Routes({ routes }: { routes: readonly RouteFacts[] }) {
  const t = useTranslations('network')
  const mono = (text: string | number | null) => <span className="figures text-ink-2">{text ?? '—'}</span>
  const columns: Column<RouteFacts>[] = [
    {
      id: 'destination',
      label: t('destination'),
      value: ({ destination }) => destination,
      cell: ({ destination }) => mono(destination),
    },
    { id: 'gateway', label: t('gateway'), value: ({ gateway }) => gateway, cell: ({ gateway }) => mono(gateway) },
    { id: 'device', label: t('device'), value: ({ device }) => device, cell: ({ device }) => mono(device) },
    {
      id: 'metric',
      label: t('metric'),
      align: 'right',
      from: 'phone',
      value: ({ metric }) => metric,
      cell: ({ metric }) => mono(metric),
    },
    {
      id: 'protocol',
      label: t('protocol'),
      from: 'md',
      value: ({ protocol }) => protocol,
      cell: ({ protocol }) => mono(protocol),
    },
    { id: 'table', label: t('table'), from: 'md', value: ({ table }) => table, cell: ({ table }) => mono(table) },
    { id: 'source', label: t('source'), from: 'lg', value: ({ source }) => source, cell: ({ source }) => mono(source) },
  ]
  return (
    <section aria-labelledby="routes" className="flex flex-col gap-2">
      <h2 id="routes" className="text-16">
        {t('routes')}
      </h2>
      <DataTable
        label={t('routes')}
        columns={columns}
        rows={routes}
        rowKey={({ family, table, destination, device, metric, gateway, protocol }) =>
          [family, table, destination, device, metric, gateway, protocol].join(' ')
        }
        defaultSort="destination"
        prefix="route-"
      />
    </section>
  )
}
