'use client'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { Figure, useScale } from '@/components/parts/figure.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { State } from '@/components/ui/state.tsx'
import { useProblemToast } from '@/components/parts/problem-notice.tsx'
import type { VmNic } from '@/lib/contract/vms.ts'
import { rateText } from '@/lib/kit/units.ts'
import { type NicDifferenceField, vlanText } from '@/lib/vm/nic-form.ts'
import { figuresOf, type HostView } from '@/lib/wire/host-view.ts'
import { useEditNic } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import type { NicEdited } from './network.tsx'
import type { NicRow } from './nic-rows.ts'

interface Props {
  rows: readonly NicRow[]
  view: HostView | null
  selected: string | null
  reason: string | null
  onOpen: (mac: string) => void
  onEdit: (mac: string) => void
  onUnplug: (mac: string) => void
  onEdited: (edited: NicEdited) => void
  empty: ReactNode
}

export function NicTable({ rows, view, selected, reason, onOpen, onEdit, onUnplug, onEdited, empty }: Props) {
  const t = useTranslations('vm-edit')
  const figure = ({ nic: { tap } }: NicRow, index: 0 | 1 | 2 | 3) =>
    tap === null ? null : (figuresOf(view, tap)?.[index] ?? null)
  const pps = useScale(rows.flatMap((row) => [figure(row, 0), figure(row, 1)]))
  const bits = useScale(rows.flatMap((row) => [figure(row, 2), figure(row, 3)]))
  const rate = (id: string, label: string, index: 0 | 1 | 2 | 3, from: 'phone' | 'lg'): Column<NicRow> => ({
    id,
    label,
    align: 'right',
    descendsFirst: true,
    from,
    value: (row) => figure(row, index),
    cell: (row) => <Figure value={figure(row, index)} scale={index < 2 ? pps : bits} />,
  })
  /** As it runs and, where the next start changes it, what becomes of it. */
  const text = (
    id: string,
    label: string,
    fields: readonly NicDifferenceField[],
    read: (row: NicRow) => string | null,
    from: Column<NicRow>['from'],
    align: 'left' | 'right' = 'left',
  ): Column<NicRow> => ({
    id,
    label,
    align,
    from,
    value: read,
    cell: (row) => {
      const next = row.differences.filter(({ field }) => fields.includes(field))
      return (
        <span className="figures">
          {read(row) ?? '—'}
          {next.length > 0 && (
            <span className="text-warn">
              {' → '}
              {next.map((difference) => difference.next ?? '—').join(' ')}
              <span className="sr-only"> {t('withNextStart')}</span>
            </span>
          )}
        </span>
      )
    },
  })
  const columns: Column<NicRow>[] = [
    {
      id: 'on',
      label: t('on'),
      value: ({ nic }) => `${nic.source ?? ''} ${nic.mac}`,
      cell: (row) => (
        <button
          type="button"
          className="rounded-[4px] text-left font-bold hover:text-accent"
          onClick={() => onOpen(row.nic.mac)}
        >
          {row.nic.source ?? '—'} <span className="font-normal text-ink-3">{kindText(t, row.nic.sourceKind)}</span>
          <span className="figures block font-normal text-ink-3">{row.nic.mac}</span>
        </button>
      ),
    },
    {
      id: 'link',
      label: t('link'),
      value: ({ nic }) => (nic.linkUp ? 'up' : 'down'),
      cell: (row) => (
        <>
          <NicState row={row} />
          <span className="figures block text-ink-3">{bounds(row.nic)}</span>
        </>
      ),
    },
    text('model', t('model'), ['model'], ({ nic }) => nic.model, 'lg'),
    text('tap', t('tap'), [], ({ nic }) => nic.tap, 'md'),
    text('vlan', 'VLAN', ['vlan'], ({ nic }) => vlanText(nic.vlan), 'md'),
    text('queues', t('queues'), ['queues'], ({ nic }) => String(nic.queues ?? 1), 'md', 'right'),
    text('rings', t('rings'), ['rxRing', 'txRing'], ringsOf, 'xl', 'right'),
    text('mtu', 'MTU', ['mtu'], ({ nic }) => (nic.mtu === null ? null : String(nic.mtu)), 'lg', 'right'),
    rate('rxPps', t('rxPps'), 0, 'phone'),
    rate('txPps', t('txPps'), 1, 'phone'),
    rate('rxBps', t('rxBps'), 2, 'lg'),
    rate('txBps', t('txBps'), 3, 'lg'),
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (row) => <Actions row={row} reason={reason} onEdit={onEdit} onUnplug={onUnplug} onEdited={onEdited} />,
    },
  ]
  return (
    <DataTable
      label={t('nics')}
      columns={columns}
      rows={rows}
      rowKey={({ nic }) => nic.mac}
      defaultSort="on"
      prefix="nics-"
      rowHeight={44}
      selected={selected}
      empty={empty}
    />
  )
}

