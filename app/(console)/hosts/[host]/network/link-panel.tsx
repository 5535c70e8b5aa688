'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { SentenceText } from '@/components/parts/sentence-text.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { NetworkState } from '@/lib/contract/network.ts'
import type { HostFacts, LinkFacts } from '@/lib/facts/facts.ts'
import { linkSpeedText } from '@/lib/kit/units.ts'
import { configOf, type LinkAction, type LinkState } from '@/lib/net/link-form.ts'
import { useCurrentHost } from '../current-host.tsx'
import type { SaidOffer } from './link-offers.ts'
import { DriftActions, DriftList } from './trouble.tsx'

/** Everything that is known of one link, and what can be done with it. */
export function LinkPanel({
  facts,
  link: name,
  known,
  state,
  offers,
  reason,
  onAction,
  onClose,
}: {
  facts: HostFacts
  /** Null: closed. */
  link: string | null
  known: LinkState | null
  state: NetworkState | undefined
  offers: readonly SaidOffer[]
  /** Why nothing can be changed, or null. */
  reason: string | null
  onAction: (action: LinkAction, on: string) => void
  onClose: () => void
}) {
  const t = useTranslations('network')
  const link = facts.network.links.find((one) => one.name === name)
  const isThere = name !== null && (link !== undefined || known !== null)
  const kind = link?.kind ?? (known === null ? '' : configOf(known).kind)
  const drift = state?.drift.filter((one) => one.link === name) ?? []
  return (
    <SidePanel
      open={isThere}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={name ?? ''}
      description={isThere ? t('kindOwnedBy', { kind, owner: link?.backEnd ?? known?.owner ?? '' }) : undefined}
    >
      {known?.management === true && <p className="text-warn">{t('leads.management')}</p>}
      {known !== null && known.readOnly !== null && (
        <Notice tone="off" title={t('readOnlyLink')}>
          <SentenceText sentence={known.readOnly} />
        </Notice>
      )}
      {name !== null && drift.length > 0 && (
        <Notice
          tone="warn"
          title={t('drift.title')}
          action={<DriftActions drift={drift} link={name} reason={reason} onAction={onAction} />}
        >
          <DriftList drift={drift} />
        </Notice>
      )}
      {name !== null && offers.length > 0 && (
        <div role="group" aria-label={t('actionsOf', { link: name })} className="flex flex-wrap gap-2">
          {offers
            .filter(({ action }) => action !== 'adopt' && action !== 'reconcile')
            .map(({ action, label, reason: own }) => (
              <Button
                key={action}
                variant={action === 'delete' ? 'danger' : action === 'bridge' && own === null ? 'primary' : 'plain'}
                disabledReason={own}
                onClick={() => onAction(action, name)}
              >
                {label}
              </Button>
            ))}
        </div>
      )}
      {link !== undefined && <Details facts={facts} link={link} known={known} />}
    </SidePanel>
  )
}

function Details({ facts, link, known }: { facts: HostFacts; link: LinkFacts; known: LinkState | null }) {
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
        {known !== null && known.vms.length > 0 && <Definition term={t('vms')}>{known.vms.join(', ')}</Definition>}
        {known !== null && known.sources.length > 0 && (
          <Definition term={t('sources')}>
            {known.sources.map((path) => (
              <span key={path} className="figures block">
                {path}
              </span>
            ))}
          </Definition>
        )}
        {link.offloads.length > 0 && <Definition term={t('offloads')}>{link.offloads.join(' ')}</Definition>}
      </DefinitionList>
    </>
  )
}
