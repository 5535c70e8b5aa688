'use client'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { LibvirtNetwork, RemovedNetwork } from '@/lib/contract/libvirt-networks.ts'
import { managedModes } from '@/lib/vm/libvirt-network.ts'
import { suggestNetwork } from '@/lib/vm/network-suggest.ts'
import {
  useAutostartNetwork,
  useLibvirtNetworks,
  useMakeNetwork,
  useStartNetwork,
  useStopNetwork,
} from '@/lib/wire/libvirt-networks.ts'
import { useFacts, useMe } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'
import { Ask, type Asked } from './ask.tsx'
import { EditNetworkPanel, NewNetworkPanel } from './network-form.tsx'
import { NetworkPanel } from './network-panel.tsx'

/** In the address, instead of a network's UUID. */
const notYet = 'new'

/** The host's libvirt networks: what they are, who is on them, and all that can be done to them. */
export function Networks() {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const networks = useLibvirtNetworks(host.name)
  const reason = useMe().data?.refusals['host.network'] ?? null
  const [open, setOpen] = useQueryState('network', parseAsString)
  const [editing, setEditing] = useState<string | null>(null)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [removed, setRemoved] = useState<RemovedNetwork | null>(null)
  useActions(
    useMemo(
      () => [{ label: t('new'), key: 'n', run: () => void setOpen(notYet), disabledReason: reason }],
      [t, setOpen, reason],
    ),
  )
  if (networks.data === undefined)
    return networks.error === null ? (
      <Skeleton />
    ) : (
      <ProblemNotice error={networks.error} onRetry={() => void networks.refetch()} />
    )
  const opened = networks.data.find(({ uuid }) => uuid === open)
  const edited = networks.data.find(({ uuid }) => uuid === editing)
  return (
    <section aria-labelledby="networks-title" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="networks-title" className="text-16">
          {t('title')}
        </h2>
        <span className="ml-auto">
          <Button variant="primary" disabledReason={reason} onClick={() => void setOpen(notYet)}>
            {t('new')}
          </Button>
        </span>
      </div>
      {networks.error !== null && <ProblemNotice error={networks.error} />}
      {removed !== null && <BringBack key={removed.name} removed={removed} onDone={() => setRemoved(null)} />}
      <NetworkTable
        networks={networks.data}
        selected={open}
        reason={reason}
        onOpen={(uuid) => void setOpen(uuid)}
        onEdit={setEditing}
        onAsk={setAsked}
      />
      {open === notYet && <NewNetworkPanel networks={networks.data} onClose={() => void setOpen(null)} />}
      {opened !== undefined && edited === undefined && (
        <NetworkPanel
          key={opened.uuid}
          network={opened}
          reason={reason}
          onEdit={() => setEditing(opened.uuid)}
          onClose={() => void setOpen(null)}
        />
      )}
      {edited !== undefined && <EditNetworkPanel key={edited.uuid} network={edited} onClose={() => setEditing(null)} />}
      {asked !== null && <Ask asked={asked} onRemoved={setRemoved} onClose={() => setAsked(null)} />}
    </section>
  )
}

interface TableProps {
  networks: LibvirtNetwork[]
  selected: string | null
  reason: string | null
  onOpen: (uuid: string) => void
  onEdit: (uuid: string) => void
  onAsk: (asked: Asked) => void
}

function NetworkTable({ networks, selected, reason, onOpen, onEdit, onAsk }: TableProps) {
  const t = useTranslations('networks')
  const ui = useTranslations('ui')
  const columns: Column<LibvirtNetwork>[] = [
    {
      id: 'name',
      label: t('name'),
      value: ({ name }) => name,
      cell: ({ uuid, name }) => (
        <button type="button" className="rounded-[4px] font-bold hover:text-accent" onClick={() => onOpen(uuid)}>
          {name}
        </button>
      ),
    },
    {
      id: 'state',
      label: t('state'),
      value: ({ active }) => (active ? 'active' : 'inactive'),
      cell: (network) => <NetworkState network={network} />,
    },
    { id: 'mode', label: t('mode'), value: ({ mode }) => t(`modes.${mode}`) },
    {
      id: 'bridge',
      label: t('bridge'),
      value: ({ bridge }) => bridge,
      cell: ({ bridge }) => <span className="figures">{bridge ?? '—'}</span>,
      from: 'phone',
    },
    {
      id: 'subnet',
      label: t('subnet'),
      value: ({ ipv4, ipv6 }) =>
        [ipv4, ipv6].flatMap((ip) => (ip === null ? [] : `${ip.address}/${ip.prefix}`)).join(' '),
      cell: ({ ipv4, ipv6 }) => (
        <span className="figures">
          {[ipv4, ipv6].flatMap((ip) => (ip === null ? [] : `${ip.address}/${ip.prefix}`)).join('  ') || '—'}
        </span>
      ),
      from: 'md',
    },
    { id: 'leases', label: t('leases'), value: ({ leases }) => leases, align: 'right', from: 'phone' },
    { id: 'vms', label: t('vms'), value: ({ vms }) => vms.length, align: 'right' },
    {
      id: 'autostart',
      label: t('autostart'),
      value: ({ autostart }) => (autostart ? ui('yes') : ui('no')),
      from: 'lg',
    },
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (network) => <Actions network={network} reason={reason} onEdit={onEdit} onAsk={onAsk} />,
    },
  ]
  return (
    <DataTable
      label={t('list')}
      columns={columns}
      rows={networks}
      rowKey={({ uuid }) => uuid}
      defaultSort="name"
      selected={selected}
      empty={<NoNetworks reason={reason} />}
    />
  )
}

