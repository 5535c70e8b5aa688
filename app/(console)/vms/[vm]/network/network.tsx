'use client'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import { useMemo, useState } from 'react'
import { useActions } from '@/components/shell/actions.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Empty } from '@/components/ui/empty.tsx'
import type { FieldOutcome } from '@/lib/contract/vm-edit.ts'
import { useHostView } from '@/lib/wire/live.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditOutcome } from '../edit-outcome.tsx'
import { GuestSide } from './guest-side.tsx'
import { NewNicPanel } from './new-nic-panel.tsx'
import { EditNicPanel } from './edit-nic-panel.tsx'
import { NicPanel } from './nic-panel.tsx'
import { nicRows } from './nic-rows.ts'
import { NicTable } from './nic-table.tsx'
import { UnplugNic } from './unplug-nic.tsx'

/** In the address, instead of a MAC. */
const notYet = 'new'

export interface NicEdited {
  outcome: readonly FieldOutcome[]
  /** Whose guest's side is worth a look; null: it is gone. */
  mac: string | null
}

/** A VM's NICs: what runs, what counts from the next start on, and all that can be changed. */
export function VmNetwork() {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const reason = useMe().data?.refusals['vm.edit'] ?? vm.gap
  const view = useHostView(vm.state === 'shut-off' ? null : vm.host.id)
  const [open, setOpen] = useQueryState('nic', parseAsString)
  const [editing, setEditing] = useState<string | null>(null)
  const [unplugging, setUnplugging] = useState<string | null>(null)
  const [edited, setEdited] = useState<NicEdited | null>(null)
  useActions(
    useMemo(
      () => [{ label: t('addNic'), key: 'n', run: () => void setOpen(notYet), disabledReason: reason }],
      [t, setOpen, reason],
    ),
  )
  const rows = nicRows(vm)
  const rowOf = (mac: string | null) => rows.find(({ nic }) => nic.mac === mac)
  const [opened, beingEdited, leaving] = [rowOf(open), rowOf(editing), rowOf(unplugging)]
  const isRunning = vm.xml.running !== null
  const add = (
    <Button variant="primary" disabledReason={reason} onClick={() => void setOpen(notYet)}>
      {t('addNic')}
    </Button>
  )
  return (
    <section aria-labelledby="nics-title" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="nics-title" className="text-16">
          {t('nics')}
        </h2>
        {rows.length > 0 && <span className="ml-auto">{add}</span>}
      </div>
      {edited !== null && (
        <EditOutcome outcome={edited.outcome} isRunning={isRunning} onDismiss={() => setEdited(null)}>
          {edited.mac !== null && vm.agent === 'connected' && rowOf(edited.mac)?.running !== null && (
            <GuestSide key={edited.mac} vm={vm} mac={edited.mac} asked />
          )}
        </EditOutcome>
      )}
      <NicTable
        rows={rows}
        view={view}
        selected={open}
        reason={reason}
        onOpen={(mac) => void setOpen(mac)}
        onEdit={setEditing}
        onUnplug={setUnplugging}
        onEdited={setEdited}
        empty={
          <Empty title={t('noNicsTitle')} action={add}>
            {t('noNicsText')}
          </Empty>
        }
      />
      {open === notYet && <NewNicPanel vm={vm} onEdited={setEdited} onClose={() => void setOpen(null)} />}
      {opened !== undefined && beingEdited === undefined && leaving === undefined && (
        <NicPanel
          key={opened.nic.mac}
          row={opened}
          view={view}
          reason={reason}
          onEdit={() => setEditing(opened.nic.mac)}
          onUnplug={() => setUnplugging(opened.nic.mac)}
          onClose={() => void setOpen(null)}
        />
      )}
      {beingEdited !== undefined && (
        <EditNicPanel
          key={beingEdited.nic.mac}
          vm={vm}
          row={beingEdited}
          onEdited={setEdited}
          onClose={() => setEditing(null)}
        />
      )}
      {leaving !== undefined && (
        <UnplugNic
          key={leaving.nic.mac}
          row={leaving}
          onEdited={(result) => {
            setEdited(result)
            void setOpen(null)
          }}
          onClose={() => setUnplugging(null)}
        />
      )}
    </section>
  )
}
