'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, useId, useState } from 'react'
import type { EditedVm, FieldOutcome } from '@/lib/contract/vm-edit.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { EditOutcome } from '../edit-outcome.tsx'
import type { OwnEdit } from '../edit-problem.tsx'
import { PendingNotice } from '../pending-notice.tsx'
import { About } from './about.tsx'
import { BootOrder } from './boot-order.tsx'
import { CloudInitAgain } from './cloud-init.tsx'
import { Resources } from './resources.tsx'

export interface SettingsFormProps {
  /** Why it can't be changed, or null. */
  reason: string | null
  /** @param from the etag it began with */
  onEdited: (edited: EditedVm, from: string) => void
  /** The newest edit by any form of the page. */
  own: OwnEdit | null
}

/** What a VM has and is called; each part is saved by itself. */
export function VmSettings() {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const reason = useMe().data?.refusals['vm.edit'] ?? vm.gap
  const [outcome, setOutcome] = useState<readonly FieldOutcome[] | null>(null)
  const [own, setOwn] = useState<OwnEdit | null>(null)
  const onEdited: SettingsFormProps['onEdited'] = (edited, from) => {
    setOutcome(edited.outcome)
    setOwn({ from, to: edited.vm.etag })
    // What came of it stands above the forms; a long page would hide it.
    document.getElementById('content')?.scrollIntoView({ block: 'start' })
  }
  return (
    <div className="flex flex-col gap-4">
      {outcome !== null && (
        <EditOutcome outcome={outcome} isRunning={vm.xml.running !== null} onDismiss={() => setOutcome(null)} />
      )}
      {outcome === null && <PendingNotice />}
      <div className="grid items-start gap-x-10 gap-y-8 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-8">
          <Part title={t('resources')}>
            <Resources reason={reason} onEdited={onEdited} own={own} />
          </Part>
          <Part title={t('bootOrder')}>
            <BootOrder key={JSON.stringify(vm.bootOrder)} reason={reason} onEdited={onEdited} own={own} />
          </Part>
        </div>
        <div className="flex min-w-0 flex-col gap-8">
          <Part title={t('about')}>
            <About reason={reason} onEdited={onEdited} own={own} />
          </Part>
          <Part title={t('cloudInit')}>
            <CloudInitAgain reason={reason} onEdited={onEdited} own={own} />
          </Part>
        </div>
      </div>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="flex min-w-0 flex-col gap-3">
      <h2 id={id} className="text-16">
        {title}
      </h2>
      {children}
    </section>
  )
}
