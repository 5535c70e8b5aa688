'use client'
import { useTranslations } from 'next-intl'
import dynamic from 'next/dynamic'
import { parseAsString, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { useActions } from '@/components/shell/actions.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import type { HostFacts } from '@/lib/facts/facts.ts'
import { topologyOf } from '@/lib/facts/topology.ts'
import { directActions, formActions, type LinkAction } from '@/lib/net/link-form.ts'
import { useHostView } from '@/lib/wire/live.ts'
import { useNetworkState } from '@/lib/wire/network.ts'
import { useFacts } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'
import { useGeneralReason, useOffers } from './link-offers.ts'
import { LinkPanel } from './link-panel.tsx'
import { Links } from './links.tsx'
import { PacketPath, Routes } from './packet-path.tsx'
import { Trouble } from './trouble.tsx'

const TopologyMap = dynamic(() => import('./topology-map.tsx'), {
  ssr: false,
  loading: () => <div className="skeleton h-80" />,
})
// Forms, review and diff: loaded when something is to be changed.
const ChangePanel = dynamic(() => import('./change-panel.tsx'), { ssr: false })

/** The host's network as it is, and everything that can be made of it. */
export function Network() {
  const host = useCurrentHost()
  const facts = useFacts(host.name)
  if (facts.data !== undefined) return <Known facts={facts.data} />
  if (facts.error !== null) return <ProblemNotice error={facts.error} onRetry={() => void facts.refetch()} />
  return <Skeleton rows={8} />
}

const known = [...formActions, ...directActions]
const makes = ['bridge', 'vlan', 'bond'] as const

/** `bridge` or `bridge:eth0`, as the address has it. */
function askedOf(text: string | null): { action: LinkAction; on: string | null } | null {
  const [word = '', ...rest] = (text ?? '').split(':')
  const action = known.find((one) => one === word)
  return action === undefined ? null : { action, on: rest.length === 0 ? null : rest.join(':') }
}

function Known({ facts }: { facts: HostFacts }) {
  const t = useTranslations('network')
  const host = useCurrentHost()
  const view = useHostView(host.id)
  const state = useNetworkState(host.name)
  const [place, setPlace] = useQueryStates({ link: parseAsString, do: parseAsString })
  const { network } = facts
  const general = useGeneralReason(state.data, state.error)
  const offersFor = useOffers(general)
  const asked = askedOf(place.do)
  const open = (link: string) => void setPlace({ link, do: null })
  const act = (action: LinkAction, on: string | null) =>
    void setPlace({ link: null, do: on === null ? action : `${action}:${on}` })
  const read = state.data
  const chosen = read?.links.find(({ name }) => name === place.link)

  const offered = JSON.stringify([
    ...makes.map((action) => [action, null, t(`new.${action}`), general]),
    ...(read?.links ?? []).flatMap((link) =>
      offersFor(link, read as NonNullable<typeof read>).map(({ action, label, reason }) => [
        action,
        link.name,
        t('actionOn', { action: label, link: link.name }),
        reason,
      ]),
    ),
  ])
  useActions(
    useMemo(
      () =>
        (JSON.parse(offered) as [LinkAction, string | null, string, string | null][]).map(
          ([action, on, label, disabledReason]) => ({
            label,
            disabledReason,
            key: action === 'bridge' && on === null ? 'n' : undefined,
            run: () => void setPlace({ link: null, do: on === null ? action : `${action}:${on}` }),
          }),
        ),
      [offered, setPlace],
    ),
  )

  return (
    <div className="flex flex-col gap-8">
      <section aria-label={t('map')} className="flex flex-col gap-3">
        <div className="flex flex-wrap justify-end gap-2">
          {makes.map((action) => (
            <Button key={action} disabledReason={general} onClick={() => act(action, null)}>
              {t(`new.${action}`)}
            </Button>
          ))}
        </div>
        {read !== undefined && <Trouble state={read} reason={general} onAction={act} />}
        {state.error !== null && <ProblemNotice error={state.error} onRetry={() => void state.refetch()} />}
        <TopologyMap
          topology={topologyOf(network)}
          view={view}
          differing={new Set(read?.drift.map(({ link }) => link))}
          onOpen={open}
        />
      </section>
      <Links
        facts={facts}
        state={read}
        offers={(link) => (read === undefined ? [] : offersFor(link, read))}
        onOpen={open}
        onAction={act}
      />
      <section aria-labelledby="path" className="flex flex-col gap-2">
        <h2 id="path" className="text-16">
          {t('packetPath')}
        </h2>
        <PacketPath facts={facts} />
      </section>
      <Routes routes={network.routes} />
      <LinkPanel
        facts={facts}
        link={place.link}
        known={chosen ?? null}
        state={read}
        offers={read === undefined || chosen === undefined ? [] : offersFor(chosen, read)}
        reason={general}
        onAction={act}
        onClose={() => void setPlace({ link: null })}
      />
      {asked !== null && read !== undefined && (
        <ChangePanel
          key={place.do}
          {...asked}
          state={read}
          links={network.links}
          reason={general}
          onClose={() => void setPlace({ do: null })}
        />
      )}
    </div>
  )
}
