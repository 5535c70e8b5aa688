'use client'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { type Column, DataTable } from '@/components/parts/data-table.tsx'
import { IconButton } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { State } from '@/components/ui/state.tsx'
import { useProblemToast } from '@/components/parts/problem-notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { FieldOutcome } from '@/lib/contract/vm-edit.ts'
import { memoryText } from '@/lib/kit/units.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useEjectMedia } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { type DiskRow, sourceName } from './disk-rows.ts'

export type DiskAction = 'edit' | 'resize' | 'insert' | 'detach' | 'force-eject'

interface Props {
  rows: readonly DiskRow[]
  reason: string | null
  onAsk: (action: DiskAction, target: string) => void
  onEdited: (outcome: readonly FieldOutcome[]) => void
  empty: ReactNode
}

export function DiskTable({ rows, reason, onAsk, onEdited, empty }: Props) {
  const t = useTranslations('vm-edit')
  const plain = (
    id: string,
    label: string,
    read: (row: DiskRow) => string | null,
    from?: Column<DiskRow>['from'],
  ): Column<DiskRow> => ({
    id,
    label,
    from,
    value: read,
    cell: (row) => <span className="figures">{read(row) ?? '—'}</span>,
  })
  const columns: Column<DiskRow>[] = [
    {
      id: 'target',
      label: t('target'),
      value: ({ disk }) => disk.target,
      cell: ({ disk }) => (
        <>
          <span className="figures font-bold">{disk.target}</span>
          {disk.device !== 'disk' && <span className="ml-1.5 text-ink-3">{t(`devices.${disk.device}`)}</span>}
        </>
      ),
    },
    {
      id: 'source',
      label: t('source'),
      value: ({ disk }) => sourceName(disk),
      cell: ({ disk }) => <Source row={disk} />,
    },
    {
      id: 'state',
      label: t('state'),
      from: 'phone',
      value: ({ fate, differs }) => (fate === 'stays' ? (differs ? 'pending' : 'attached') : fate),
      cell: ({ fate, differs }) =>
        fate !== 'stays' ? (
          <State tone="warn" word={t(fate === 'comes' ? 'comes' : 'goes')} />
        ) : differs ? (
          <State tone="warn" word={t('pendingWord')} />
        ) : (
          <State tone="ok" word={t('attached')} />
        ),
    },
    plain('bus', t('bus'), ({ disk }) => disk.bus, 'phone'),
    plain('format', t('format'), ({ disk }) => disk.format, 'md'),
    {
      id: 'size',
      label: t('size'),
      align: 'right',
      from: 'phone',
      descendsFirst: true,
      value: ({ sizeBytes }) => sizeBytes,
      cell: ({ sizeBytes }) => <span className="figures">{memoryText(sizeBytes)}</span>,
    },
    plain('cache', t('cache'), ({ disk }) => disk.cache, 'lg'),
    plain('discard', t('discard'), ({ disk }) => disk.discard, 'lg'),
    plain(
      'backing',
      t('backing'),
      ({ disk }) => (disk.backing.length === 0 ? null : disk.backing.map(nameOf).join(' ← ')),
      'xl',
    ),
    {
      id: 'actions',
      label: t('actions'),
      value: () => null,
      sortable: false,
      align: 'right',
      cell: (row) => <Actions row={row} reason={reason} onAsk={onAsk} onEdited={onEdited} />,
    },
  ]
  return (
    <DataTable
      label={t('disks')}
      columns={columns}
      rows={rows}
      rowKey={({ disk }) => disk.target}
      defaultSort="target"
      prefix="disks-"
      empty={empty}
    />
  )
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function Source({ row }: { row: DiskRow['disk'] }) {
  const t = useTranslations('vm-edit')
  const name = sourceName(row)
  if (name === null) return <span className="text-ink-3">{t('emptyDrive')}</span>
  return (
    <span className="figures" title={row.source ?? name}>
      {name.startsWith('/') ? nameOf(name) : name}
      {row.readOnly && <span className="ml-1.5 text-ink-3">{t('readOnlyWord')}</span>}
    </span>
  )
}

function Actions({
  row: { disk, running, fate },
  reason,
  onAsk,
  onEdited,
}: Omit<Props, 'rows' | 'empty'> & { row: DiskRow }) {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const toast = useToast()
  const failed = useProblemToast()
  const eject = useEjectMedia(vm)
  const { target, device, source } = disk
  const isDrive = device === 'cdrom' || device === 'floppy'
  const gone = fate === 'goes' ? t('diskGoesReason') : null
  return (
    <Menu
      trigger={<IconButton label={t('actionsOf', { device: target })}>⋯</IconButton>}
      groups={[
        [
          { label: t('edit'), disabledReason: reason ?? gone, onSelect: () => onAsk('edit', target) },
          ...(isDrive
            ? [
                {
                  label: t(source === null ? 'insert' : 'change'),
                  disabledReason: reason ?? gone,
                  onSelect: () => onAsk('insert', target),
                },
                {
                  label: t('eject'),
                  disabledReason: reason ?? gone ?? (source === null ? t('nothingIn') : null),
                  onSelect: () =>
                    eject.mutate(
                      { target, etag: vm.etag, force: false },
                      {
                        onSuccess: ({ outcome }) => {
                          onEdited(outcome)
                          toast('ok', t('ejected', { target }))
                        },
                        onError: (error) =>
                          error instanceof ProblemError && error.code === 'drive-locked'
                            ? onAsk('force-eject', target)
                            : failed(error),
                      },
                    ),
                },
              ]
            : [
                {
                  label: t('resize'),
                  disabledReason: reason ?? gone ?? (disk.readOnly ? t('readOnlyReason') : null),
                  onSelect: () => onAsk('resize', target),
                },
              ]),
        ],
        [
          {
            label: t(running === null ? 'removeDisk' : 'detach'),
            danger: true,
            disabledReason: reason,
            onSelect: () => onAsk('detach', target),
          },
        ],
      ]}
    />
  )
}
