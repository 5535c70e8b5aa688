'use client'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { State, type Tone } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { StoragePool } from '@/lib/contract/storage.ts'
import { sizeText } from '@/lib/vm/volume.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useAutostartPool, useForgetPool, useMakePool, usePoolPower, usePools } from '@/lib/wire/storage.ts'
import { useCurrentHost } from '../current-host.tsx'
import { CapacityBar } from './capacity-bar.tsx'
import { NewPoolPanel } from './pool-form.tsx'
import { PoolPanel } from './pool-panel.tsx'

/** In the address, instead of a pool's UUID. */
const notYet = 'new'

const tones: Record<StoragePool['state'], Tone> = {
  running: 'ok',
  building: 'busy',
  degraded: 'warn',
  inaccessible: 'bad',
  inactive: 'off',
}

export function PoolState({ state }: Pick<StoragePool, 'state'>) {
  const t = useTranslations('storage')
  return <State tone={tones[state]} word={t(`states.${state}`)} />
}

/** A kind of pool in words, of those there are words for. */
export function useKindText(): (kind: string) => string {
  const t = useTranslations('storage')
  return (kind) =>
    kind === 'dir' || kind === 'logical' || kind === 'netfs' || kind === 'zfs' ? t(`kinds.${kind}`) : kind
}

/** The host's storage pools: how full they are, who is on them, and all that can be done to them. */
export function Pools() {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const pools = usePools(host.name)
  const reason = useMe().data?.refusals['storage.manage'] ?? null
  const [open, setOpen] = useQueryState('pool', parseAsString)
  const [asked, setAsked] = useState<StoragePool | null>(null)
  useActions(
    useMemo(
      () => [{ label: t('newPool'), run: () => void setOpen(notYet), disabledReason: reason }],
      [t, setOpen, reason],
    ),
  )
  if (pools.data === undefined)
    return pools.error === null ? (
      <Skeleton />
    ) : (
      <ProblemNotice error={pools.error} onRetry={() => void pools.refetch()} />
    )
  const { items, offered } = pools.data
  const opened = items.find(({ uuid }) => uuid === open)
  return (
    <section aria-labelledby="pools-title" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="pools-title" className="text-16">
          {t('pools')}
        </h2>
        <span className="ml-auto">
          <Button disabledReason={reason} onClick={() => void setOpen(notYet)}>
            {t('newPool')}
          </Button>
        </span>
      </div>
      {pools.error !== null && <ProblemNotice error={pools.error} />}
      <PoolTable
        pools={items}
        selected={open}
        reason={reason}
        onOpen={(uuid) => void setOpen(uuid)}
        onForget={setAsked}
      />
      {open === notYet && <NewPoolPanel offered={offered} onClose={() => void setOpen(null)} />}
      {opened !== undefined && (
        <PoolPanel key={opened.uuid} pool={opened} reason={reason} onClose={() => void setOpen(null)} />
      )}
      {asked !== null && <Forget pool={asked} onClose={() => setAsked(null)} />}
    </section>
  )
}