const ringsOf = ({ nic: { rxRing, txRing } }: NicRow): string | null =>
  rxRing === null && txRing === null ? null : `${rxRing ?? '—'}/${txRing ?? '—'}`

/** What holds its traffic back: a filter, limits as guests see them. */
function bounds({ filter, inbound, outbound }: VmNic): string {
  const rate = (way: VmNic['inbound']) => (way === null ? '∞' : rateText(way.averageKBps * 8000, 'bit/s'))
  const limits = inbound === null && outbound === null ? null : `↓ ${rate(inbound)} ↑ ${rate(outbound)}`
  return [filter, limits].filter((part) => part !== null).join(' ')
}

type Text = ReturnType<typeof useTranslations<'vm-edit'>>

export function kindText(t: Text, kind: string): string {
  const key = `sourceKinds.${kind}`
  return t.has(key) ? t(key) : kind
}

export function NicState({ row: { nic, fate, differences } }: { row: NicRow }) {
  const t = useTranslations('vm-edit')
  if (fate !== 'stays') return <State tone="warn" word={t(fate === 'comes' ? 'comes' : 'goes')} />
  if (!nic.linkUp) return <State tone="off" word={t('linkDown')} />
  return differences.length > 0 ? <State tone="warn" word={t('pendingWord')} /> : <State tone="ok" word={t('linkUp')} />
}

function Actions({
  row: { nic, running, fate },
  reason,
  onEdit,
  onUnplug,
  onEdited,
}: Pick<Props, 'reason' | 'onEdit' | 'onUnplug' | 'onEdited'> & { row: NicRow }) {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const failed = useProblemToast()
  const edit = useEditNic(vm)
  const gone = fate === 'goes' ? t('goesReason') : null
  const setLink = () =>
    edit.mutate(
      // Pulling and plugging has an inverse and touches nothing else: no etag, so that it works at the first click.
      { mac: nic.mac, edit: { linkUp: !nic.linkUp } },
      {
        onSuccess: ({ outcome }) => {
          onEdited({ outcome, mac: running === null ? null : nic.mac })
        },
        onError: failed,
      },
    )
  return (
    <span className="inline-flex items-center gap-1">
      <Button
        variant="quiet"
        pending={edit.isPending}
        disabledReason={reason}
        onClick={setLink}
        aria-label={t(nic.linkUp ? 'pullOf' : 'plugOf', { mac: nic.mac })}
      >
        {t(nic.linkUp ? 'pull' : 'plug')}
      </Button>
      <Menu
        trigger={<IconButton label={t('actionsOf', { device: nic.mac })}>⋯</IconButton>}
        groups={[
          [{ label: t('edit'), disabledReason: reason ?? gone, onSelect: () => onEdit(nic.mac) }],
          [
            {
              label: t(running === null ? 'removeNic' : 'unplugNic'),
              danger: true,
              disabledReason: reason,
              onSelect: () => onUnplug(nic.mac),
            },
          ],
        ]}
      />
    </span>
  )
}
