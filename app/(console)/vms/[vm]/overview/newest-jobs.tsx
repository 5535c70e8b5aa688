'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { JobState } from '@/components/parts/job-state.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { useJobsOf } from '@/lib/wire/vms.ts'
import { Section } from './section.tsx'

/** What was lately done to it at length: made, copied, moved, snapshots. */
export function NewestJobs({ vm }: { vm: VmDetail }) {
  const t = useTranslations('vms')
  const { data: jobs, error, refetch } = useJobsOf(vm.id)
  return (
    <Section id="jobs-title" title={t('jobs')}>
      {error !== null && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {jobs?.length === 0 && <p className="text-ink-2">{t('noJobs')}</p>}
      <ul>
        {jobs?.map(({ id, title, state, createdAt, createdBy }) => (
          <li key={id} className="flex flex-wrap items-baseline gap-x-3 border-b border-line py-1.5">
            <Link href={`/jobs/${id}`} className="min-w-0 font-bold break-words hover:text-accent">
              {title}
            </Link>
            <JobState state={state} />
            <span className="text-12 text-ink-3">
              <Time at={createdAt} /> · {createdBy}
            </span>
          </li>
        ))}
      </ul>
      {jobs !== undefined && jobs.length > 0 && (
        <p className="mt-2">
          <Link
            href={`/jobs?vm=${encodeURIComponent(`${vm.host.name}:${vm.name}`)}`}
            className="text-accent underline underline-offset-2"
          >
            {t('allJobs')}
          </Link>
        </p>
      )}
    </Section>
  )
}
