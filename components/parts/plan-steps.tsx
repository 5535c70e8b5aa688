'use client'
import { useTranslations } from 'next-intl'
import { Code } from '@/components/ui/code.tsx'
import type { Change } from '@/lib/contract/network.ts'
import { FileDiff } from './file-diff.tsx'
import { SentenceText } from './sentence-text.tsx'

/** What a plan does or a change did, in order, in words; beneath it, the files and the commands. */
export function PlanSteps({ steps }: { steps: Change['steps'] }) {
  const t = useTranslations('changes')
  return (
    <ol aria-label={t('steps')} className="flex list-decimal flex-col gap-1 pl-6 marker:text-ink-3 wrap-anywhere">
      {steps.map((step, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the order is what they are
        <li key={index}>
          <SentenceText sentence={step} />
        </li>
      ))}
    </ol>
  )
}

/** So many files are shown unfolded. */
const openFiles = 4

export function PlanFiles({ files }: { files: Change['files'] }) {
  const t = useTranslations('changes')
  if (files.length === 0) return null
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h3 className="font-bold">{t('files')}</h3>
      {files.map(({ path, before, after }) => (
        <FileDiff key={path} path={path} before={before} after={after} open={files.length <= openFiles} />
      ))}
    </section>
  )
}

export function PlanCommands({ commands }: { commands: Change['commands'] }) {
  const t = useTranslations('changes')
  if (commands.length === 0) return null
  return (
    <details>
      <summary className="text-ink-2 hover:text-ink">{t('commandsText')}</summary>
      <div className="mt-2">
        <Code text={commands.join('\n')} label={t('commandsText')} />
      </div>
    </details>
  )
}
