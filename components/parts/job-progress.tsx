'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { type ReactNode, useEffect } from 'react'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Job } from '@/lib/contract/jobs.ts'
import { useJobEvents } from '@/lib/wire/job-events.ts'
import { keys, useJob } from '@/lib/wire/queries.ts'
import { hasEnded, type LogLine, told, type Told } from '@/lib/wire/told.ts'
import { JobState } from './job-state.tsx'
import { JobSteps } from './job-steps.tsx'
import { ProblemNotice } from './problem-notice.tsx'

/** What a job's row and its events say together, kept true while it runs. */
export function useToldJob(job: Job): Told & { logEnded: boolean } {
  const feed = useJobEvents(job.id)
  const now = told(job, feed.events)
  const cache = useQueryClient()
  // The row's end (times, problem, result) is read when the events say that there is one.
  const isBehind = hasEnded(now.state) && !hasEnded(job.state)
  const { id } = job
  useEffect(() => {
    if (isBehind) void cache.invalidateQueries({ queryKey: keys.jobs.one(id) })
  }, [cache, id, isBehind])
  return { ...now, logEnded: feed.ended }
}

export function ProgressBar({ fraction, isOver }: { fraction: number; isOver: boolean }) {
  const t = useTranslations('jobs')
  const percent = Math.round(fraction * 100)
  return (
    <div className="flex items-center gap-3">
      <div
        role="progressbar"
        aria-label={t('progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        className="h-1 flex-1 overflow-hidden rounded-full bg-hover"
      >
        <div className={`h-full ${isOver ? 'bg-ink-3' : 'bg-busy'}`} style={{ width: `${percent}%` }} />
      </div>
      <span className="figures w-12 text-right text-ink-2">{percent} %</span>
    </div>
  )
}

interface Props {
  id: string
  /** What to do next, once it is done. */
  done?: (job: Job) => ReactNode
  /** What to do next when it failed or was stopped. */
  failed?: (job: Job) => ReactNode
}

/** A job where it was asked for: its steps, its progress, its end. */
export function JobProgress({ id, done, failed }: Props) {
  const job = useJob(id)
  if (job.data !== undefined) return <Shown job={job.data} done={done} failed={failed} />
  return job.error === null ? (
    <Skeleton rows={3} />
  ) : (
    <ProblemNotice error={job.error} onRetry={() => void job.refetch()} />
  )
}

/** The newest lines tell what it does at the moment; the whole log is on the job's own page. */
const shownLines = 4

function Shown({ job, done, failed }: { job: Job } & Omit<Props, 'id'>) {
  const t = useTranslations('jobs')
  const { state, progress, steps, log } = useToldJob(job)
  const isOver = hasEnded(state)
  return (
    <section aria-label={job.title} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="text-16">{job.title}</h2>
        <span role="status">
          <JobState state={state} />
        </span>
        <Link href={`/jobs/${job.id}`} className="ml-auto text-12 text-ink-2 hover:text-accent">
          {t('toJob')}
        </Link>
      </div>
      <ProgressBar fraction={progress} isOver={isOver} />
      {job.problem !== null && (
        <Notice tone="bad" title={job.problem.title}>
          {job.problem.detail}
        </Notice>
      )}
      {state === 'done' && hasEnded(job.state) && done?.(job)}
      {isOver && state !== 'done' && hasEnded(job.state) && failed?.(job)}
      <JobSteps steps={steps} />
      {!isOver && log.length > 0 && <Tail lines={log.slice(-shownLines)} />}
    </section>
  )
}

function Tail({ lines }: { lines: readonly LogLine[] }) {
  const t = useTranslations('jobs')
  return (
    <div aria-label={t('log')} role="log" aria-live="off" className="figures text-ink-3">
      {lines.map(({ seq, text }) => (
        <div key={seq} className="truncate">
          {text}
        </div>
      ))}
    </div>
  )
}
