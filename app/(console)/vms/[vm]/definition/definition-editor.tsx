'use client'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { CodeField } from '@/components/parts/code-field.tsx'
import { FileDiff } from '@/components/parts/file-diff.tsx'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import type { CheckedDefinition, StoredDefinition, VmDefinition } from '@/lib/contract/vm-edit.ts'
import type { VmDetail } from '@/lib/contract/vms.ts'
import { useCheckDefinition, useDefinition, usePutDefinition } from '@/lib/wire/vm-edit.ts'
import { EditOutcome } from '../edit-outcome.tsx'
import { EditProblem } from '../edit-problem.tsx'
import { DiffLines } from './diff-lines.tsx'

interface Draft {
  text: string
  /** What it was made from. */
  base: Pick<VmDefinition, 'xml' | 'etag'>
}

/** By VM: whoever looks at another tab in between finds what they typed again. */
const drafts = new Map<string, Draft>()

export function DefinitionEditor({
  vm,
  definition,
  reason,
}: {
  vm: VmDetail
  definition: VmDefinition
  reason: string | null
}) {
  const t = useTranslations('vm-edit')
  const key = `${vm.host.id} ${vm.id}`
  const [draft, setDraft] = useState<Draft | null>(() => drafts.get(key) ?? null)
  const [stored, setStored] = useState<StoredDefinition | null>(null)
  const { refetch } = useDefinition(vm)
  const check = useCheckDefinition(vm)
  const put = usePutDefinition(vm)
  const text = draft?.text ?? definition.xml
  const base = draft?.base ?? definition
  const keep = (next: Draft | null) => {
    if (next === null) drafts.delete(key)
    else drafts.set(key, next)
    setDraft(next)
  }
  const type = (typed: string) => {
    check.reset()
    keep(typed === base.xml ? null : { text: typed, base: { xml: base.xml, etag: base.etag } })
  }
  const save = () =>
    put.mutate(
      { xml: text, etag: base.etag },
      {
        onSuccess: (result) => {
          check.reset()
          keep(null)
          setStored(result)
        },
      },
    )
  const readAgain = async () => {
    const { data } = await refetch()
    if (data !== undefined) keep({ text, base: { xml: data.xml, etag: data.etag } })
  }
  const unchanged = draft === null ? t('xmlUnchanged') : null
  const wrong = check.data?.errors ?? []
  return (
    <section aria-labelledby="definition-title" className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 id="definition-title" className="text-16">
          {t('definitionXml')}
        </h2>
        <span className="ml-auto flex flex-wrap gap-2">
          <Button
            variant="quiet"
            disabledReason={unchanged}
            onClick={() => {
              check.reset()
              put.reset()
              keep(null)
            }}
          >
            {t('discardXml')}
          </Button>
          <Button pending={check.isPending} disabledReason={reason} onClick={() => check.mutate(text)}>
            {t('checkXml')}
          </Button>
          <Button variant="primary" pending={put.isPending} disabledReason={reason ?? unchanged} onClick={save}>
            {t('saveXml')}
          </Button>
        </span>
      </div>
      {stored !== null && draft === null && (
        <EditOutcome outcome={stored.outcome} isRunning={vm.xml.running !== null} onDismiss={() => setStored(null)}>
          {stored.diff.length > 0 && (
            <details className="mt-2">
              <summary className="hover:text-ink">{t('rewritten')}</summary>
              <div className="mt-2">
                <DiffLines label={t('rewritten')} lines={stored.diff} />
              </div>
            </details>
          )}
        </EditOutcome>
      )}
      <CodeField
        label={t('definitionXmlLabel')}
        hint={t('definitionHint')}
        error={wrong.length === 0 ? undefined : wrong.map((one) => said(one, t('line'))).join('\n')}
        language="xml"
        value={text}
        onChange={type}
        readOnly={reason !== null}
      />
      {check.error !== null && <ProblemNotice error={check.error} />}
      {check.data !== undefined && wrong.length === 0 && <Passed checked={check.data} />}
      <EditProblem error={put.error} onReadAgain={readAgain} />
      {draft !== null && <FileDiff path={t('yourChanges')} before={base.xml} after={text} />}
    </section>
  )
}

const said = ({ line, message }: CheckedDefinition['errors'][number], word: string): string =>
  line === null ? message : `${word} ${line}: ${message}`

function Passed({ checked: { schemaChecked } }: { checked: CheckedDefinition }) {
  const t = useTranslations('vm-edit')
  return (
    <Notice tone="ok" title={t('xmlGood')}>
      {t(schemaChecked ? 'schemaChecked' : 'schemaLater')}
    </Notice>
  )
}
