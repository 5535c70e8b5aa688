'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { Figure, useScale } from '@/components/parts/figure.tsx'
import { Button } from '@/components/ui/button.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { VmNic } from '@/lib/contract/vms.ts'
import { vlanText } from '@/lib/vm/nic-form.ts'
import { figuresOf, type HostView } from '@/lib/wire/host-view.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { useFieldName } from '../edit-outcome.tsx'
import { GuestSide } from './guest-side.tsx'
import type { NicRow } from './nic-rows.ts'
import { kindText, NicState } from './nic-table.tsx'

/** One NIC: as it runs, what the next start changes, how the guest sees it. */
export function NicPanel({
  row,
  view,
  reason,
  onEdit,
  onUnplug,
  onClose,
}: {
  row: NicRow
  view: HostView | null
  reason: string | null
  onEdit: () => void
  onUnplug: () => void
  onClose: () => void
}) {
  const t = useTranslations('vm-edit')
  const ui = useTranslations('ui')
  const vm = useCurrentVm()
  const { nic, running, fate } = row
  const text = (value: string | number | null) => (value === null ? '—' : String(value))
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={nic.mac}
      description={`${nic.source ?? '—'} · ${kindText(t, nic.sourceKind)}`}
      footer={
        <>
          <Button onClick={onClose}>{ui('close')}</Button>
          <Button variant="danger" disabledReason={reason} onClick={onUnplug}>
            {t(running === null ? 'removeNic' : 'unplugNic')}
          </Button>
          <Button
            variant="primary"
            disabledReason={reason ?? (fate === 'goes' ? t('goesReason') : null)}
            onClick={onEdit}
          >
            {t('edit')}
          </Button>
        </>
      }
    >
      <Pending row={row} />
      {running?.tap != null && <Traffic host={vm.host.name} tap={running.tap} view={view} />}
      <DefinitionList>
        <Definition term={t('link')}>
          <NicState row={row} />
        </Definition>
        <Definition term={t('model')}>{text(nic.model)}</Definition>
        {nic.mode !== null && <Definition term={t('mode')}>{nic.mode}</Definition>}
        {nic.portGroup !== null && <Definition term={t('portGroup')}>{nic.portGroup}</Definition>}
        <Definition term={t('tap')}>{text(nic.tap)}</Definition>
        <Definition term="VLAN">{text(vlanText(nic.vlan))}</Definition>
        <Definition term={t('queues')}>{nic.queues ?? 1}</Definition>
        <Definition term={t('rings')}>{`rx ${text(nic.rxRing)} · tx ${text(nic.txRing)}`}</Definition>
        <Definition term="MTU">{nic.mtu ?? t('mtuInherited')}</Definition>
        <Definition term={t('inbound')}>
          <Rate rate={nic.inbound} />
        </Definition>
        <Definition term={t('outbound')}>
          <Rate rate={nic.outbound} />
        </Definition>
        <Definition term={t('filter')}>{nic.filter ?? ui('none')}</Definition>
        <Definition term={t('isolated')}>{nic.isolated ? ui('yes') : ui('no')}</Definition>
      </DefinitionList>
      {running !== null && <GuestSide vm={vm} mac={nic.mac} />}
    </SidePanel>
  )
}

function Pending({ row: { fate, differences } }: { row: NicRow }) {
  const t = useTranslations('vm-edit')
  const nameOf = useFieldName()
  if (fate !== 'stays') return <Notice tone="warn" title={t(fate === 'comes' ? 'comesText' : 'goesReason')} />
  if (differences.length === 0) return null
  return (
    <Notice tone="warn" title={t('pendingTitle')}>
      <ul>
        {differences.map(({ field, now, next }) => (
          <li key={field}>
            {nameOf(field)}: <span className="figures">{`${now ?? '—'} → ${next ?? '—'}`}</span>
          </li>
        ))}
      </ul>
    </Notice>
  )
}

function Traffic({ host, tap, view }: { host: string; tap: string; view: HostView | null }) {
  const t = useTranslations('vm-edit')
  const figures = figuresOf(view, tap)
  const pps = useScale([figures?.[0] ?? null, figures?.[1] ?? null])
  const bits = useScale([figures?.[2] ?? null, figures?.[3] ?? null])
  return (
    <section aria-label={t('traffic')} className="flex flex-col gap-1">
      <div className="flex items-baseline gap-3">
        <h3>{t('traffic')}</h3>
        <Link
          href={`/hosts/${encodeURIComponent(host)}/live?link=${encodeURIComponent(tap)}`}
          className="ml-auto text-accent underline underline-offset-2"
        >
          {t('chart')}
        </Link>
      </div>
      <dl className="grid grid-cols-2 gap-x-6 phone:grid-cols-4">
        {(
          [
            [t('rxPps'), 0, pps],
            [t('txPps'), 1, pps],
            [t('rxBps'), 2, bits],
            [t('txBps'), 3, bits],
          ] as const
        ).map(([label, index, scale]) => (
          <div key={index}>
            <dt className="column-head">{label}</dt>
            <dd>
              <Figure value={figures?.[index] ?? null} scale={scale} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="text-12 text-ink-3">{t('guestView')}</p>
    </section>
  )
}

function Rate({ rate }: { rate: VmNic['inbound'] }) {
  const t = useTranslations('vm-edit')
  if (rate === null) return t('unlimited')
  return (
    <span className="figures">
      {t('rateText', {
        average: rate.averageKBps,
        peak: rate.peakKBps ?? '—',
        burst: rate.burstKB ?? '—',
      })}
    </span>
  )
}
