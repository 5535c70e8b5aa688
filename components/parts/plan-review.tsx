'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, useEffect } from 'react'
import { tinykeys } from 'tinykeys'
import * as z from 'zod'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { Checkbox } from '@/components/ui/field.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { fileDiffSchema, type Plan, type StartChange } from '@/lib/contract/network.ts'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import { Definition, DefinitionList } from './definition-list.tsx'
import { FileDiff } from './file-diff.tsx'
import { PlanCommands, PlanFiles, PlanSteps } from './plan-steps.tsx'
import { ProblemNotice } from './problem-notice.tsx'
import { SentenceText, useSentence } from './sentence-text.tsx'

/** How long the host waits for a yes, and who says it. */
export interface Safety {
  windowSeconds: number
  keep: 'person' | 'checks'
}

/** What is posted to apply a plan. */
export const startOf = (plan: Plan, { windowSeconds, keep }: Safety): StartChange => ({
  operations: plan.operations,
  etag: plan.etag,
  plan: plan.id,
  windowSeconds,
  keep,
})

export const safetyOf = ({ windowSeconds }: Plan): Safety => ({ windowSeconds: windowSeconds.usual, keep: 'person' })

export function useWindowText(): (seconds: number) => string {
  const t = useTranslations('changes')
  return (seconds) =>
    seconds >= 300 && seconds % 60 === 0 ? t('minutes', { minutes: seconds / 60 }) : t('windows', { seconds })
}

/** Everything a person wants to know before a plan is applied: sentences first, the files and commands beneath. */
export function PlanReview({
  plan,
  host,
  safety,
  onSafety,
}: {
  plan: Plan
  /** Its name, for the API call. */
  host: string
  safety: Safety
  onSafety: (safety: Safety) => void
}) {
  const t = useTranslations('changes')
  if (plan.refusals.length > 0) return <Refusals refusals={plan.refusals} />
  if (plan.steps.length === 0)
    return (
      <Notice tone="off" title={t('nothing')}>
        {t('nothingHint')}
      </Notice>
    )
  return (
    <>
      <Risks risks={plan.risks} />
      <PlanSteps steps={plan.steps} />
      <DefinitionList>
        <Definition term={t('outage')}>
          <Outage {...plan.outageMs} />
        </Definition>
        <Definition term={t('vms')}>{plan.vms.length === 0 ? t('noVms') : plan.vms.join(', ')}</Definition>
      </DefinitionList>
      <SafetyNet plan={plan} safety={safety} onSafety={onSafety} />
      <PlanFiles files={plan.files} />
      <PlanCommands commands={plan.commands} />
      <ApiCall plan={plan} host={host} safety={safety} />
    </>
  )
}

function Outage({ least, most }: Plan['outageMs']) {
  const t = useTranslations('changes')
  if (most === 0) return t('outageNone')
  const inSeconds = most >= 2000
  const figure = (ms: number) => (inSeconds ? String(Math.round(ms / 100) / 10) : String(ms))
  return (
    <span className="figures">
      {least === most ? figure(most) : t('outageRange', { least: figure(least), most: figure(most) })}
      <span className="text-ink-3"> {inSeconds ? 's' : 'ms'}</span>
    </span>
  )
}

const weight = { danger: 0, warning: 1, note: 2 }
const tones = { danger: 'text-bad', warning: 'text-warn', note: 'text-ink-2' }
const glyphs = { danger: '✕', warning: '▲', note: '○' }

function Risks({ risks }: { risks: Plan['risks'] }) {
  const t = useTranslations('changes')
  if (risks.length === 0) return null
  return (
    <ul aria-label={t('risks')} className="flex flex-col gap-1.5 border-l-2 border-line-strong pl-3">
      {risks
        .toSorted((a, b) => weight[a.severity] - weight[b.severity])
        .map(({ severity, sentence }) => (
          <li key={`${sentence.code} ${sentence.text}`} className="flex gap-2">
            <span aria-hidden="true" className={`shrink-0 text-11 ${tones[severity]}`}>
              {glyphs[severity]}
            </span>
            <span className="min-w-0 wrap-anywhere">
              <span className={`font-bold ${tones[severity]}`}>{t(`severity.${severity}`)}</span>{' '}
              <SentenceText sentence={sentence} />
            </span>
          </li>
        ))}
    </ul>
  )
}

/** Why a plan can't be applied: each sentence names the way out. */
export function Refusals({ refusals }: { refusals: Plan['refusals'] }) {
  const t = useTranslations('changes')
  return (
    <Notice tone="bad" title={t('refusals')}>
      <ul className="flex list-disc flex-col gap-1 pl-4">
        {refusals.map(({ field, sentence }) => (
          <li key={`${field} ${sentence.code} ${sentence.text}`}>
            <SentenceText sentence={sentence} />
          </li>
        ))}
      </ul>
    </Notice>
  )
}

const choices = [60, 120, 300]

