'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { useEffect, useEffectEvent, useState } from 'react'
import { ProgressBar, useToldJob } from '@/components/parts/job-progress.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Job } from '@/lib/contract/jobs.ts'
import type { Vm } from '@/lib/contract/vms.ts'
import { keys, useJob } from '@/lib/wire/queries.ts'
import { hasEnded } from '@/lib/wire/told.ts'

interface Props {
  id: string
  onClose: () => void
}

/** What is being done to a VM, while it is; what went wrong stays until it is read. */
export function VmJob({ id, onClose }: Props) {
  const job = useJob(id)
  if (job.data !== undefined) return <Shown job={job.data} onClose={onClose} />
  return job.error === null ? null : <ProblemNotice error={job.error} onRetry={() => void job.refetch()} />
}

/** The job that is at work on this VM, whoever asked for it. */
export function DoingJob({ vm: { doingJob } }: { vm: Pick<Vm, 'doingJob'> }) {
  const [seen, setSeen] = useState(doingJob)
  const [closed, setClosed] = useState<string | null>(null)
  if (doingJob !== null && doingJob !== seen) setSeen(doingJob)
  if (seen === null || seen === closed) return null
  return (
    <div className="mb-4">
      <VmJob key={seen} id={seen} onClose={() => setClosed(seen)} />
    </div>
  )
}

function Shown({ job, onClose }: { job: Job } & Pick<Props, 'onClose'>) {
  const t = useTranslations('jobs')
  const toast = useToast()
  const cache = useQueryClient()
  const { state, log, progress } = useToldJob(job)
  const isOver = hasEnded(state) && hasEnded(job.state)
  const onEnd = useEffectEvent(() => {
    void cache.invalidateQueries({ queryKey: keys.vms.all() })
    if (state === 'done') toast('ok', t('ended', { what: job.title }))
    if (state !== 'failed') onClose()
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
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-y border-line py-2">
      <span role="status" className="flex flex-wrap gap-x-4">
        <State tone="busy" word={job.title} />
        <span className="text-ink-3">{log.at(-1)?.text}</span>
      </span>
      {/* Of some work libvirt does not tell how far it is. */}
      <span className="min-w-40 flex-1">{progress > 0 && <ProgressBar fraction={progress} isOver={isOver} />}</span>
      <Link href={`/jobs/${job.id}`} className="text-12 text-ink-2 hover:text-accent">
        {t('toJob')}
      </Link>
    </div>
  )
}
