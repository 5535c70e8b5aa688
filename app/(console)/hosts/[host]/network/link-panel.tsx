'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import type { HostFacts, LinkFacts } from '@/lib/facts/facts.ts'
import { linkSpeedText } from '@/lib/kit/units.ts'
import { useCurrentHost } from '../current-host.tsx'

/** Everything that is known of one link. */
export function LinkPanel({ facts, link, onClose }: { facts: HostFacts; link: LinkFacts | null; onClose: () => void }) {
  const t = useTranslations('network')
  return (
    <SidePanel
      open={link !== null}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={link?.name ?? ''}
      description={link === null ? undefined : t('kindOwnedBy', { kind: link.kind, owner: link.backEnd })}
    >
      {link !== null && <Details facts={facts} link={link} />}
    </SidePanel>
  )
}

function Details({ facts, link }: { facts: HostFacts; link: LinkFacts }) {
  const t = useTranslations('network')
  const ui = useTranslations('ui')
  const host = useCurrentHost()
  const text = (value: string | number | null) => (value === null ? ui('unknown') : String(value))
  const yes = (value: boolean | null) => (value === null ? ui('unknown') : value ? ui('yes') : ui('no'))
  const list = (values: readonly (string | number)[]) => (values.length === 0 ? ui('none') : values.join(' '))
  const ports = facts.network.links.filter(({ master }) => master === link.name)
  return (
    <>
      <p>
        <Link
          href={`/hosts/${encodeURIComponent(host.name)}/live?link=${encodeURIComponent(link.name)}`}
          className="text-accent underline underline-offset-2"
        >
          {t('seeLive')}
        </Link>
      </p>
      <DefinitionList>
        <Definition term={t('state')}>{link.operState}</Definition>
        <Definition term={t('mac')}>
          {text(link.mac)}
          {link.permanentMac !== null && link.permanentMac !== link.mac && ` (${t('permanent')} ${link.permanentMac})`}
        </Definition>
        <Definition term={t('mtu')}>
          {link.mtu}
          {link.maxMtu !== null && ` (${link.minMtu ?? 0}–${link.maxMtu})`}
        </Definition>
        {link.speedMbps !== null && (
          <Definition term={t('speed')}>
            {linkSpeedText(link.speedMbps)} {link.duplex !== null && t(`duplex.${link.duplex}`)}
          </Definition>
        )}
        {link.driver !== null && (
          <Definition term={t('driver')}>
            {link.driver} {link.firmware}
          </Definition>
        )}
        {link.pciAddress !== null && <Definition term={t('pci')}>{link.pciAddress}</Definition>}
        {link.numaNode !== null && <Definition term={t('numa')}>{link.numaNode}</Definition>}
        <Definition term={t('queues')}>{`rx ${text(link.rxQueues)} · tx ${text(link.txQueues)}`}</Definition>
        {link.channels !== null && (
          <Definition term={t('channels')}>{`${link.channels.combined} / ${link.channels.combinedMax}`}</Definition>
        )}
        {link.rings !== null && (
          <Definition term={t('rings')}>
            {`rx ${link.rings.rx} / ${link.rings.rxMax} · tx ${link.rings.tx} / ${link.rings.txMax}`}
          </Definition>
        )}
        {link.addresses.map(({ address, prefix, dynamic, scope }) => (
          <Definition key={address} term={t('address')}>
            {`${address}/${prefix}`}{' '}
            <span className="text-ink-3">
              {scope}
              {dynamic && ` · ${t('dynamic')}`}
            </span>
          </Definition>
        ))}
        {link.master !== null && <Definition term={t('portOf')}>{link.master}</Definition>}
        {link.lower !== null && <Definition term={t('lower')}>{link.lower}</Definition>}
        {link.vm !== null && (
          <Definition term={t('vm')}>
            {link.vm.domain} · {link.vm.mac} · {text(link.vm.model)}
          </Definition>
        )}
        {link.vlan !== null && <Definition term={t('vlan')}>{`${link.vlan.id} (${link.vlan.protocol})`}</Definition>}
        {link.bond !== null && (
          <>
            <Definition term={t('bondMode')}>{link.bond.mode}</Definition>
            <Definition term={t('activePort')}>{text(link.bond.activePort)}</Definition>
          </>
        )}
        {link.bridge !== null && (
          <>
            <Definition term={t('ports')}>{list(ports.map(({ name }) => name))}</Definition>
            <Definition term="STP">{yes(link.bridge.stp)}</Definition>
            <Definition term={t('vlanFiltering')}>{yes(link.bridge.vlanFiltering)}</Definition>
            <Definition term={t('snooping')}>{yes(link.bridge.multicastSnooping)}</Definition>
          </>
        )}
        {link.bridgePort !== null && (
          <>
            <Definition term={t('portState')}>{link.bridgePort.state}</Definition>
            <Definition term="PVID">{text(link.bridgePort.pvid)}</Definition>
            <Definition term={t('tagged')}>{list(link.bridgePort.tagged)}</Definition>
          </>
        )}
        {link.offloads.length > 0 && <Definition term={t('offloads')}>{link.offloads.join(' ')}</Definition>}
      </DefinitionList>
    </>
  )
}
