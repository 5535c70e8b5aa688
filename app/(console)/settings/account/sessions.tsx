'use client'
import { useTranslations } from 'next-intl'
import { browserName } from '@/components/account/browser-name.ts'
import { ProblemNotice, useProblemToast } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { State } from '@/components/ui/state.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { Session } from '@/lib/contract/account.ts'
import { useEndSession } from '@/lib/wire/mutations.ts'
import { useSessions } from '@/lib/wire/queries.ts'

export function Sessions() {
  const t = useTranslations('account.sessions')
  const toast = useToast()
  const failed = useProblemToast()
  const sessions = useSessions()
  const end = useEndSession()
  if (sessions.error !== null) return <ProblemNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
  if (sessions.data === undefined) return <Skeleton rows={2} />
  const shown = sessions.data.toSorted((a, b) => Number(b.current) - Number(a.current))
  const others = shown.filter(({ current }) => !current)
  const endAll = async (ended: readonly Session[]) => {
    try {
      for (const { id } of ended) await end.mutateAsync(id)
      toast('ok', t('ended', { count: ended.length }))
    } catch (failure) {
      failed(failure as Error)
    }
  }
  return (
    <div className="flex flex-col gap-3">
      <ul aria-label={t('title')} className="border-t border-line">
        {shown.map((session) => (
          <Row key={session.id} session={session} onEnd={() => void endAll([session])} isEnding={end.isPending} />
        ))}
      </ul>
      {others.length > 1 && (
        <div>
          <Button pending={end.isPending} onClick={() => void endAll(others)}>
            {t('endOthers', { count: others.length })}
          </Button>
        </div>
      )}
    </div>
  )
}

function Row({ session, onEnd, isEnding }: { session: Session; onEnd: () => void; isEnding: boolean }) {
  const t = useTranslations('account.sessions')
  const name = browserName(session.userAgent)
  const label =
    name === null
      ? t('unknownBrowser')
      : name.system === null
        ? name.browser
        : t('browserOn', { browser: name.browser, system: name.system })
  return (
    <li className="flex items-center gap-3 border-b border-line py-2">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-3">
          <span title={session.userAgent ?? undefined}>{label}</span>
          {session.current && <State tone="ok" word={t('current')} className="text-12" />}
        </p>
        <p className="flex flex-wrap gap-x-3 text-12 text-ink-3">
          <span className="figures">{session.address ?? t('unknownAddress')}</span>
          <span>{t.rich('since', { at: () => <Time at={session.createdAt} /> })}</span>
          <span>{t.rich('lastUsed', { at: () => <Time at={session.lastUsedAt} /> })}</span>
        </p>
      </div>
      {!session.current && (
        <Button variant="quiet" pending={isEnding} onClick={onEnd} aria-label={t('endThis', { browser: label })}>
          {t('end')}
        </Button>
      )}
    </li>
  )
}
