'use client'
import { useTranslations } from 'next-intl'
import { AddFirstHost } from '@/components/parts/add-first-host.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { NewVm, VmList } from '@/components/vms/vm-list.tsx'
import { useHosts } from '@/lib/wire/queries.ts'

/** The VMs of all hosts. */
export function Vms() {
  const t = useTranslations('vms')
  const hosts = useHosts()
  if (hosts.data === undefined)
    return (
      <>
        <PageTitle title={t('title')} />
        {hosts.error === null ? (
          <Skeleton rows={6} />
        ) : (
          <ProblemNotice error={hosts.error} onRetry={() => void hosts.refetch()} />
        )}
      </>
    )
  if (hosts.data.length === 0)
    return (
      <>
        <PageTitle title={t('title')} />
        <AddFirstHost />
      </>
    )
  return (
    <>
      <PageTitle title={t('title')} action={<NewVm host={null} />} />
      <VmList host={null} empty={<Empty title={t('emptyTitle')}>{t('emptyText')}</Empty>} />
    </>
  )
}
