'use client'
import { useTranslations } from 'next-intl'
import { SentenceText, useSettingName } from '@/components/parts/sentence-text.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { Drift, NetworkState } from '@/lib/contract/network.ts'
import type { LinkAction } from '@/lib/net/link-form.ts'

interface Props {
  state: NetworkState
  /** Why nothing can be changed, or null. */
  reason: string | null
  onAction: (action: LinkAction, on: string) => void
}

/** What is not as it should be, each with its way out: who only reads, loose VM ports, files and kernel that disagree. */
export function Trouble({ state, reason, onAction }: Props) {
  const t = useTranslations('network')
  return (
    <>
      {state.readOnly !== null && (
        <Notice tone="off" title={t('readOnlyHost')}>
          <SentenceText sentence={state.readOnly} />
        </Notice>
      )}
      {state.orphanedTaps.length > 0 && (
        <Notice tone="warn" title={t('orphans.title', { count: state.orphanedTaps.length })}>
          <ul className="flex flex-col gap-1.5">
            {state.orphanedTaps.map(({ tap, bridge, domain }) => (
              <li key={tap} className="flex flex-wrap items-center gap-x-3 gap-y-1">
                {t('orphans.lead', { tap, bridge, domain })}
                <Button disabledReason={reason} onClick={() => onAction('reattach', tap)}>
                  {t('actions.reattach')}
                </Button>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {state.drift.length > 0 && <DriftNotice state={state} reason={reason} onAction={onAction} />}
    </>
  )
}

function DriftNotice({ state, reason, onAction }: Props) {
  const t = useTranslations('network')
  const links = [...new Set(state.drift.map(({ link }) => link))]
  return (
    <Notice tone="warn" title={t('drift.title')}>
      <p>{t('drift.lead')}</p>
      <ul className="mt-2 flex flex-col gap-2">
        {links.map((link) => (
          <li key={link} className="flex flex-wrap items-start gap-x-4 gap-y-1.5">
            <span className="min-w-0 flex-1 basis-64">
              <strong className="text-ink">{link}</strong>
              <DriftList drift={state.drift.filter((one) => one.link === link)} />
            </span>
            <DriftActions drift={state.drift} link={link} reason={reason} onAction={onAction} />
          </li>
        ))}
      </ul>
    </Notice>
  )
}

/** What files say and what is, setting by setting. */
export function DriftList({ drift }: { drift: readonly Drift[] }) {
  const t = useTranslations('network')
  const nameOf = useSettingName()
  return (
    <ul>
      {drift.map(({ kind, field, configured, actual }) => (
        <li key={field} className="wrap-anywhere first-letter:uppercase">
          {kind === 'runtime' ? (
            <>
              {nameOf(field)}: {t('configured')}{' '}
              <span className="figures text-ink">{configured ?? t('drift.nothing')}</span>
              {' · '}
              {t('actual')} <span className="figures text-ink">{actual ?? t('drift.nothing')}</span>
            </>
          ) : (
            t(`drift.kinds.${kind}`)
          )}
        </li>
      ))}
    </ul>
  )
}

export function DriftActions({
  drift,
  link,
  reason,
  onAction,
}: { drift: readonly Drift[]; link: string } & Pick<Props, 'reason' | 'onAction'>) {
  const t = useTranslations('network')
  const own = drift.filter((one) => one.link === link)
  return (
    <span className="flex flex-wrap gap-2">
      {own.some(({ canAdopt }) => canAdopt) && (
        <Button disabledReason={reason} onClick={() => onAction('adopt', link)}>
          {t('actions.adopt')}
        </Button>
      )}
      {own.some(({ canReconcile }) => canReconcile) && (
        <Button disabledReason={reason} onClick={() => onAction('reconcile', link)}>
          {t('actions.reconcile')}
        </Button>
      )}
    </span>
  )
}
