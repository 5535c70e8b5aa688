'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { VmTable } from '@/components/parts/vm-table.tsx'
import { ButtonLink } from '@/components/ui/button.tsx'
import { Empty, Skeleton } from '@/components/ui/empty.tsx'
import { useHostView } from '@/lib/wire/live.ts'
import { useFacts } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'

export function HostVms() {
  const t = useTranslations('hosts')
  const host = useCurrentHost()
  const facts = useFacts(host.name)
  const view = useHostView(host.id)
  if (facts.data === undefined)
    return facts.error === null ? (
      <Skeleton rows={5} />
    ) : (
      <ProblemNotice error={facts.error} onRetry={() => void facts.refetch()} />
    )
  const { domains, libvirt } = facts.data
  if (domains.length > 0) return <VmTable rows={domains.map((domain) => ({ host, domain, view }))} showHost={false} />
  return (
    <Empty
      title={t('noVmsTitle')}
      action={
        libvirt.state === 'running' ? undefined : (
          <ButtonLink href={`/hosts/${encodeURIComponent(host.name)}/prepare`}>{t('tabs.prepare')}</ButtonLink>
        )
      }
    >
      {libvirt.state === 'running' ? t('noVmsText') : t(`libvirtState.${libvirt.state}`)}
    </Empty>
  )
}
