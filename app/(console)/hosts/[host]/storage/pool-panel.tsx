'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import type { StoragePool, Volume } from '@/lib/contract/storage.ts'
import { sizeText } from '@/lib/vm/volume.ts'
import { useVolumes } from '@/lib/wire/storage.ts'
import { useCurrentHost } from '../current-host.tsx'
import { CapacityBar } from './capacity-bar.tsx'
import { DeleteVolume } from './delete-volume.tsx'
import { PoolState, useKindText } from './pools.tsx'
import { UsedBy, useUsersText } from './used-by.tsx'
import { CloneVolume, NewVolume, ResizeVolume } from './volume-forms.tsx'

interface Doing {
  kind: 'resize' | 'clone' | 'delete'
  volume: Volume
}

/** One pool: how it is, and what is in it. */
export function PoolPanel({
  pool,
  reason,
  onClose,
}: {
  pool: StoragePool
  reason: string | null
  onClose: () => void
}) {
  const t = useTranslations('storage')
  const ui = useTranslations('ui')
  const kindText = useKindText()
  const [isMaking, setMaking] = useState(false)
  const [doing, setDoing] = useState<Doing | null>(null)
  const { name, kind, state, path, source, capacityBytes, allocationBytes, availableBytes, vms } = pool
  const isActive = state !== 'inactive'
  const close = () => setDoing(null)
  return (
    <SidePanel
      open
      wide
      onOpenChange={onClose}
      title={name}
      description={kindText(kind)}
      footer={
        <>
          <Button onClick={onClose}>{ui('close')}</Button>
          <Button
            variant="primary"
            disabledReason={reason ?? (isActive ? null : t('isInactive'))}
            onClick={() => setMaking(true)}
          >
            {t('newVolume')}
          </Button>
        </>
      }
    >
      <DefinitionList>
        <Definition term={t('state')}>
          <PoolState state={state} />
        </Definition>
        {source !== null && <Definition term={t('source')}>{source}</Definition>}
        {path !== null && (
          <Definition term={t('place')}>
            <span className="font-mono text-12">{path}</span>
          </Definition>
        )}
        {capacityBytes !== null && allocationBytes !== null && availableBytes !== null && (
          <Definition term={t('used')}>
            <span className="flex flex-wrap items-center gap-x-3">
              <CapacityBar usedBytes={allocationBytes} totalBytes={capacityBytes} label={t('usedOf', { pool: name })} />
              <span className="text-ink-2">
                {t('freeOf', { free: sizeText(availableBytes), size: sizeText(capacityBytes) })}
              </span>
            </span>
          </Definition>
        )}
        <Definition term={t('vms')}>{vms.length === 0 ? t('nobody') : vms.map((vm) => vm.name).join(', ')}</Definition>
      </DefinitionList>
      {isActive && <Volumes pool={pool} reason={reason} onDo={setDoing} />}
      <details>
        <summary className="text-ink-2 hover:text-ink">{t('definition')}</summary>
        <div className="mt-2">
          <Code text={pool.xml} label={t('xml')} />
        </div>
      </details>
      {isMaking && <NewVolume pool={pool} onClose={() => setMaking(false)} />}
      {doing?.kind === 'resize' && <ResizeVolume volume={doing.volume} onClose={close} />}
      {doing?.kind === 'clone' && <CloneVolume volume={doing.volume} onClose={close} />}
      {doing?.kind === 'delete' && <DeleteVolume pool={name} volume={doing.volume.name} onClose={close} />}
    </SidePanel>
  )
}

function Volumes({ pool, reason, onDo }: { pool: StoragePool; reason: string | null; onDo: (doing: Doing) => void }) {
  const t = useTranslations('storage')
  const host = useCurrentHost()
  const usersText = useUsersText()
  const volumes = useVolumes(host.name, pool.name)
  if (volumes.data === undefined) return volumes.error === null ? <Skeleton /> : <ProblemNotice error={volumes.error} />
  const columns: Column<Volume>[] = [
    {
      id: 'name',
      label: t('name'),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <span className="block max-w-56 truncate font-bold" title={name}>
          {name}
        </span>
      ),
    },
    { id: 'format', label: t('format'), value: ({ format }) => format, from: 'phone' },
    {
      id: 'size',
      label: t('size'),
      value: ({ capacityBytes }) => capacityBytes,
      cell: ({ capacityBytes }) => <span className="figures">{sizeText(capacityBytes)}</span>,
      align: 'right',
      descendsFirst: true,
    },
    {
      id: 'takes',
      label: t('takes'),
      value: ({ allocationBytes }) => allocationBytes,
      cell: ({ allocationBytes }) => <span className="figures">{sizeText(allocationBytes)}</span>,
      align: 'right',
      descendsFirst: true,
      from: 'phone',
    },
    {
      id: 'used',
      label: t('usedBy'),
      value: ({ usedBy }) => usersText(usedBy),
      cell: ({ usedBy }) => <UsedBy users={usedBy} />,
      from: 'md',
    },
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (volume) => {
        const inUse = volume.usedBy.length > 0 ? t('inUse', { users: usersText(volume.usedBy) }) : null
        const running = volume.usedBy.filter((user) => user.kind === 'vm' && user.running && user.as === 'disk')
        const open = running.length > 0 ? t('isOpen', { users: usersText(running) }) : null
        return (
          <Menu
            trigger={<IconButton label={t('actionsOf', { name: volume.name })}>⋯</IconButton>}
            groups={[
              [
                {
                  label: t('resize'),
                  disabledReason: reason ?? open,
                  onSelect: () => onDo({ kind: 'resize', volume }),
                },
                { label: t('clone'), disabledReason: reason ?? open, onSelect: () => onDo({ kind: 'clone', volume }) },
              ],
              [
                {
                  label: t('delete'),
                  danger: true,
                  disabledReason: reason ?? inUse,
                  onSelect: () => onDo({ kind: 'delete', volume }),
                },
              ],
            ]}
          />
        )
      },
    },
  ]
  return (
    <section aria-label={t('volumesOf', { pool: pool.name })} className="flex flex-col gap-2">
      <DataTable
        label={t('volumesOf', { pool: pool.name })}
        prefix="volume-"
        columns={columns}
        rows={volumes.data}
        rowKey={({ name }) => name}
        defaultSort="name"
        empty={<p className="text-ink-2">{t('noVolumes')}</p>}
      />
    </section>
  )
}
