'use client'
import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { type ReactNode, useMemo } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { VmTable } from '@/components/parts/vm-table.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { useHostViews } from '@/lib/wire/live.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useVms } from '@/lib/wire/vms.ts'

/** The VMs of a host, or of all of them. @param host name, or null */
export function VmList({ host, empty }: { host: string | null; empty: ReactNode }) {
  const t = useTranslations('vms')
  const { data, error, refetch } = useVms(host)
  const running = new Set(data?.items.filter(({ state }) => state !== 'shut-off').map((vm) => vm.host.id))
  const views = useHostViews([...running])
  if (data === undefined)
    return error === null ? <Skeleton rows={6} /> : <ProblemNotice error={error} onRetry={() => void refetch()} />
  const rows = data.items.map((vm) => ({
    vm,
    view: views.get(vm.host.id) ?? null,
  }))
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {error !== null && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data.gaps.length > 0 && (
        <Notice tone="warn" title={t('gaps', { count: data.gaps.length })}>
          <ul>
            {data.gaps.map((gap) => (
              <li key={gap.host.id}>
                <span className="font-bold">{gap.host.name}</span>: {gap.reason}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <VmTable rows={rows} showHost={host === null} empty={empty} />
    </div>
  )
}

/** Leads to the form, on this host when it is the page of one. */
export function NewVm({ host }: { host: string | null }) {
  const t = useTranslations('vms')
  const router = useRouter()
  const reason = useMe().data?.refusals['vm.create'] ?? null
  const href = host === null ? '/vms/new' : `/vms/new?host=${encodeURIComponent(host)}`
  useActions(
    useMemo(
      () => [{ label: t('new'), key: 'n', run: () => router.push(href), disabledReason: reason }],
      [t, router, href, reason],
    ),
  )
  return (
    <Button variant="primary" disabledReason={reason} onClick={() => router.push(href)}>
      {t('new')}
    </Button>
  )
}
