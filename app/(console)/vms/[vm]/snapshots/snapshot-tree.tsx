'use client'
import { useTranslations } from 'next-intl'
import { Time } from '@/components/parts/time.tsx'
import { VmState } from '@/components/parts/vm-state.tsx'
import { IconButton } from '@/components/ui/button.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import type { VmSnapshot } from '@/lib/contract/vm-snapshots.ts'
import type { Vm } from '@/lib/contract/vms.ts'
import type { Asked } from './ask.tsx'

interface Props {
  /** Depth first. */
  items: readonly VmSnapshot[]
  state: Vm['state']
  /** Why nothing can be done with them, or null. */
  reason: string | null
  onAsk: (asked: Asked) => void
}

/** Lists within lists: what was taken after a snapshot hangs beneath it, and so does the VM as it is now. */
export function SnapshotTree({ items, ...rest }: Props) {
  const t = useTranslations('vm-snapshots')
  return (
    <div className="rounded-base border border-line bg-surface px-3 py-2">
      <Branch items={items} label={t('tree')} {...rest} />
      {!items.some(({ isCurrent }) => isCurrent) && <Now state={rest.state} />}
    </div>
  )
}

function Branch({ items, label, ...rest }: Props & { label?: string }) {
  const depth = items[0]?.depth ?? 0
  const starts = items.flatMap((item, index) => (item.depth === depth ? [index] : []))
  return (
    <ul aria-label={label} className="flex flex-col">
      {starts.map((at, index) => {
        const item = items[at]
        if (item === undefined) return null
        const below = items.slice(at + 1, starts[index + 1])
        return (
          <li key={item.name}>
            <Row snapshot={item} {...rest} />
            {(below.length > 0 || item.isCurrent) && (
              <div className="ml-1.5 border-l border-line-strong pl-3 phone:pl-5">
                {below.length > 0 && <Branch items={below} {...rest} />}
                {item.isCurrent && <Now state={rest.state} />}
              </div>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function Row({ snapshot, reason, onAsk }: { snapshot: VmSnapshot } & Omit<Props, 'items'>) {
  const t = useTranslations('vm-snapshots')
  const { name, description, createdAt, kind, withMemory, disks, isCurrent, refusals, descendants } = snapshot
  const files = disks.flatMap(({ file }) => (file === null ? [] : [file]))
  return (
    <div className="flex items-start gap-3 py-2">
      <span aria-hidden="true" className={`text-11 leading-5 ${isCurrent ? 'text-accent' : 'text-ink-3'}`}>
        {isCurrent ? '◆' : '◇'}
      </span>
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <span className="font-bold wrap-anywhere">{name}</span>
          <span className="text-12 text-ink-2">{t(withMemory ? 'withMemory' : `kinds.${kind}`)}</span>
          {createdAt !== null && (
            <span className="figures text-12 text-ink-3">
              <Time at={createdAt} />
            </span>
          )}
        </div>
        {description !== '' && <p className="text-ink-2 wrap-anywhere">{description}</p>}
        {files.length > 0 && <p className="figures text-12 text-ink-3 wrap-anywhere">{files.join(', ')}</p>}
      </div>
      <Menu
        trigger={<IconButton label={t('actionsOf', { name })}>⋯</IconButton>}
        groups={[
          [
            {
              label: t('revert'),
              disabledReason: reason ?? refusals.revert,
              onSelect: () => onAsk({ kind: 'revert', snapshot }),
            },
          ],
          [
            {
              label: t('delete'),
              danger: true,
              disabledReason: reason ?? refusals.delete,
              onSelect: () => onAsk({ kind: 'delete', snapshot }),
            },
            ...(descendants === 0
              ? []
              : [
                  {
                    label: t('deleteAll', { count: descendants }),
                    danger: true,
                    disabledReason: reason ?? refusals.deleteWithChildren,
                    onSelect: () => onAsk({ kind: 'delete-all' as const, snapshot }),
                  },
                ]),
          ],
        ]}
      />
    </div>
  )
}

function Now({ state }: { state: Vm['state'] }) {
  const t = useTranslations('vm-snapshots')
  return (
    <div className="flex items-center gap-3 py-2">
      <span className="text-12 text-ink-3">{t('now')}</span>
      <VmState state={state} />
    </div>
  )
}
