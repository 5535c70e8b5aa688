'use client'
import { useTranslations } from 'next-intl'
import { useSentence } from '@/components/parts/sentence-text.tsx'
import type { NetworkState } from '@/lib/contract/network.ts'
import { generalReason, offersOf, type Reason } from '@/lib/net/link-actions.ts'
import { configOf, type LinkAction, type LinkState } from '@/lib/net/link-form.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { useCurrentHost } from '../current-host.tsx'

export interface SaidOffer {
  action: LinkAction
  label: string
  /** Why not now, a sentence, or null. */
  reason: string | null
}

/** Says why something can't be done. */
function useReasonText(): (reason: Reason | null) => string | null {
  const t = useTranslations('network.why')
  const say = useSentence()
  return (reason) => {
    switch (reason?.kind) {
      case undefined:
        return null
      case 'text':
        return reason.text
      case 'sentence':
        return say(reason.sentence)
      case 'port':
        return t('port', { port: reason.port, master: reason.master })
      case 'no-filtering':
        return t('noFiltering', { bridge: reason.bridge })
      case 'pending':
      case 'away':
        return t(reason.kind)
    }
  }
}

/** Why nothing at all can be changed on this host now, a sentence, or null. @param state undefined: not read yet */
export function useGeneralReason(state: NetworkState | undefined, error: Error | null): string | null {
  const t = useTranslations('network.why')
  const text = useReasonText()
  const host = useCurrentHost()
  const { data: me } = useMe()
  const role = me?.refusals['host.network'] ?? null
  if (state === undefined) return role ?? error?.message ?? t('reading')
  return text(generalReason(state, role, host.state === 'up'))
}

/** What a link can be asked, in words. */
export function useOffers(general: string | null): (link: LinkState, state: NetworkState) => SaidOffer[] {
  const t = useTranslations('network.actions')
  const text = useReasonText()
  return (link, state) =>
    offersOf(link, state, general === null ? null : { kind: 'text', text: general }).map(({ action, reason }) => {
      const { kind, master } = link.actual ?? configOf(link)
      const key = action === 'attach' && kind !== 'bridge' && kind !== 'bond' ? 'attachTo' : action
      return { action, label: t(key, { master: master ?? '' }), reason: text(reason) }
    })
}
