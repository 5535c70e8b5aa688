'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { type ReactNode, useState } from 'react'
import { BulkBar } from '@/components/vms/bulk-bar.tsx'
import { useVmMenu } from '@/components/vms/vm-menu.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Filter } from '@/components/ui/filter.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { type Vm, vmStates } from '@/lib/contract/vms.ts'
import { memoryText, percentText } from '@/lib/kit/units.ts'
import { figuresOf, type HostView } from '@/lib/wire/host-view.ts'
import { referenceOf } from '@/lib/wire/vm-power.ts'
import { type Column, DataTable } from './data-table.tsx'
import { Figure, useScale } from './figure.tsx'
import { VmNow } from './vm-state.tsx'

export interface VmRow {
  vm: Vm
  view: HostView | null
}

/** A VM whose QEMU hangs runs, as libvirt sees it. */
const shownStates = [...vmStates, 'not-responding'] as const
const shownState = ({ state, notRespondingSince }: Vm): (typeof shownStates)[number] =>
  notRespondingSince === null ? state : 'not-responding'

/** VMs with their live rates, and what can be done with them: of one host, or of all. */
export function VmTable({
  rows: all,
  showHost,
  empty,
}: {
  rows: readonly VmRow[]
  showHost: boolean
  empty?: ReactNode
}) {
  const t = useTranslations('vms')
  const ui = useTranslations('ui')
  const [filter, setFilter] = useQueryStates({
    state: parseAsStringLiteral(shownStates),
    host: parseAsString,
    owner: parseAsString,
    tag: parseAsString,
  })
  const { state, owner, tag } = filter
  const host = showHost ? filter.host : null
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const menu = useVmMenu()
  const hosts = optionsOf(showHost ? all.map(({ vm }) => vm.host.name) : [], host)
  const owners = optionsOf(
    all.map(({ vm }) => vm.owner),
    owner,
  )
  const tags = optionsOf(
    all.flatMap(({ vm }) => vm.tags),
    tag,
  )
  const rows = all.filter(
    ({ vm }) =>
      (state === null || shownState(vm) === state) &&
      (host === null || vm.host.name === host) &&
      (owner === null || vm.owner === owner) &&
      (tag === null || vm.tags.includes(tag)),
  )
  const selected = rows.filter(({ vm }) => ticked.has(referenceOf(vm))).map(({ vm }) => vm)
  const columns = useColumns({ rows, showHost, ticked, setTicked, menuOf: menu.groupsOf })
  return (
    <>
      <DataTable
        label={t('title')}
        columns={columns}
        rows={rows}
        rowKey={({ vm }) => referenceOf(vm)}
        defaultSort="name"
        empty={all.length === 0 ? empty : undefined}
        tools={
          <>
            <Filter
              label={t('state')}
              all={t('anyState')}
              value={state}
              options={shownStates
                .filter((one) => one === state || all.some(({ vm }) => shownState(vm) === one))
                .map((one) => ({ value: one, label: t(`states.${one}`) }))}
              onChange={(next) => void setFilter({ state: next })}
            />
            {(hosts.length > 1 || host !== null) && (
              <Filter
                label={t('host')}
                all={t('anyHost')}
                value={host}
                options={hosts}
                onChange={(next) => void setFilter({ host: next })}
              />
            )}
            {owners.length > 0 && (
              <Filter
                label={t('owner')}
                all={t('anyOwner')}
                value={owner}
                options={owners}
                onChange={(next) => void setFilter({ owner: next })}
              />
            )}
            {tags.length > 0 && (
              <Filter
                label={t('tags')}
                all={t('anyTag')}
                value={tag}
                options={tags}
                onChange={(next) => void setFilter({ tag: next })}
              />
            )}
          </>
        }
      />
      {rows.length === 0 && all.length > 0 && (
        <p className="flex items-center gap-3 px-1 py-4 text-ink-2">
          {t('noneSo')}
          <Button onClick={() => void setFilter(null)}>{ui('clearFilter')}</Button>
        </p>
      )}
      <BulkBar vms={selected} onClear={() => setTicked(new Set())} />
      {menu.dialogs}
    </>
  )
}

