'use client'
import { useTranslations } from 'next-intl'
import { useMemo, useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { VmJob } from '@/components/vms/vm-job.tsx'
import type { VmSnapshotList } from '@/lib/contract/vm-snapshots.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useVmSnapshots } from '@/lib/wire/vm-snapshots.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { Ask, type Asked } from './ask.tsx'
import { NewSnapshotDialog } from './new-snapshot.tsx'
import { SnapshotTree } from './snapshot-tree.tsx'

/** A VM's snapshots: the tree, where the VM stands in it, and all that can be done with it. */
export function Snapshots() {
  const t = useTranslations('vm-snapshots')
  const vm = useCurrentVm()
  // Two hosts may have a VM of one UUID.
  const reference = `${vm.host.name}:${vm.id}`
  const snapshots = useVmSnapshots(reference)
  const refusal = useMe().data?.refusals['vm.edit'] ?? vm.gap
  const [isTaking, setTaking] = useState(false)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [job, setJob] = useState<string | null>(null)
  const reason = refusal ?? (snapshots.data === undefined ? null : noneOffered(snapshots.data))
  useActions(
    useMemo(() => [{ label: t('take'), key: 'n', run: () => setTaking(true), disabledReason: reason }], [t, reason]),
  )
  if (snapshots.data === undefined)
    return snapshots.error === null ? (
      <Skeleton />
    ) : (
      <ProblemNotice error={snapshots.error} onRetry={() => void snapshots.refetch()} />
    )
  const { items, leftovers } = snapshots.data
  const take = (
    <Button variant="primary" disabledReason={reason} onClick={() => setTaking(true)}>
      {t('take')}
    </Button>
  )
  return (
    <section aria-labelledby="snapshots-title" className="flex max-w-240 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="snapshots-title" className="text-16">
          {t('title')}
        </h2>
        {items.length > 0 && <span className="ml-auto">{take}</span>}
      </div>
      {snapshots.error !== null && <ProblemNotice error={snapshots.error} />}
      {job !== null && <VmJob key={job} id={job} onClose={() => setJob(null)} />}
      {leftovers.map(({ disk, name, command }) => (
        <Notice key={`${disk} ${name}`} tone="warn" title={t('leftover', { name, disk })}>
          <p className="mb-2">{t('leftoverText')}</p>
          <Code text={command} label={t('leftoverCommand', { name })} />
        </Notice>
      ))}
      {items.length === 0 ? (
        <Empty title={t('emptyTitle')} action={take}>
          {reason !== null && refusal === null ? reason : t('emptyText')}
        </Empty>
      ) : (
        <SnapshotTree items={items} state={vm.state} reason={refusal} onAsk={setAsked} />
      )}
      {isTaking && (
        <NewSnapshotDialog
          reference={reference}
          offer={snapshots.data.offer}
          onStarted={setJob}
          onClose={() => setTaking(false)}
        />
      )}
      {asked !== null && (
        <Ask asked={asked} reference={reference} vm={vm} onStarted={setJob} onClose={() => setAsked(null)} />
      )}
    </section>
  )
}

const noneOffered = ({ offer }: VmSnapshotList): string | null =>
  offer.internal !== null && offer.external !== null ? offer.internal : null
