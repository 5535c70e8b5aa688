'use client'
import { useTranslations } from 'next-intl'
import dynamic from 'next/dynamic'
import { parseAsString, useQueryState } from 'nuqs'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import type { HostFacts, LinkFacts, RouteFacts } from '@/lib/facts/facts.ts'
import { topologyOf } from '@/lib/facts/topology.ts'
import { linkSpeedText } from '@/lib/kit/units.ts'
import { useHostView } from '@/lib/wire/live.ts'
import { useFacts } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'
import { LinkPanel } from './link-panel.tsx'

const TopologyMap = dynamic(() => import('./topology-map.tsx'), {
  ssr: false,
  loading: () => <div className="skeleton h-80" />,
})

/** The host's network as it is: the map, every link, the routes, and what the kernel does with packets. */
export function Network() {
  const host = useCurrentHost()
  const facts = useFacts(host.name)
  if (facts.data !== undefined) return <Known facts={facts.data} />
  if (facts.error !== null) return <ProblemNotice error={facts.error} onRetry={() => void facts.refetch()} />
  return <Skeleton rows={8} />
}

function Known({ facts }: { facts: HostFacts }) {
  const t = useTranslations('network')
  const host = useCurrentHost()
  const view = useHostView(host.id)
  const [name, setName] = useQueryState('link', parseAsString)
  const { network } = facts
  const chosen = network.links.find((link) => link.name === name) ?? null
  const open = (link: string) => void setName(link)
  return (
    <div className="flex flex-col gap-8">
      <section aria-label={t('map')}>
        <TopologyMap topology={topologyOf(network)} view={view} onOpen={open} />
      </section>
      <Links facts={facts} onOpen={open} />
      <section aria-labelledby="path" className="flex flex-col gap-2">
        <h2 id="path" className="text-16">
          {t('packetPath')}
        </h2>
        <PacketPath facts={facts} />
      </section>
      <Routes routes={network.routes} />
      <LinkPanel facts={facts} link={chosen} onClose={() => void setName(null)} />
    </div>
  )
}

function Links({ facts, onOpen }: { facts: HostFacts; onOpen: (link: string) => void }) {
  const t = useTranslations('network')
  const management = new Set(facts.network.managementPath?.links)
  const mono = (text: string | null) => <span className="figures text-ink-2">{text ?? '—'}</span>
  const addresses = (link: LinkFacts) => link.addresses.map(({ address, prefix }) => `${address}/${prefix}`).join(' ')
  const columns: Column<LinkFacts>[] = [
    {
      id: 'name',
      label: t('name'),
      value: (link) => link.name,
      cell: (link) => (
        <button type="button" onClick={() => onOpen(link.name)} className="font-bold hover:text-accent">
          {link.name}
          {management.has(link.name) && <span className="ml-2 text-12 font-normal text-warn">⚑ {t('management')}</span>}
        </button>
      ),
    },
    { id: 'kind', label: t('kind'), value: ({ kind }) => kind, cell: ({ kind }) => mono(kind) },
    {
      id: 'backEnd',
      label: t('owner'),
      from: 'md',
      value: ({ backEnd }) => backEnd,
      cell: ({ backEnd }) => mono(backEnd),
    },
    {
      id: 'master',
      label: t('portOf'),
      from: 'phone',
      value: ({ master, lower }) => master ?? lower,
      cell: ({ master, lower }) => mono(master ?? lower),
    },
    {
      id: 'addresses',
      label: t('addresses'),
      from: 'md',
      value: addresses,
      cell: (link) => (
        <span className="figures inline-block max-w-80 truncate align-middle text-ink-2" title={addresses(link)}>
          {addresses(link) || '—'}
        </span>
      ),
    },
    { id: 'mac', label: t('mac'), from: 'lg', value: ({ mac }) => mac, cell: ({ mac }) => mono(mac) },
    {
      id: 'mtu',
      label: t('mtu'),
      align: 'right',
      descendsFirst: true,
      value: ({ mtu }) => mtu,
      cell: ({ mtu }) => mono(String(mtu)),
    },
    {
      id: 'speed',
      label: t('speed'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ speedMbps }) => speedMbps,
      cell: ({ speedMbps }) => mono(linkSpeedText(speedMbps)),
    },
    { id: 'driver', label: t('driver'), from: 'xl', value: ({ driver }) => driver, cell: ({ driver }) => mono(driver) },
  ]
  return (
    <section aria-labelledby="links" className="flex flex-col gap-2">
      <h2 id="links" className="text-16">
        {t('links')}
      </h2>
      <DataTable
        label={t('links')}
        columns={columns}
        rows={facts.network.links}
        rowKey={({ name }) => name}
        defaultSort="name"
      />
    </section>
  )
}

function PacketPath({ facts }: { facts: HostFacts }) {
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

function Routes({ routes }: { routes: readonly RouteFacts[] }) {
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
