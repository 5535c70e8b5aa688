'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { usePathname, useRouter } from 'next/navigation'
import { type ReactNode, useMemo } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Time } from '@/components/parts/time.tsx'
import { VmNow } from '@/components/parts/vm-state.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { Silent, Unheard, VmActions } from '@/components/vms/vm-actions.tsx'
import { DoingJob } from '@/components/vms/vm-job.tsx'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { memoryText } from '@/lib/kit/units.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { useVm } from '@/lib/wire/vms.ts'
import { CurrentVm } from './current-vm.tsx'

const tabs = ['overview', 'console', 'network', 'disks', 'snapshots', 'settings', 'definition'] as const

/** What stands around each tab of a VM: which it is, how it is, what can be done with it, what else there is to see. */
export function VmFrame({ reference, children }: { reference: string; children: ReactNode }) {
  const t = useTranslations('vms')
  const { data: vm, error, refetch } = useVm(reference)
  if (vm === undefined) {
    if (error === null) return <Skeleton rows={8} />
    const isGone = error instanceof ProblemError && error.status === 404
    return (
      <>
        <PageTitle title={reference} />
        <ProblemNotice error={error} onRetry={isGone ? undefined : () => void refetch()} />
        <p className="mt-3">
          <Link href="/vms" className="text-accent underline underline-offset-2">
            {t('toVms')}
          </Link>
        </p>
      </>
    )
  }
  return (
    <CurrentVm value={vm}>
      <PageTitle title={vm.name} aside={<Identity vm={vm} />} action={<VmActions vm={vm} />} />
      {vm.gap !== null && (
        <div className="mb-4">
          <Notice tone="warn" title={t('hostGap', { host: vm.host.name })}>
            {vm.gap} {t.rich('seenAt', { at: () => <Time at={vm.readAt} /> })}
          </Notice>
        </div>
      )}
      {error !== null && vm.gap === null && (
        <div className="mb-4">
          <ProblemNotice error={error} onRetry={() => void refetch()} />
        </div>
      )}
      <Silent vm={vm} />
      <Unheard vm={vm} />
      <DoingJob vm={vm} />
      <Tabs vm={vm} reference={reference} />
      {children}
    </CurrentVm>
  )
}

function Identity({ vm }: { vm: VmDetail }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-2">
      <VmNow vm={vm} />
      <Link href={`/hosts/${encodeURIComponent(vm.host.name)}/vms`} className="hover:text-accent">
        {vm.host.name}
      </Link>
      <span className="figures text-ink-3">{`${vm.vcpus}c/${memoryText(vm.memoryBytes)}  ${vm.type}`}</span>
    </div>
  )
}

function Tabs({ vm, reference }: { vm: VmDetail; reference: string }) {
  const t = useTranslations('vms')
  const router = useRouter()
  const here = usePathname().split('/')[3]
  const base = `/vms/${encodeURIComponent(reference)}`
  const { name } = vm
  useActions(
    useMemo(
      () =>
        tabs.map((tab) => ({
          label: t('tabOf', { vm: name, tab: t(`tabs.${tab}`) }),
          run: () => router.push(`${base}/${tab}`),
        })),
      [t, router, name, base],
    ),
  )
  return (
    <nav aria-label={t('tabsLabel', { vm: name })} className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab}
          href={`${base}/${tab}`}
          aria-current={here === tab ? 'page' : undefined}
          className={`-mb-px border-b-2 px-2.5 py-1.5 whitespace-nowrap transition-colors duration-[120ms] ${here === tab ? 'border-accent text-ink' : 'border-transparent text-ink-2 hover:text-ink'}`}
        >
          {t(`tabs.${tab}`)}
        </Link>
      ))}
    </nav>
  )
}
