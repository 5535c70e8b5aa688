'use client'
import { useTranslations } from 'next-intl'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { ChangeState } from '@/components/parts/change-state.tsx'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { PlanCommands, PlanFiles, PlanSteps } from '@/components/parts/plan-steps.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { SentenceText } from '@/components/parts/sentence-text.tsx'
import { Time } from '@/components/parts/time.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Change } from '@/lib/contract/network.ts'
import { isUndecided, useChange } from '@/lib/wire/network.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../../current-host.tsx'

const OperationChange = dynamic(
  () => import('../../network/change-panel.tsx').then((module) => module.OperationChange),
  { ssr: false },
)

/** One change: what it did, how it ended, and the way back. */
export function ChangePage({ id }: { id: string }) {
  const change = useChange(id)
  if (change.data !== undefined) return <Shown change={change.data} />
  if (change.error === null) return <Skeleton rows={6} />
  return <ProblemNotice error={change.error} onRetry={() => void change.refetch()} />
}

const reasonTone = { kept: 'off', reverted: 'warn', failed: 'bad' } as const

function Shown({ change }: { change: Change }) {
  const t = useTranslations('changes')
  const { state, reason, detail, checks, deadlineAt } = change
  const here = `/hosts/${encodeURIComponent(change.hostName)}`
  return (
    <article className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="min-w-0 text-16 wrap-anywhere">
          <SentenceText sentence={change.summary} />
        </h2>
        <span role="status">
          <ChangeState state={state} />
        </span>
        <span className="ml-auto">
          <Revert change={change} />
        </span>
      </div>
      {reason !== null && (
        <Notice tone={state in reasonTone ? reasonTone[state as keyof typeof reasonTone] : 'warn'} title={reason} />
      )}
      <div className="grid items-start gap-x-8 gap-y-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]">
        <div className="flex min-w-0 flex-col gap-5">
          <DefinitionList>
            <Definition term={t('who')}>{change.createdBy}</Definition>
            <Definition term={t('when')}>
              <Time at={change.createdAt} />
            </Definition>
            {change.endedAt !== null && (
              <Definition term={t('ended')}>
                <Time at={change.endedAt} />
              </Definition>
            )}
            {deadlineAt !== null && (
              <Definition term={t('deadline')}>
                <Time at={deadlineAt} />
              </Definition>
            )}
            <Definition term={t('keepMode')}>{t(`keepModes.${change.keep}`)}</Definition>
            <Definition term={t('checks')}>
              {t('checksOf', { passed: checks.passed, needed: checks.needed })}
              {checks.lastFailure !== null && <span className="block text-ink-2">{checks.lastFailure}</span>}
            </Definition>
            {change.reverts !== null && (
              <Definition term={t('reverts')}>
                <Link href={`${here}/changes/${change.reverts}`} className="figures text-accent hover:underline">
                  {change.reverts}
                </Link>
              </Definition>
            )}
            {change.jobId !== null && (
              <Definition term={t('jobLog')}>
                <Link href={`/jobs/${change.jobId}`} className="figures text-accent hover:underline">
                  {change.jobId}
                </Link>
              </Definition>
            )}
          </DefinitionList>
          <section className="flex flex-col gap-2">
            <h3 className="font-bold">{t('steps')}</h3>
            <PlanSteps steps={change.steps} />
          </section>
          {detail !== null && (
            <section className="flex flex-col gap-2">
              <h3 className="font-bold">{t('journal')}</h3>
              <Code text={detail} label={t('journal')} />
            </section>
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <PlanFiles files={change.files} />
          <PlanCommands commands={change.commands} />
        </div>
      </div>
    </article>
  )
}

/** A kept change can be undone as a new one, while its files are as it left them. */
function Revert({ change }: { change: Change }) {
  const t = useTranslations('changes')
  const host = useCurrentHost()
  const { data: me } = useMe()
  const [isAsked, setAsked] = useState(false)
  const reason =
    me?.refusals['host.network'] ??
    (change.revertible
      ? null
      : t(
          isUndecided(change)
            ? 'notRevertible.undecided'
            : change.state === 'kept'
              ? 'notRevertible.touched'
              : 'notRevertible.notKept',
        ))
  return (
    <>
      <Button disabledReason={reason} onClick={() => setAsked(true)}>
        {t('revert')}
      </Button>
      {isAsked && (
        <OperationChange
          title={t('revertTitle', { host: host.name })}
          operation={{ op: 'change.revert', change: change.id }}
          reason={reason}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  )
}
