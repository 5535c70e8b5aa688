'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Skeleton } from '@/components/ui/empty.tsx'
import { useMe } from '@/lib/wire/queries.ts'
import { useDefinition } from '@/lib/wire/vm-edit.ts'
import { useCurrentVm } from '../current-vm.tsx'
import { DefinitionEditor } from './definition-editor.tsx'
import { Running } from './running.tsx'

/** The XML itself, for who knows it: checked, compared, stored; beside it what runs. */
export function VmDefinitionPage() {
  const t = useTranslations('vm-edit')
  const vm = useCurrentVm()
  const reason = useMe().data?.refusals['vm.edit'] ?? vm.gap ?? (vm.persistent ? null : t('transient'))
  const { data, error, refetch } = useDefinition(vm)
  if (data === undefined)
    return error === null ? <Skeleton rows={8} /> : <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <div className={`grid items-start gap-6 ${data.runningXml === null ? '' : 'xl:grid-cols-2'}`}>
      <DefinitionEditor vm={vm} definition={data} reason={reason} />
      <Running definition={data} />
    </div>
  )
}
