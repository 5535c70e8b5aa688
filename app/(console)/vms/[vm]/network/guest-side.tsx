'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button, Spinner } from '@/components/ui/button.tsx'
import { State } from '@/components/ui/state.tsx'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { useGuestNic } from '@/lib/wire/vm-edit.ts'

/** A NIC as the guest's agent tells it. @param asked without a click */
export function GuestSide({ vm, mac, asked = false }: { vm: VmDetail; mac: string; asked?: boolean }) {
  const t = useTranslations('vm-edit')
  const [wanted, setWanted] = useState(asked)
  const { data, error, isFetching, refetch } = useGuestNic(vm, mac, wanted)
  const why = vm.agent === 'absent' ? t('agentAbsent') : vm.agent === 'disconnected' ? t('agentSilent') : null
  return (
    <section aria-label={t('guestSide')} className="mt-2 flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <h3>{t('guestSide')}</h3>
        {isFetching && <Spinner />}
        <span className="ml-auto">
          <Button pending={isFetching} disabledReason={why} onClick={() => (wanted ? void refetch() : setWanted(true))}>
            {t('askGuest')}
          </Button>
        </span>
      </div>
      {error !== null && <ProblemNotice error={error} />}
      {data === undefined ? (
        <p className="text-12 text-ink-3">{why ?? t('guestHint')}</p>
      ) : data.reason !== null ? (
        <p className="text-12 text-ink-2">{data.reason}</p>
      ) : (
        <>
          {data.findings.length === 0 && <State tone="ok" word={t('guestAgrees')} />}
          {data.findings.map((finding) => (
            <p key={finding} className="text-warn">
              ▲ {finding}
            </p>
          ))}
          <DefinitionList>
            <Definition term={t('guestName')}>{data.name ?? '—'}</Definition>
            <Definition term="MTU">{data.mtu ?? '—'}</Definition>
            <Definition term={t('queues')}>{`rx ${data.rxQueues ?? '—'} · tx ${data.txQueues ?? '—'}`}</Definition>
            <Definition term={t('link')}>
              {data.linkUp === null ? '—' : t(data.linkUp ? 'linkUp' : 'linkDown')}
            </Definition>
            {data.addresses.length > 0 && (
              <Definition term={t('addresses')}>
                <span className="figures">{data.addresses.join('  ')}</span>
              </Definition>
            )}
          </DefinitionList>
        </>
      )}
    </section>
  )
}