function SafetyNet({ plan, safety, onSafety }: { plan: Plan; safety: Safety; onSafety: (safety: Safety) => void }) {
  const t = useTranslations('changes')
  const text = useWindowText()
  const { least, usual, most } = plan.windowSeconds
  const windows = [...new Set([...choices, usual])]
    .filter((seconds) => seconds >= least && seconds <= most)
    .sort((a, b) => a - b)
  return (
    <fieldset className="flex flex-col gap-2 rounded-base border border-line px-3 py-2.5">
      <legend className="px-1 font-bold">{t('safety')}</legend>
      <div role="group" aria-label={t('window')} className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span className="text-ink-2">{t('window')}</span>
        <span className="flex gap-1">
          {windows.map((windowSeconds) => (
            <button
              key={windowSeconds}
              type="button"
              aria-pressed={safety.windowSeconds === windowSeconds}
              onClick={() => onSafety({ ...safety, windowSeconds })}
              className="figures h-6 rounded-full border border-line-strong px-2.5 text-ink-2 hover:bg-hover aria-pressed:border-accent aria-pressed:text-ink"
            >
              {text(windowSeconds)}
            </button>
          ))}
        </span>
      </div>
      <Checkbox
        label={t('keepByChecks')}
        hint={t('keepByChecksHint')}
        checked={safety.keep === 'checks'}
        onChange={({ target }) => onSafety({ ...safety, keep: target.checked ? 'checks' : 'person' })}
      />
    </fieldset>
  )
}

function ApiCall({ plan, host, safety }: { plan: Plan; host: string; safety: Safety }) {
  const t = useTranslations('changes')
  const url = `${window.location.origin}/api/v1/hosts/${encodeURIComponent(host)}/changes`
  // The delimiter is quoted: the shell leaves alone what lies between.
  const text = [
    `curl -X POST '${url}' \\`,
    `  -H "Authorization: Bearer $DRAWBRIDGE_TOKEN" -H 'Content-Type: application/json' \\`,
    `  --data-binary @- <<'JSON'`,
    JSON.stringify(startOf(plan, safety), null, 2),
    'JSON',
  ].join('\n')
  return (
    <details>
      <summary className="text-ink-2 hover:text-ink">{t('api')}</summary>
      <div className="mt-2 flex flex-col gap-1">
        <Code text={text} label={t('api')} />
        <p className="text-12 text-ink-3">{t('apiHint')}</p>
      </div>
    </details>
  )
}

/** Applies the plan; the button names what happens. Ctrl ↵ presses it. */
export function ApplyButton({
  plan,
  safety,
  pending,
  disabledReason = null,
  onApply,
}: {
  plan: Plan
  safety: Safety
  pending: boolean
  disabledReason?: string | null
  onApply: () => void
}) {
  const t = useTranslations('changes')
  const text = useWindowText()
  const say = useSentence()
  const [refusal] = plan.refusals
  const reason =
    disabledReason ?? (refusal !== undefined ? say(refusal.sentence) : plan.steps.length === 0 ? t('nothing') : null)
  const isReady = reason === null && !pending
  useEffect(() => {
    if (!isReady) return
    return tinykeys(window, {
      '$mod+Enter': (event: KeyboardEvent) => {
        event.preventDefault()
        onApply()
      },
    })
  }, [isReady, onApply])
  return (
    <Button variant="primary" pending={pending} disabledReason={reason} onClick={onApply}>
      {t('apply', { window: text(safety.windowSeconds) })}
      <span aria-hidden="true" className="figures max-phone:hidden">
        Ctrl ↵
      </span>
    </Button>
  )
}

/** A plan or its start that failed. Nothing typed is lost: a plan that has become old is made again from the same form. */
export function PlanFailure({ error, onPlanAgain }: { error: Error; onPlanAgain: () => void }): ReactNode {
  const t = useTranslations('changes')
  const code = error instanceof ProblemError ? error.code : null
  if (code !== 'stale-plan' && code !== 'plan-changed') return <ProblemNotice error={error} onRetry={onPlanAgain} />
  const moved = movedOf(error as ProblemError)
  return (
    <Notice tone="warn" title={t('stale')} action={<Button onClick={onPlanAgain}>{t('planAgain')}</Button>}>
      {moved.length > 0 && (
        <>
          {t('staleMoved')}
          <ul className="figures list-disc pl-4">
            {moved.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <div className="mt-2 flex flex-col gap-2">
            {movedFilesOf(error as ProblemError).map(({ path, before, after }) => (
              <FileDiff key={path} path={path} before={before} after={after} />
            ))}
          </div>
        </>
      )}
    </Notice>
  )
}

const movedFilesSchema = z.array(fileDiffSchema)

/** What somebody else wrote into files since the plan was made. */
function movedFilesOf({ document }: ProblemError) {
  const read = movedFilesSchema.safeParse(document?.movedFiles)
  return read.success ? read.data.slice(0, 20) : []
}

const movedOf = ({ document }: ProblemError): string[] => {
  const moved = document?.moved
  return Array.isArray(moved) ? moved.filter((line) => typeof line === 'string').slice(0, 20) : []
}
