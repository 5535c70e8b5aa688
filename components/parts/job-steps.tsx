'use client'
import { useTranslations } from 'next-intl'
import { State, type Tone } from '@/components/ui/state.tsx'
import type { JobStep } from '@/lib/contract/jobs.ts'
import { Elapsed } from './elapsed.tsx'

const tones: Record<JobStep['state'], Tone> = {
  pending: 'off',
  running: 'busy',
  done: 'ok',
  failed: 'bad',
  skipped: 'off',
}

export function JobSteps({ steps }: { steps: readonly JobStep[] }) {
  const t = useTranslations('jobs')
  return (
    <section aria-label={t('steps')}>
      <h2 className="mb-1 font-bold">{t('steps')}</h2>
      {steps.length === 0 ? (
        <p className="text-ink-3">{t('noSteps')}</p>
      ) : (
        <ol className="border-t border-line">
          {steps.map((step) => (
            <li key={step.id} className="flex flex-col border-b border-line py-2">
              <span className={step.state === 'pending' || step.state === 'skipped' ? 'text-ink-3' : ''}>
                {step.title}
              </span>
              <span className="flex justify-between gap-3 text-12">
                <State tone={tones[step.state]} word={t(`stepStates.${step.state}`)} />
                {step.startedAt !== null && (
                  <Elapsed
                    startedAt={step.startedAt}
                    endedAt={step.state === 'running' ? null : (step.endedAt ?? step.startedAt)}
                  />
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
