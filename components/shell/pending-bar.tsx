'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { ChangeState } from '@/components/parts/change-state.tsx'
import { Countdown } from '@/components/parts/countdown.tsx'
import { SentenceText } from '@/components/parts/sentence-text.tsx'
import { Time } from '@/components/parts/time.tsx'
import { Button } from '@/components/ui/button.tsx'
import { useProblemToast } from '@/components/parts/problem-notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Change } from '@/lib/contract/network.ts'
import { isUndecided, networkQueries, useExtendChange, useKeepChange, useUndoChange } from '@/lib/wire/network.ts'
import { keys, useMe } from '@/lib/wire/queries.ts'

const extendSeconds = 120

/** One line for each change that is not decided: what happens if nobody does anything, and the three ways to decide. */
export default function PendingBar({ changes }: { changes: readonly Change[] }) {
  const t = useTranslations('shell.pending')
  const told = useOutcomes(changes)
  return (
    <>
      {changes.length > 0 && (
        <section
          aria-label={t('label')}
          className="sticky top-12 z-20 flex flex-col border-b border-warn/60 bg-raised px-3 md:px-5"
        >
          {changes.map((change) => (
            <Line key={change.id} change={change} />
          ))}
        </section>
      )}
      <div role="status" aria-live="polite" className="sr-only">
        {told}
      </div>
    </>
  )
}

/** Says in which state each undecided change is, and how those ended that were undecided a moment ago. */
function useOutcomes(changes: readonly Change[]): string {
  const t = useTranslations('shell.pending')
  const states = useTranslations('changes.states')
  const cache = useQueryClient()
  const toast = useToast()
  const known = useRef(new Map<string, Change>())
  const [told, setTold] = useState('')
  const tell = useRef<(change: Change) => void>(() => undefined)
  const say = useRef<(moved: readonly Change[]) => void>(() => undefined)
  useEffect(() => {
    tell.current = (change) => {
      const { state, hostName: host, reason } = change
      const title = t(state === 'kept' ? 'kept' : state === 'failed' ? 'failed' : 'reverted', { host })
      toast(state === 'kept' ? 'ok' : 'bad', title, reason)
      setTold([title, reason].filter(Boolean).join(' '))
      void cache.invalidateQueries({ queryKey: keys.hosts.all() })
    }
    say.current = (moved) =>
      setTold(moved.map(({ hostName: host, state }) => t('announce', { host, what: states(state) })).join('. '))
  })
  useEffect(() => {
    const open = new Map(changes.map((change) => [change.id, change]))
    const moved = changes.filter(({ id, state }) => known.current.get(id)?.state !== state)
    if (moved.length > 0) say.current(moved)
    const gone = [...known.current.keys()].filter((id) => !open.has(id))
    known.current = open
    for (const id of gone)
      void cache
        .fetchQuery({ ...networkQueries.change(id), staleTime: 0 })
        .then((change) => {
          if (!isUndecided(change)) tell.current(change)
        })
        .catch(() => undefined)
  }, [changes, cache])
  return told
}

function Line({ change }: { change: Change }) {
  const t = useTranslations('shell.pending')
  const { state, deadlineAt, checks, summary, hostName: host } = change
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line py-2 not-first:border-t">
      <div className="min-w-0 flex-1 basis-72">
        <p className="font-bold wrap-anywhere">
          <First change={change} />
        </p>
        <p className="flex flex-wrap items-center gap-x-3 text-12 text-ink-2">
          <ChangeState state={state} />
          <Link
            href={`/hosts/${encodeURIComponent(host)}/changes/${change.id}`}
            className="min-w-0 truncate underline-offset-2 hover:underline"
          >
            <SentenceText sentence={summary} />
          </Link>
          {(state === 'pending' || state === 'silent') && (
            <span className="whitespace-nowrap">{t('checks', { passed: checks.passed, needed: checks.needed })}</span>
          )}
          {checks.lastFailure !== null && checks.passed < checks.needed && (
            <span className="min-w-0 truncate text-warn" title={checks.lastFailure}>
              {checks.lastFailure}
            </span>
          )}
        </p>
      </div>
      {deadlineAt !== null && state !== 'reverting' && <Countdown deadlineAt={deadlineAt} />}
      <Decide change={change} />
    </div>
  )
}

/** The first sentence: what happens if nobody does anything. */
function First({ change: { state, keep, deadlineAt, hostName: host } }: { change: Change }): ReactNode {
  const t = useTranslations('shell.pending')
  if (state === 'reverting') return t('reverting', { host })
  if (deadlineAt === null) return t('queued', { host })
  const key =
    state === 'silent'
      ? 'silent'
      : state === 'applying' || state === 'queued'
        ? 'applying'
        : keep === 'checks'
          ? 'byItself'
          : 'ifNothing'
  return t.rich(key, { host, time: () => <Time at={deadlineAt} length="clock" /> })
}

function Decide({ change: { id, state, hostName: host } }: { change: Change }) {
  const t = useTranslations('shell.pending')
  const toast = useToast()
  const onError = useProblemToast()
  const { data: me } = useMe()
  const keep = useKeepChange()
  const undo = useUndoChange()
  const extend = useExtendChange()
  const reason = me?.refusals['host.network'] ?? (state === 'silent' ? t('noWay', { host }) : null)
  if (state !== 'pending' && state !== 'silent' && state !== 'applying') return null
  return (
    <span className="flex flex-wrap gap-2">
      {state !== 'applying' && (
        <Button
          disabledReason={reason}
          pending={extend.isPending}
          onClick={() =>
            extend.mutate(
              { change: id, seconds: extendSeconds },
              { onSuccess: () => toast('ok', t('extended', { host })), onError },
            )
          }
        >
          {t('extend')}
        </Button>
      )}
      <Button disabledReason={reason} pending={undo.isPending} onClick={() => undo.mutate(id, { onError })}>
        {t('undo')}
      </Button>
      {state !== 'applying' && (
        <Button
          variant="primary"
          disabledReason={reason}
          pending={keep.isPending}
          onClick={() => keep.mutate(id, { onError })}
        >
          {t('keep')}
        </Button>
      )}
    </span>
  )
}
