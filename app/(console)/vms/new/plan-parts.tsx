'use client'
import { useTranslations } from 'next-intl'
import { Definition, DefinitionList } from '@/components/parts/definition-list.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { VmPlan } from '@/lib/contract/vm-create.ts'
import { sizeText } from '@/lib/vm/size-text.ts'

/** What will be made, in a few lines. @param reason of the host; where it stands already, not once more */
export function PlanSummary({ plan, reason = true }: { plan: VmPlan; reason?: boolean }) {
  const t = useTranslations('vm-create')
  return (
    <DefinitionList>
      <Definition term={t('host')}>
        {plan.host === null ? (
          t('noHostFits')
        ) : (
          <>
            <span className="font-bold">{plan.host.name}</span>
            {reason && <span className="block text-12 text-ink-3">{plan.host.reason}</span>}
          </>
        )}
      </Definition>
      <Definition term={t('vcpus')}>
        <span className="figures">{plan.vcpus}</span> <span className="text-ink-3">{t(`typeShort.${plan.type}`)}</span>
      </Definition>
      <Definition term={t('memory')}>
        <span className="figures">{sizeText(plan.memoryBytes)}</span>
      </Definition>
      <Definition term={t('sections.disks')}>
        {plan.disks.length === 0 && '—'}
        {plan.disks.map((disk) => (
          <DiskLine key={disk.target} disk={disk} />
        ))}
      </Definition>
      <Definition term={t('sections.network')}>
        {plan.nics.length === 0 && '—'}
        {plan.nics.map(({ mac, source, model, queues, mtu }) => (
          <span key={mac} className="block">
            <span className="figures font-bold">{source}</span>{' '}
            <span className="text-12 text-ink-3">
              {[model, t('queuesOf', { count: queues }), ...(mtu === null ? [] : [`MTU ${mtu}`])].join(' · ')}
            </span>
          </span>
        ))}
      </Definition>
    </DefinitionList>
  )
}

function DiskLine({ disk }: { disk: VmPlan['disks'][number] }) {
  const t = useTranslations('vm-create')
  const { target, from, mode, source, sizeBytes, pool, format } = disk
  const file = source?.split('/').at(-1) ?? null
  const made =
    from === 'image' && mode !== null && file !== null
      ? [t(`plannedModes.${mode}`, { source: file })]
      : [t(`plannedFrom.${from}`), file]
  return (
    <span className="block" title={source ?? undefined}>
      <span className="figures font-bold">{target}</span>{' '}
      {sizeBytes !== null && <span className="figures">{sizeText(sizeBytes)}</span>}{' '}
      <span className="text-12 text-ink-3">{[...made, pool, format].filter((part) => part !== null).join(' · ')}</span>
    </span>
  )
}

/** What to know before it is made, none of which forbids it. */
export function PlanWarnings({ warnings }: { warnings: VmPlan['warnings'] }) {
  return warnings.map(({ message }) => <Notice key={message} tone="warn" title={message} />)
}

/** What each host was judged by. */
export function Candidates({ candidates }: { candidates: VmPlan['candidates'] }) {
  const t = useTranslations('vm-create')
  if (candidates.length < 2) return null
  return (
    <details>
      <summary className="text-12 text-ink-3 hover:text-ink">{t('candidates')}</summary>
      <ol className="mt-2 flex flex-col gap-1.5">
        {candidates.map(({ id, name, fits, reason }) => (
          <li key={id} className="flex gap-2 text-12">
            <span aria-hidden="true" className={fits ? 'text-ok' : 'text-ink-3'}>
              {fits ? '●' : '○'}
            </span>
            <span className="min-w-0">
              <span className="font-bold">{name}</span> <span className="text-ink-2">{reason}</span>
            </span>
          </li>
        ))}
      </ol>
    </details>
  )
}
