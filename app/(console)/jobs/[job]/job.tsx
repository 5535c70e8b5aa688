'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { type ReactNode, useState } from 'react'
import { Elapsed } from '@/components/parts/elapsed.tsx'
import { ProgressBar, useToldJob } from '@/components/parts/job-progress.tsx'
import { JobState } from '@/components/parts/job-state.tsx'
import { JobSteps } from '@/components/parts/job-steps.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Job } from '@/lib/contract/jobs.ts'
import { useCancelJob } from '@/lib/wire/mutations.ts'
import { useJob, useMe } from '@/lib/wire/queries.ts'
import { Log } from './log.tsx'
import { hasEnded } from '@/lib/wire/told.ts'

export function JobPage({ id }: { id: string }) {
  const t = useTranslations('jobs')
  const job = useJob(id)
  if (job.data !== undefined) return <Shown job={job.data} />
  return (
    <>
      <PageTitle title={t('job')} />
      {job.error === null ? (
        <Skeleton rows={6} />
      ) : (
        <ProblemNotice error={job.error} onRetry={() => void job.refetch()} />
      )}
    </>
  )
}

function Shown({ job }: { job: Job }) {
  const t = useTranslations('jobs')
  const { state, progress, steps, log, logEnded } = useToldJob(job)
  return (
    <>
      <PageTitle
        title={job.title}
        aside={
          <span role="status">
            <JobState state={state} />
          </span>
        }
        action={!hasEnded(state) && <Cancel job={job} />}
      />
      <dl className="mb-4 flex flex-wrap gap-x-8 gap-y-1">
        {job.hostName !== null && (
          <Fact name={t('host')}>
            <Link href={`/hosts/${encodeURIComponent(job.hostName)}/live`} className="text-accent hover:underline">
              {job.hostName}
            </Link>
          </Fact>
        )}
        <Fact name={t('who')}>{job.createdBy}</Fact>
        <Fact name={t('asked')}>
          <Time at={job.createdAt} />
        </Fact>
        <Fact name={t('duration')}>
          <Elapsed startedAt={job.startedAt} endedAt={job.endedAt} />
        </Fact>
      </dl>
      {job.problem !== null && (
        <div className="mb-4">
          <Notice tone="bad" title={job.problem.title}>
            {job.problem.detail}
          </Notice>
        </div>
      )}
      <ProgressBar fraction={progress} isOver={hasEnded(state)} />
      <div className="mt-5 grid gap-x-8 gap-y-6 lg:grid-cols-[280px_minmax(0,1fr)]">
        <JobSteps steps={steps} />
        <div className="flex min-w-0 flex-col gap-6">
          <Log name={job.id} lines={log} isOver={logEnded} />
          {job.result !== null && (
            <details>
              <summary className="text-ink-2 hover:text-ink">{t('result')}</summary>
              <div className="mt-2">
                <Code text={JSON.stringify(job.result, null, 2)} label={t('result')} />
              </div>
            </details>
          )}
        </div>
      </div>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-2">
      <dt className="text-ink-3">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Cancel({ job }: { job: Job }) {
  const t = useTranslations('jobs')
  const [isAsking, setIsAsking] = useState(false)
  const refused = useMe().data?.refusals['job.cancel']
  const cancel = useCancelJob()
  return (
    <>
      <Button
        variant="danger"
        pending={cancel.isSuccess}
        disabledReason={refused ?? (job.cancellable ? null : t('notCancellable'))}
        onClick={() => setIsAsking(true)}
      >
        {t('cancel')}
      </Button>
      {isAsking && (
        <Confirm
          title={t('cancelTitle')}
          description={t('cancelLead')}
          action={t('cancel')}
          pending={cancel.isPending}
          onClose={() => setIsAsking(false)}
          onConfirm={() => cancel.mutate(job.id, { onSuccess: () => setIsAsking(false) })}
        >
          {cancel.error !== null && <ProblemNotice error={cancel.error} />}
        </Confirm>
      )}
    </>
  )
}