/** What there is to choose from; the chosen one is among it also when no VM has it any more. */
const optionsOf = (values: readonly (string | null)[], chosen: string | null) =>
  [...new Set([...values, chosen])]
    .filter((value) => value !== null)
    .toSorted()
    .map((value) => ({ value, label: value }))

interface ColumnParts {
  rows: readonly VmRow[]
  showHost: boolean
  ticked: ReadonlySet<string>
  setTicked: (ticked: ReadonlySet<string>) => void
  menuOf: ReturnType<typeof useVmMenu>['groupsOf']
}

function useColumns({ rows, showHost, ticked, setTicked, menuOf }: ColumnParts): Column<VmRow>[] {
  const t = useTranslations('vms')
  const pps = useScale(rows.flatMap((row) => [sumOf(row, 0), sumOf(row, 1)]))
  const bits = useScale(rows.flatMap((row) => [sumOf(row, 2), sumOf(row, 3)]))
  const linkOf = useLinks(rows)
  const rate = (id: string, label: string, index: 0 | 1 | 2 | 3, from: 'md' | '2xl'): Column<VmRow> => ({
    id,
    label,
    align: 'right',
    descendsFirst: true,
    from,
    value: (row) => sumOf(row, index),
    cell: (row) => <Figure value={sumOf(row, index)} scale={index < 2 ? pps : bits} stale={row.vm.gap !== null} />,
  })
  const tick = (keys: readonly string[], on: boolean) => {
    const next = new Set(ticked)
    for (const key of keys)
      if (on) next.add(key)
      else next.delete(key)
    setTicked(next)
  }
  return [
    {
      id: 'select',
      label: t('selectAll'),
      bare: true,
      // What the search hides is meant by nobody who says "all".
      head: (found) => {
        const keys = found.map(({ vm }) => referenceOf(vm))
        const areAllTicked = keys.length > 0 && keys.every((key) => ticked.has(key))
        return <Tick label={t('selectAll')} checked={areAllTicked} onChange={(on) => tick(keys, on)} />
      },
      value: () => null,
      cell: ({ vm }) => (
        <Tick
          label={t('select', { vm: vm.name })}
          checked={ticked.has(referenceOf(vm))}
          onChange={(on) => tick([referenceOf(vm)], on)}
        />
      ),
    },
    {
      id: 'name',
      label: t('vm'),
      value: ({ vm }) => vm.name,
      cell: ({ vm }) => (
        <Link href={linkOf(vm)} className="inline-block max-w-56 truncate align-middle font-bold hover:text-accent">
          {vm.name}
        </Link>
      ),
    },
    {
      id: 'state',
      label: t('state'),
      value: ({ vm }) => shownState(vm),
      cell: ({ vm }) => <VmNow vm={vm} />,
    },
    ...(showHost
      ? [
          {
            id: 'host',
            label: t('host'),
            from: 'phone' as const,
            value: ({ vm }: VmRow) => vm.host.name,
            cell: ({ vm }: VmRow) => (
              <Link href={`/hosts/${encodeURIComponent(vm.host.name)}/vms`} className="text-ink-2 hover:text-accent">
                {vm.host.name}
              </Link>
            ),
          },
        ]
      : []),
    {
      id: 'addresses',
      label: t('addresses'),
      from: 'phone',
      value: ({ vm }) => vm.addresses.map(({ address }) => address).join(' ') || null,
      cell: ({ vm }) => <Addresses vm={vm} />,
    },
    rate('rxPps', t('rxPps'), 0, 'md'),
    rate('txPps', t('txPps'), 1, 'md'),
    rate('rxBps', t('rxBps'), 2, '2xl'),
    rate('txBps', t('txBps'), 3, '2xl'),
    {
      id: 'cpu',
      label: t('cpu'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ vm }) => vm.cpuPercent,
      cell: ({ vm }) => (
        <span className={`figures ${vm.cpuPercent === null ? 'text-ink-3' : ''}`}>
          {percentText(vm.cpuPercent === null ? null : vm.cpuPercent / 100)}
        </span>
      ),
    },
    {
      id: 'vcpus',
      label: t('vcpus'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ vm }) => vm.vcpus,
      cell: ({ vm }) => <span className="figures">{vm.vcpus}</span>,
    },
    {
      id: 'memory',
      label: t('memory'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ vm }) => vm.memoryBytes,
      cell: ({ vm }) => <span className="figures">{memoryText(vm.memoryBytes)}</span>,
    },
    {
      id: 'disk',
      label: t('disk'),
      align: 'right',
      from: 'lg',
      descendsFirst: true,
      value: ({ vm }) => vm.diskCapacityBytes,
      cell: ({ vm }) => <DiskSpace vm={vm} />,
    },
    {
      id: 'networks',
      label: t('bridge'),
      from: 'lg',
      value: ({ vm }) => vm.nics.map(({ source }) => source ?? '—').join(' '),
      cell: ({ vm }) => (
        <span className="figures text-ink-2">
          {[...new Set(vm.nics.map(({ source, sourceKind }) => source ?? sourceKind))].join(', ') || '—'}
        </span>
      ),
    },
    {
      id: 'tags',
      label: t('tags'),
      from: 'xl',
      value: ({ vm }) => vm.tags.join(' ') || null,
      cell: ({ vm }) => <span className="text-12 text-ink-2">{vm.tags.join(', ') || '—'}</span>,
    },
    {
      id: 'actions',
      label: t('actionsHead'),
      bare: true,
      head: () => <span className="sr-only">{t('actionsHead')}</span>,
      pinned: true,
      sortable: false,
      align: 'right',
      value: () => null,
      cell: ({ vm }) => (
        <Menu trigger={<IconButton label={t('actionsOf', { vm: vm.name })}>⋯</IconButton>} groups={menuOf(vm)} />
      ),
    },
  ]
}

