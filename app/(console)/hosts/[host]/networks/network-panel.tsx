'use client'
import { useTranslations } from 'next-intl'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { LibvirtNetwork } from '@/lib/contract/libvirt-networks.ts'
import { managedModes } from '@/lib/vm/libvirt-network.ts'
import { useEditNetwork, useLeases } from '@/lib/wire/libvirt-networks.ts'
import { useCurrentHost } from '../current-host.tsx'
import { NetworkState } from './networks.tsx'

/** One network: how it is, who is on it, which addresses it gave out. */
export function NetworkPanel({
  network,
  reason,
  onEdit,
  onClose,
}: {
  network: LibvirtNetwork
  reason: string | null
  onEdit: () => void
  onClose: () => void
}) {
  const t = useTranslations('networks')
  const ui = useTranslations('ui')
  const { name, mode, bridge, uplink, mtu, domain, ipv4, ipv6, vms, readOnly } = network
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={name}
      description={t(`modes.${mode}`)}
      footer={
        <>
          <Button onClick={onClose}>{ui('close')}</Button>
          <Button variant="primary" disabledReason={reason ?? readOnly} onClick={onEdit}>
            {t('edit')}
          </Button>
        </>
      }
    >
      <RestartNotice network={network} reason={reason} />
      <DefinitionList>
        <Definition term={t('state')}>
          <NetworkState network={network} />
        </Definition>
        <Definition term={t('bridge')}>{bridge ?? t('autoBridge')}</Definition>
        {(mode === 'nat' || mode === 'route') && <Definition term={t('uplink')}>{uplink ?? t('anyUplink')}</Definition>}
        {[ipv4, ipv6].map(
          (ip, index) =>
            ip !== null && (
              <Definition key={index === 0 ? 'ipv4' : 'ipv6'} term={index === 0 ? t('ipv4') : t('ipv6')}>
                <span className="figures">{`${ip.address}/${ip.prefix}`}</span>
                {ip.ranges.map(({ start, end }) => (
                  <span key={start} className="figures block text-ink-2">{`${start} – ${end}`}</span>
                ))}
                {ip.hosts.map((host) => (
                  <span key={host.address} className="figures block text-ink-2">
                    {[host.address, host.mac ?? host.duid, host.name].filter((part) => part !== null).join('  ')}
                  </span>
                ))}
              </Definition>
            ),
        )}
        {mtu !== null && <Definition term={t('mtu')}>{mtu}</Definition>}
        {domain !== null && <Definition term={t('domain')}>{domain}</Definition>}
        <Definition term={t('usedBy')}>
          {vms.length === 0 ? t('nobody') : vms.map((vm) => vm.name).join(', ')}
        </Definition>
      </DefinitionList>
      <Leases network={network} />
      <details>
        <summary className="text-ink-2 hover:text-ink">{t('details')}</summary>
        <div className="mt-2">
          <Code text={network.xml} label={t('xml')} />
        </div>
      </details>
    </SidePanel>
  )
}

function RestartNotice({ network, reason }: { network: LibvirtNetwork; reason: string | null }) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const failed = useProblemToast()
  const edit = useEditNetwork(host.name)
  const mode = managedModes.find((one) => one === network.mode)
  if (network.restartNeeded.length === 0) return null
  const { name, bridge, uplink, mtu, domain, ipv4, ipv6, etag, uuid } = network
  return (
    <Notice
      tone="warn"
      title={t('restartNeeded')}
      action={
        mode !== undefined && (
          <Button
            pending={edit.isPending}
            disabledReason={reason}
            onClick={() =>
              edit.mutate(
                {
                  network: uuid,
                  edit: { name, mode, bridge, uplink, mtu, domain, ipv4, ipv6, etag, apply: 'restart' },
                },
                { onError: failed },
              )
            }
          >
            {t('restart')}
          </Button>
        )
      }
    >
      {t('restartFields', { fields: network.restartNeeded.join(', ') })}
    </Notice>
  )
}

function Leases({ network: { uuid, name, leases: count, active } }: { network: LibvirtNetwork }) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const leases = useLeases(host.name, uuid)
  const nothing = (text: string) => <p className="text-ink-2">{text}</p>
  return (
    <section aria-label={t('leasesOf', { network: name })} className="flex flex-col gap-2">
      <h3 className="font-bold">{t('leases')}</h3>
      {!active ? (
        nothing(t('notRunning'))
      ) : count === null ? (
        nothing(t('noDhcp'))
      ) : leases.data === undefined ? (
        leases.error === null ? (
          <Skeleton rows={2} />
        ) : (
          <ProblemNotice error={leases.error} />
        )
      ) : leases.data.length === 0 ? (
        nothing(t('noLeases'))
      ) : (
        <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={t('leasesOf', { network: name })}>
          <table className="w-full border-collapse">
            <caption className="sr-only">{t('leasesOf', { network: name })}</caption>
            <thead>
              <tr className="h-8 border-b border-line-strong text-left">
                {[t('leaseAddress'), t('leaseVm'), t('leaseMac'), t('leaseEnds')].map((label) => (
                  <th key={label} scope="col" className="column-head px-2 whitespace-nowrap first:pl-0">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {leases.data.map(({ address, vm, hostname, mac, expiresAt, fixed }) => (
                <tr key={`${address} ${mac ?? ''}`} className="h-8 border-b border-line whitespace-nowrap">
                  <th scope="row" className="figures pr-2 text-left font-normal">
                    {address}
                    {fixed && <span className="text-ink-3"> {t('leaseFixed')}</span>}
                  </th>
                  <td className="px-2">{vm ?? hostname ?? '—'}</td>
                  <td className="figures px-2">{mac ?? '—'}</td>
                  <td className="px-2">{expiresAt === null ? t('leaseNever') : <Time at={expiresAt} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
