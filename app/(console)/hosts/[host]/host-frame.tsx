'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { usePathname, useRouter } from 'next/navigation'
import { type ReactNode, useMemo } from 'react'
import { Figure, useScale } from '@/components/parts/figure.tsx'
import { HostState } from '@/components/parts/host-state.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { ButtonLink } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Host } from '@/lib/contract/hosts.ts'
import { memoryText } from '@/lib/kit/units.ts'
import { useFleet } from '@/lib/wire/live.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useHost } from '@/lib/wire/queries.ts'
import { CurrentHost } from './current-host.tsx'

const tabs = ['live', 'network', 'networks', 'storage', 'vms', 'changes', 'system', 'prepare'] as const

/** What stands around each tab of a host: who it is, how it is, what else there is to see. */
export function HostFrame({ reference, children }: { reference: string; children: ReactNode }) {
  const t = useTranslations('hosts')
  const { data: host, error, refetch } = useHost(reference)
  if (host === undefined) {
    if (error === null) return <Skeleton rows={8} />
    const isGone = error instanceof ProblemError && error.status === 404
    return (
      <>
        <PageTitle title={reference} />
        <ProblemNotice error={error} onRetry={isGone ? undefined : () => void refetch()} />
        <p className="mt-3">
          <Link href="/hosts" className="text-accent underline underline-offset-2">
            {t('toHosts')}
          </Link>
        </p>
      </>
    )
  }
  return (
    <CurrentHost value={host}>
      <PageTitle title={host.name} aside={<Identity host={host} />} />
      <Trouble host={host} />
      <Tabs host={host} />
      {children}
    </CurrentHost>
  )
}

function Identity({ host }: { host: Host }) {
  const t = useTranslations('hosts')
  const row = useFleet()?.rows.get(host.id)
  const scale = useScale([row?.rxPps ?? null, row?.txPps ?? null])
  const { summary } = host
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-2">
      <HostState state={host.state} />
      {summary !== null && (
        <span className="figures text-ink-3">
          {[summary.backEnd, summary.kernel, `${summary.threads}c/${memoryText(summary.memoryBytes)}`].join('  ')}
        </span>
      )}
      <span className="text-12 text-ink-3">
        {t('uplinks')} rx <Figure value={row?.rxPps ?? null} scale={scale} />
        tx <Figure value={row?.txPps ?? null} scale={scale} />
        pps
      </span>
    </div>
  )
}

/** Why there is nothing live, since when, and the way out. What was known stays in view beneath. */
function Trouble({ host }: { host: Host }) {
  const t = useTranslations('hosts')
  if (host.state === 'up' || (host.state === 'connecting' && host.reason === null)) return null
  const isKey = host.state === 'key-changed'
  return (
    <div className="mb-4">
      <Notice
        tone={host.state === 'connecting' ? 'busy' : 'bad'}
        title={host.reason ?? t('noReason')}
        action={
          isKey ? (
            <ButtonLink href={`/hosts/${encodeURIComponent(host.name)}/system#keys`}>{t('compareKeys')}</ButtonLink>
          ) : undefined
        }
      >
        {t('since')} <Time at={host.since} />
        {host.lastSeenAt !== null && (
          <>
            {' · '}
            {t('lastSeen')} <Time at={host.lastSeenAt} />
          </>
        )}
        {' · '}
        {isKey ? t('keyStop') : t('comesBack')}
      </Notice>
    </div>
  )
}

function Tabs({ host }: { host: Host }) {
  const t = useTranslations('hosts')
  const router = useRouter()
  const here = usePathname().split('/')[3]
  const { name } = host
  useActions(
    useMemo(
      () =>
        tabs.map((tab) => ({
          label: t('tabOf', { host: name, tab: t(`tabs.${tab}`) }),
          run: () => router.push(`/hosts/${encodeURIComponent(name)}/${tab}`),
        })),
      [t, router, name],
    ),
  )
  return (
    <nav
      aria-label={t('tabsLabel', { host: host.name })}
      className="mb-4 flex gap-1 overflow-x-auto border-b border-line"
    >
      {tabs.map((tab) => (
        <Link
          key={tab}
          href={`/hosts/${encodeURIComponent(host.name)}/${tab}`}
          aria-current={here === tab ? 'page' : undefined}
          className={`-mb-px border-b-2 px-2.5 py-1.5 whitespace-nowrap transition-colors duration-[120ms] ${here === tab ? 'border-accent text-ink' : 'border-transparent text-ink-2 hover:text-ink'}`}
        >
          {t(`tabs.${tab}`)}
        </Link>
      ))}
    </nav>
  )
}