function PoolTable({
  pools,
  selected,
  reason,
  onOpen,
  onForget,
}: {
  pools: StoragePool[]
  selected: string | null
  reason: string | null
  onOpen: (uuid: string) => void
  onForget: (pool: StoragePool) => void
}) {
  const t = useTranslations('storage')
  const ui = useTranslations('ui')
  const kindText = useKindText()
  const columns: Column<StoragePool>[] = [
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
      value: ({ state }) => t(`states.${state}`),
      cell: ({ state }) => <PoolState state={state} />,
    },
    { id: 'kind', label: t('kind'), value: ({ kind }) => kindText(kind), from: 'md' },
    {
      id: 'used',
      label: t('used'),
      value: ({ allocationBytes, capacityBytes }) =>
        allocationBytes === null || capacityBytes === null || capacityBytes === 0
          ? null
          : Math.round((allocationBytes / capacityBytes) * 100),
      cell: ({ allocationBytes, capacityBytes, name }) =>
        allocationBytes === null || capacityBytes === null ? (
          '—'
        ) : (
          <CapacityBar usedBytes={allocationBytes} totalBytes={capacityBytes} label={t('usedOf', { pool: name })} />
        ),
      from: 'phone',
    },
    {
      id: 'free',
      label: t('free'),
      value: ({ availableBytes }) => availableBytes,
      cell: ({ availableBytes }) => (
        <span className="figures">{availableBytes === null ? '—' : sizeText(availableBytes)}</span>
      ),
      align: 'right',
      descendsFirst: true,
    },
    {
      id: 'size',
      label: t('size'),
      value: ({ capacityBytes }) => capacityBytes,
      cell: ({ capacityBytes }) => (
        <span className="figures">{capacityBytes === null ? '—' : sizeText(capacityBytes)}</span>
      ),
      align: 'right',
      from: 'md',
    },
    { id: 'volumes', label: t('volumes'), value: ({ volumes }) => volumes, align: 'right', from: 'phone' },
    {
      id: 'place',
      label: t('place'),
      value: ({ path, source }) => path ?? source,
      cell: ({ path, source }) => (
        <span className="block max-w-80 truncate font-mono text-12" title={path ?? source ?? undefined}>
          {path ?? source ?? '—'}
        </span>
      ),
      from: 'lg',
    },
    {
      id: 'autostart',
      label: t('autostart'),
      value: ({ autostart }) => (autostart ? ui('yes') : ui('no')),
      from: 'xl',
    },
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (pool) => <PoolActions pool={pool} reason={reason} onForget={onForget} />,
    },
  ]
  return (
    <DataTable
      label={t('pools')}
      prefix="pool-"
      columns={columns}
      rows={pools}
      rowKey={({ uuid }) => uuid}
      defaultSort="name"
      selected={selected}
      empty={<NoPools reason={reason} />}
    />
  )
}

function PoolActions({
  pool,
  reason,
  onForget,
}: {
  pool: StoragePool
  reason: string | null
  onForget: (pool: StoragePool) => void
}) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const failed = useProblemToast()
  const power = usePoolPower(host.name)
  const patch = useAutostartPool(host.name)
  const { uuid, name, state, autostart, persistent } = pool
  const isActive = state !== 'inactive'
  const does = (verb: 'start' | 'stop' | 'refresh') => () =>
    power.mutate(
      { pool: uuid, verb },
      { onSuccess: () => toast('ok', t(`did.${verb}`, { pool: name })), onError: failed },
    )
  return (
    <Menu
      trigger={<IconButton label={t('actionsOf', { name })}>⋯</IconButton>}
      groups={[
        [
          {
            label: t('refresh'),
            disabledReason: reason ?? (isActive ? null : t('isInactive')),
            onSelect: does('refresh'),
          },
          { label: t('start'), disabledReason: reason ?? (isActive ? t('isActive') : null), onSelect: does('start') },
          { label: t('stop'), disabledReason: reason ?? (isActive ? null : t('isInactive')), onSelect: does('stop') },
          {
            label: autostart ? t('autostartOff') : t('autostartOn'),
            disabledReason: reason ?? (persistent ? null : t('isTransient')),
            onSelect: () => patch.mutate({ pool: uuid, autostart: !autostart }, { onError: failed }),
          },
        ],
        [{ label: t('forget'), danger: true, disabledReason: reason, onSelect: () => onForget(pool) }],
      ]}
    />
  )
}

function Forget({ pool: { uuid, name }, onClose }: { pool: StoragePool; onClose: () => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const forget = useForgetPool(host.name)
  return (
    <Confirm
      title={t('forgetTitle', { pool: name })}
      description={t('forgetText')}
      action={t('forget')}
      pending={forget.isPending}
      onClose={onClose}
      onConfirm={() =>
        forget.mutate(uuid, {
          onSuccess: () => {
            toast('ok', t('forgotten', { pool: name }))
            onClose()
          },
        })
      }
    >
      {forget.error !== null && <ProblemNotice error={forget.error} />}
    </Confirm>
  )
}

/** What libvirt's own tools call the first pool, where it is not there. */
function NoPools({ reason }: { reason: string | null }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const toast = useToast()
  const failed = useProblemToast()
  const make = useMakePool(host.name)
  return (
    <Empty
      title={t('noPoolsTitle')}
      action={
        <Button
          variant="primary"
          pending={make.isPending}
          disabledReason={reason}
          onClick={() =>
            make.mutate(
              { name: 'default', kind: 'dir', path: '/var/lib/libvirt/images' },
              {
                onSuccess: () => toast('ok', t('poolMade', { pool: 'default' })),
                onError: failed,
              },
            )
          }
        >
          {t('makeDefault')}
        </Button>
      }
    >
      {t('noPoolsText')}
    </Empty>
  )
}
