'use client'
import { useTranslations } from 'next-intl'
import { ButtonLink } from '@/components/ui/button.tsx'
import { Empty } from '@/components/ui/empty.tsx'
import { NewVm, VmList } from '@/components/vms/vm-list.tsx'
import { useFacts } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'

export function HostVms() {
  const t = useTranslations('vms')
  const host = useCurrentHost()
  const libvirt = useFacts(host.name).data?.libvirt.state ?? 'running'
  return (
    <section aria-labelledby="vms-title" className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="vms-title" className="text-16">
          {t('title')}
        </h2>
        <span className="ml-auto">
          <NewVm host={host.name} />
        </span>
      </div>
      <VmList
        host={host.name}
        empty={
          libvirt === 'running' ? (
            <Empty title={t('emptyTitle')}>{t('emptyText')}</Empty>
          ) : (
            <Empty
              title={t('emptyTitle')}
              action={
                <ButtonLink href={`/hosts/${encodeURIComponent(host.name)}/prepare`}>{t('toPrepare')}</ButtonLink>
              }
            >
              {t(`libvirtState.${libvirt}`)}
            </Empty>
          )
        }
      />
    </section>
  )
}
