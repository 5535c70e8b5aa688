'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { useEffect, useEffectEvent } from 'react'
import { useToldJob } from '@/components/parts/job-progress.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Job } from '@/lib/contract/jobs.ts'
import { useJob } from '@/lib/wire/queries.ts'
import { hasEnded } from '@/lib/wire/told.ts'
import { useSnapshotsChanged } from '@/lib/wire/vm-snapshots.ts'

interface Props {
  id: string
  onClose: () => void
}

/** What is being done to the snapshots, while it is; what went wrong stays until it is read. */
export function SnapshotJob({ id, onClose }: Props) {
  const job = useJob(id)
  if (job.data !== undefined) return <Shown job={job.data} onClose={onClose} />
  return job.error === null ? null : <ProblemNotice error={job.error} onRetry={() => void job.refetch()} />
}

function Shown({ job, onClose }: { job: Job } & Pick<Props, 'onClose'>) {
  const t = useTranslations('vm-snapshots')
  const toast = useToast()
  const changed = useSnapshotsChanged()
  const { state, log } = useToldJob(job)
  const isOver = hasEnded(state) && hasEnded(job.state)
  const onEnd = useEffectEvent(() => {
    changed()
    if (state !== 'done') return
    toast('ok', t('done', { what: job.title }))
    onClose()
  })
  useEffect(() => {
    if (isOver) onEnd()
  }, [isOver])
  if (job.problem !== null)
    return (
      <Notice tone="bad" title={job.problem.title} action={<Button onClick={onClose}>{t('close')}</Button>}>
        {job.problem.detail}
      </Notice>
    )
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-4 gap-y-1 border-y border-line py-2">
      <State tone="busy" word={job.title} />
      <span className="text-ink-3">{log.at(-1)?.text}</span>
      <Link href={`/jobs/${job.id}`} className="ml-auto text-12 text-ink-2 hover:text-accent">
        {t('toJob')}
      </Link>
    </div>
  )
}
