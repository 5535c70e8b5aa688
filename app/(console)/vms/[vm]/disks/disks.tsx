'use client'
import { useTranslations } from 'next-intl'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { useActions } from '@/components/shell/actions.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Empty } from '@/components/ui/empty.tsx'
import type { FieldOutcome } from '@/lib/contract/vm-edit.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useVmChoices } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditOutcome } from '../edit-outcome.tsx'
import { DetachDisk } from './detach-disk.tsx'
import { type DiskAction, DiskTable } from './disk-table.tsx'
import { EditDiskPanel } from './edit-disk-panel.tsx'
import { ForceEject } from './force-eject.tsx'
import { InsertMediaPanel } from './insert-media-panel.tsx'
import { NewDiskPanel } from './new-disk-panel.tsx'
import { ResizeDiskPanel } from './resize-disk-panel.tsx'
import { diskRows } from './disk-rows.ts'

const newKinds = ['disk', 'cdrom'] as const

/** A VM's disks and drives: what they lie in, how they are attached, and what can be done with them. */
export function VmDisks() {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const reason = useMe().data?.refusals['vm.edit'] ?? vm.gap
  const choices = useVmChoices(vm)
  const [adding, setAdding] = useQueryState('add', parseAsStringLiteral(newKinds))
  const [asked, setAsked] = useState<{ action: DiskAction; target: string } | null>(null)
  const [outcome, setOutcome] = useState<readonly FieldOutcome[] | null>(null)
  useActions(
    useMemo(
      () => [
        { label: t('addDisk'), key: 'n', run: () => void setAdding('disk'), disabledReason: reason },
        { label: t('addDrive'), run: () => void setAdding('cdrom'), disabledReason: reason },
      ],
      [t, setAdding, reason],
    ),
  )
  const rows = diskRows(vm, choices.data)
  const row = rows.find(({ disk }) => disk.target === asked?.target)
  const addDisk = (
    <Button variant="primary" disabledReason={reason} onClick={() => void setAdding('disk')}>
      {t('addDisk')}
    </Button>
  )
  const addDrive = (
    <Button disabledReason={reason} onClick={() => void setAdding('cdrom')}>
      {t('addDrive')}
    </Button>
  )
  const panel = { vm, onEdited: setOutcome, onClose: () => setAsked(null) }
  return (
    <section aria-labelledby="disks-title" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="disks-title" className="text-16">
          {t('disks')}
        </h2>
        {rows.length > 0 && (
          <span className="ml-auto flex flex-wrap gap-2">
            {addDrive}
            {addDisk}
          </span>
        )}
      </div>
      {outcome !== null && (
        <EditOutcome outcome={outcome} isRunning={vm.xml.running !== null} onDismiss={() => setOutcome(null)} />
      )}
      <DiskTable
        rows={rows}
        reason={reason}
        onAsk={(action, target) => setAsked({ action, target })}
        onEdited={setOutcome}
        empty={
          <Empty
            title={t('noDisksTitle')}
            action={
              <span className="flex flex-wrap gap-2">
                {addDisk}
                {addDrive}
              </span>
            }
          >
            {t('noDisksText')}
          </Empty>
        }
      />
      {adding !== null && (
        <NewDiskPanel key={adding} vm={vm} device={adding} onEdited={setOutcome} onClose={() => void setAdding(null)} />
      )}
      {row !== undefined && asked?.action === 'edit' && <EditDiskPanel key={asked.target} {...panel} row={row} />}
      {row !== undefined && asked?.action === 'resize' && <ResizeDiskPanel key={asked.target} {...panel} row={row} />}
      {row !== undefined && asked?.action === 'insert' && <InsertMediaPanel key={asked.target} {...panel} row={row} />}
      {row !== undefined && asked?.action === 'detach' && <DetachDisk key={asked.target} {...panel} row={row} />}
      {row !== undefined && asked?.action === 'force-eject' && <ForceEject key={asked.target} {...panel} row={row} />}
    </section>
  )
}
