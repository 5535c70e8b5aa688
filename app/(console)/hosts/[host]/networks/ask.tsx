'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import type { LibvirtNetwork, RemovedNetwork } from '@/lib/contract/libvirt-networks.ts'
import { useRemoveNetwork, useStopNetwork } from '@/lib/wire/libvirt-networks.ts'
import { useCurrentHost } from '../current-host.tsx'

export interface Asked {
  kind: 'stop' | 'delete'
  network: LibvirtNetwork
}

/** Asks before VMs lose their network, or a definition goes. */
export function Ask({
  asked: { kind, network },
  onRemoved,
  onClose,
}: {
  asked: Asked
  onRemoved: (removed: RemovedNetwork) => void
  onClose: () => void
}) {
  const t = useTranslations('networks')
  const host = useCurrentHost()
  const toast = useToast()
  const stop = useStopNetwork(host.name)
  const remove = useRemoveNetwork(host.name)
  const { uuid, name, vms } = network
  if (kind === 'stop')
    return (
      <Confirm
        title={t('stopTitle', { network: name })}
        description={t('stopText', {
          vms: vms
            .filter(({ running }) => running)
            .map((vm) => vm.name)
            .join(', '),
        })}
        action={t('stopAnyway')}
        pending={stop.isPending}
        onClose={onClose}
        onConfirm={() =>
          stop.mutate(
            { network: uuid, force: true },
            {
              onSuccess: () => {
                toast('ok', t('stopped', { network: name }))
                onClose()
              },
            },
          )
        }
      >
        {stop.error !== null && <ProblemNotice error={stop.error} />}
      </Confirm>
    )
  return (
    <Confirm
      title={t('deleteTitle', { network: name })}
      description={t('deleteText')}
      action={t('delete')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(uuid, {
          onSuccess: (removed) => {
            onRemoved(removed)
            onClose()
          },
        })
      }
    >
      {remove.error !== null && <ProblemNotice error={remove.error} />}
    </Confirm>
  )
}