export function NetworkState({ network: { active, restartNeeded } }: { network: LibvirtNetwork }) {
  const t = useTranslations('networks')
  if (!active) return <State tone="off" word={t('inactive')} />
  return restartNeeded.length > 0 ? (
    <State tone="warn" word={t('restartNeeded')} />
  ) : (
    <State tone="ok" word={t('active')} />
  )
}

function Actions({
  network,
  reason,
  onEdit,
  onAsk,
}: {
  network: LibvirtNetwork
  reason: string | null
  onEdit: (uuid: string) => void
  onAsk: (asked: Asked) => void
}) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const toast = useToast()
  const failed = useProblemToast()
  const start = useStartNetwork(host.name)
  const stop = useStopNetwork(host.name)
  const patch = useAutostartNetwork(host.name)
  const { uuid, name, active, autostart, readOnly, vms, persistent } = network
  const running = vms.filter((vm) => vm.running)
  const takesAway = running.length > 0 && network.mode !== 'bridge'
  const stopNow = () =>
    takesAway
      ? onAsk({ kind: 'stop', network })
      : stop.mutate(
          { network: uuid, force: false },
          { onSuccess: () => toast('ok', t('stopped', { network: name })), onError: failed },
        )
  return (
    <Menu
      trigger={<IconButton label={t('actionsOf', { network: name })}>⋯</IconButton>}
      groups={[
        [
          {
            label: t('start'),
            disabledReason: reason ?? (active ? t('isActive') : null),
            onSelect: () =>
              start.mutate(uuid, { onSuccess: () => toast('ok', t('started', { network: name })), onError: failed }),
          },
          { label: t('stop'), disabledReason: reason ?? (active ? null : t('isInactive')), onSelect: stopNow },
          {
            label: autostart ? t('autostartOff') : t('autostartOn'),
            disabledReason: reason ?? (persistent ? null : readOnly),
            onSelect: () => patch.mutate({ network: uuid, autostart: !autostart }, { onError: failed }),
          },
          { label: t('edit'), disabledReason: reason ?? readOnly, onSelect: () => onEdit(uuid) },
        ],
        [
          {
            label: t('delete'),
            danger: true,
            disabledReason:
              reason ?? (vms.length > 0 ? t('inUse', { vms: vms.map((vm) => vm.name).join(', ') }) : null),
            onSelect: () => onAsk({ kind: 'delete', network }),
          },
        ],
      ]}
    />
  )
}

/** The way back from a deletion. */
function BringBack({ removed, onDone }: { removed: RemovedNetwork; onDone: () => void }) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const toast = useToast()
  const failed = useProblemToast()
  const make = useMakeNetwork(host.name)
  const { name, xml, active, autostart } = removed
  return (
    <Notice
      tone="ok"
      title={t('deleted', { network: name })}
      action={
        <Button
          pending={make.isPending}
          onClick={() =>
            make.mutate(
              { xml, start: active, autostart },
              {
                onSuccess: () => {
                  toast('ok', t('undone', { network: name }))
                  onDone()
                },
                onError: failed,
              },
            )
          }
        >
          {t('undo')}
        </Button>
      }
    />
  )
}

/** What libvirt usually brings, where it is not there. */
function NoNetworks({ reason }: { reason: string | null }) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const toast = useToast()
  const failed = useProblemToast()
  const { data: facts } = useFacts(host.name)
  const make = useMakeNetwork(host.name)
  const makeDefault = () => {
    const suggested = suggestNetwork('default', {
      networks: [],
      links: facts?.network.links ?? [],
      routes: facts?.network.routes ?? [],
    })
    const mode = managedModes.find((one) => one === suggested.mode) ?? 'nat'
    make.mutate(
      { ...suggested, mode },
      {
        onSuccess: () => toast('ok', t('made', { network: 'default' })),
        onError: failed,
      },
    )
  }
  return (
    <Empty
      title={t('emptyTitle')}
      action={
        <Button variant="primary" pending={make.isPending} disabledReason={reason} onClick={makeDefault}>
          {t('makeDefault')}
        </Button>
      }
    >
      {t('emptyText')}
    </Empty>
  )
}
