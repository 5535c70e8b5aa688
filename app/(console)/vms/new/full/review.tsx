'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Section } from '@/components/parts/vm-form/section.tsx'
import { unplacedOf } from '@/components/parts/vm-form/use-vm-form-state.ts'
import { useVmForm } from '@/components/parts/vm-form/vm-form-context.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { NewVm, VmPlan } from '@/lib/contract/vm-create.ts'
import { Candidates, PlanSummary, PlanWarnings } from '../plan-parts.tsx'

/** What would be made and how, before it is: in words first, beneath them in XML and as commands. */
export function Review({
  vm,
  plan,
  unread,
  error,
}: {
  vm: NewVm
  plan: VmPlan | null
  /** Something in the form can't be read, so the plan is of what stood there before. */
  unread: boolean
  error: Error | null
}) {
  const t = useTranslations('vm-create')
  return (
    <Section id="review" title={t('sections.review')} lead={t('reviewLead')}>
      {error !== null && <ProblemNotice error={error} />}
      {plan === null ? (
        error === null && (unread ? <p className="text-ink-2">{t('unread')}</p> : <Skeleton rows={5} />)
      ) : (
        <Planned vm={vm} plan={plan} />
      )}
    </Section>
  )
}

function Planned({ vm, plan }: { vm: NewVm; plan: VmPlan }) {
  const t = useTranslations('vm-create')
  const { form } = useVmForm()
  const unplaced = unplacedOf(plan.refusals, form)
  const placed = plan.refusals.length - unplaced.length
  return (
    <>
      {plan.refusals.length > 0 && (
        <Notice tone="bad" title={t('cannotBeMade')}>
          {placed > 0 && <p>{t('seeFields', { count: placed })}</p>}
          <ul className="flex list-disc flex-col gap-1 pl-4">
            {unplaced.map(({ field, message }) => (
              <li key={`${field ?? ''} ${message}`}>{message}</li>
            ))}
          </ul>
        </Notice>
      )}
      <PlanWarnings warnings={plan.warnings} />
      <div className="grid gap-x-10 gap-y-5 xl:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-2">
          <PlanSummary plan={plan} />
          <Candidates candidates={plan.candidates} />
        </div>
        <section className="min-w-0">
          <h3 className="mb-1 font-bold">{t('steps')}</h3>
          <ol aria-label={t('steps')} className="flex list-decimal flex-col gap-1 pl-6 marker:text-ink-3 wrap-anywhere">
            {plan.steps.map(({ id, title }) => (
              <li key={id}>{title}</li>
            ))}
          </ol>
        </section>
      </div>
      <div className="flex flex-col gap-2">
        {plan.cloudInit !== null && (
          <>
            <Folded label="user-data" text={plan.cloudInit.userData} />
            <Folded label="network-config" text={plan.cloudInit.networkConfig} />
          </>
        )}
        <Folded label={t('xml')} text={plan.xml} />
        <Folded label={t('commands')} text={plan.commands.join('\n')} />
        <Folded label={t('apiCall')} text={apiCall(vm)} hint={t('apiHint')} />
      </div>
    </>
  )
}

function Folded({ label, text, hint }: { label: string; text: string; hint?: string }) {
  if (text === '') return null
  return (
    <details>
      <summary className="text-ink-2 hover:text-ink">{label}</summary>
      <div className="mt-2 flex flex-col gap-1">
        <Code text={text} label={label} />
        {hint !== undefined && <p className="text-12 text-ink-3">{hint}</p>}
      </div>
    </details>
  )
}

/** A password is shown nowhere, nor copied by chance. */
function apiCall(vm: NewVm): string {
  const { cloudInit } = vm
  const shown =
    cloudInit?.password === undefined || cloudInit.password === null
      ? vm
      : { ...vm, cloudInit: { ...cloudInit, password: '…' } }
  // The delimiter is quoted: the shell leaves alone what lies between.
  return [
    `curl -X POST '${window.location.origin}/api/v1/vms' \\`,
    `  -H "Authorization: Bearer $DRAWBRIDGE_TOKEN" -H 'Content-Type: application/json' \\`,
    `  --data-binary @- <<'JSON'`,
    JSON.stringify(shown, null, 2),
    'JSON',
  ].join('\n')
}