function Tick({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={checked}
      onChange={(event) => onChange(event.target.checked)}
      className="block size-4 accent-(--accent)"
    />
  )
}

/** What its disks hold together; what they take of the host is a pointer away. */
function DiskSpace({ vm: { diskCapacityBytes, diskAllocationBytes } }: { vm: Vm }) {
  const t = useTranslations('vms')
  return (
    <span
      className={`figures ${diskCapacityBytes === null ? 'text-ink-3' : ''}`}
      title={diskAllocationBytes === null ? undefined : t('taken', { size: memoryText(diskAllocationBytes) })}
    >
      {memoryText(diskCapacityBytes)}
    </span>
  )
}

/** The best known address, where it is known from, and how many more there are. */
function Addresses({ vm: { addresses } }: { vm: Vm }) {
  const t = useTranslations('vms')
  const [first] = addresses.toSorted((a, b) => Number(isLesser(a.address)) - Number(isLesser(b.address)))
  if (first === undefined) return <span className="text-ink-3">—</span>
  return (
    <span title={t(`sourceHints.${first.source}`)}>
      <span className="figures">{first.address}</span>
      <span className="ml-1.5 text-12 text-ink-3">
        {t(`sources.${first.source}`)}
        {addresses.length > 1 && ` +${addresses.length - 1}`}
      </span>
    </span>
  )
}
const isLesser = (address: string): boolean => address.includes(':')

/** By UUID, and by host too where two hosts have a VM of the same one. */
function useLinks(rows: readonly VmRow[]): (vm: Vm) => string {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { vm } of rows) (seen.has(vm.id) ? twice : seen).add(vm.id)
  return (vm) => `/vms/${twice.has(vm.id) ? encodeURIComponent(`${vm.host.name}:${vm.id}`) : vm.id}/overview`
}

/** Over all NICs of the VM; null when none is sampled. */
function sumOf({ vm, view }: VmRow, index: 0 | 1 | 2 | 3): number | null {
  const rates = vm.nics
    .map(({ tap }) => (tap === null ? null : (figuresOf(view, tap)?.[index] ?? null)))
    .filter((rate) => rate !== null)
  return rates.length === 0 ? null : rates.reduce((total, rate) => total + rate, 0)
}
