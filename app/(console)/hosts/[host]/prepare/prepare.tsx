'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Dialog } from '@/components/ui/dialog.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { State, type Tone } from '@/components/ui/state.tsx'
import type { Check } from '@/lib/contract/hosts.ts'
import { usePrepare } from '@/lib/wire/mutations.ts'
import { useChecks, useJobs, useMe } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'

const tone: Record<Check['state'], Tone> = {
  ok: 'ok',
  missing: 'bad',
  warning: 'warn',
  unknown: 'off',
  'not-needed': 'off',
}

/** What a host needs to carry bridged VMs: seen, explained, put in order by jobs whose commands are shown first. */
export function Prepare() {
  const t = useTranslations('prepare')
  const ui = useTranslations('ui')
  const host = useCurrentHost()
  const checks = useChecks(host.name)
  const { data: me } = useMe()
  const [asked, setAsked] = useState<readonly Check[] | null>(null)
  const reason = me?.refusals['host.prepare'] ?? null
  if (checks.data === undefined)
    return checks.error === null ? (
      <Skeleton rows={8} />
    ) : (
      <ProblemNotice error={checks.error} onRetry={() => void checks.refetch()} />
    )
  const fixable = checks.data.filter(({ state, fix }) => fix !== null && (state === 'missing' || state === 'warning'))
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        {fixable.length === 0 ? (
          <State tone="ok" word={t('allWell')} />
        ) : (
          <State tone="warn" word={t('toDo', { count: fixable.length })} />
        )}
        <span className="ml-auto flex gap-2">
          <Button pending={checks.isFetching} onClick={() => void checks.refetch()}>
            {t('lookAgain')}
          </Button>
          {fixable.length > 0 && (
            <Button variant="primary" disabledReason={reason} onClick={() => setAsked(fixable)}>
              {t('fixAll', { count: fixable.length })}
            </Button>
          )}
        </span>
      </div>
      <Running />
      <ul aria-label={t('list')}>
        {checks.data.map((check) => (
          <li
            key={check.id}
            className="grid items-start gap-x-6 gap-y-1 border-b border-line py-3 md:grid-cols-[8rem_minmax(0,1fr)_auto]"
          >
            <State tone={tone[check.state]} word={t(`states.${check.state}`)} />
            <div className="min-w-0">
              <h2 className="font-bold">{check.title}</h2>
              <p className="text-ink-2 wrap-anywhere">{check.evidence}</p>
              <details className="mt-1 text-ink-2">
                <summary className="text-12 text-ink-3">{t('why')}</summary>
                <p className="mt-1 max-w-160">{check.why}</p>
                {check.fix !== null && (
                  <div className="mt-2 flex flex-col gap-2">
                    <p>{check.fix.sentence}</p>
                    <Code text={check.fix.commands.join('\n')} label={t('commands')} />
                  </div>
                )}
              </details>
            </div>
            {fixable.includes(check) && (
              <Button disabledReason={reason} onClick={() => setAsked([check])}>
                {t('fix')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {asked !== null && <Confirm checks={asked} onClose={() => setAsked(null)} cancel={ui('cancel')} />}
    </div>
  )
}

/** A job that prepares this host right now. */
function Running() {
  const t = useTranslations('prepare')
  const host = useCurrentHost()
  const jobs = useJobs({ host: host.id, state: 'running' }).data?.pages[0]?.items ?? []
  return jobs.map((job) => (
    <Notice
      key={job.id}
      tone="busy"
      title={job.title}
      action={
        <Link href={`/jobs/${job.id}`} className="text-accent underline underline-offset-2">
          {t('toJob')}
        </Link>
      }
    />
  ))
}

function Confirm({ checks, onClose, cancel }: { checks: readonly Check[]; onClose: () => void; cancel: string }) {
  const t = useTranslations('prepare')
  const host = useCurrentHost()
  const router = useRouter()
  const prepare = usePrepare()
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={t('confirmTitle', { host: host.name })}
      description={t('confirmText')}
      footer={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button
            variant="primary"
            pending={prepare.isPending}
            onClick={() =>
              prepare.mutate(
                { host: host.id, checks: checks.map(({ id }) => id) },
                { onSuccess: ({ id }) => router.push(`/jobs/${id}`) },
              )
            }
          >
            {t('runCommands')}
          </Button>
        </>
      }
    >
      {checks.map(({ id, title, fix }) => (
        <section key={id} className="flex flex-col gap-1.5">
          <h3 className="font-bold">{title}</h3>
          <p className="text-ink-2">{fix?.sentence}</p>
          <Code text={fix?.commands.join('\n') ?? ''} label={t('commandsOf', { check: title })} />
        </section>
      ))}
      {prepare.error !== null && <ProblemNotice error={prepare.error} />}
    </Dialog>
  )
}
