'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Confirm } from '@/components/ui/confirm.tsx'
import type { VmSnapshot } from '@/lib/contract/vm-snapshots.ts'
import type { Vm } from '@/lib/contract/vms.ts'
import { useDeleteSnapshot, useRevertSnapshot } from '@/lib/wire/vm-snapshots.ts'

export interface Asked {
  kind: 'revert' | 'delete' | 'delete-all'
  snapshot: VmSnapshot
}

/** Says what is lost before it is. */
export function Ask({
  asked: { kind, snapshot },
  reference,
  vm,
  onStarted,
  onClose,
}: {
  asked: Asked
  reference: string
  vm: Vm
  onStarted: (job: string) => void
  onClose: () => void
}) {
  const t = useTranslations('vm-snapshots')
  const revert = useRevertSnapshot(reference)
  const remove = useDeleteSnapshot(reference)
  const { name, descendants } = snapshot
  const started = {
    onSuccess: ({ id }: { id: string }) => {
      onStarted(id)
      onClose()
    },
  }
  if (kind === 'revert')
    return (
      <Confirm
        title={t('revertTitle', { vm: vm.name, name })}
        description={t('revertText')}
        action={t('revert')}
        pending={revert.isPending}
        onClose={onClose}
        onConfirm={() => revert.mutate(name, started)}
      >
        <ul className="list-disc pl-4 text-ink-2">
          {consequences(snapshot, vm).map((one) => (
            <li key={one}>{t(`consequences.${one}`)}</li>
          ))}
        </ul>
        {revert.error !== null && <ProblemNotice error={revert.error} />}
      </Confirm>
    )
  const isAll = kind === 'delete-all'
  return (
    <Confirm
      title={isAll ? t('deleteAllTitle', { name, count: descendants }) : t('deleteTitle', { name })}
      description={isAll ? t('deleteAllText') : t(`deleteText.${snapshot.kind}`)}
      action={t('delete')}
      pending={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ snapshot: name, children: isAll ? 'delete' : 'keep' }, started)}
    >
      {!isAll && descendants > 0 && <p className="text-ink-2">{t('childrenStay')}</p>}
      {remove.error !== null && <ProblemNotice error={remove.error} />}
    </Confirm>
  )
}

type Consequence = 'savedState' | 'goesOn' | 'paused' | 'off' | 'stops' | 'addresses'

function consequences({ withMemory, state }: VmSnapshot, vm: Vm): Consequence[] {
  const isOn = vm.state !== 'shut-off' && vm.state !== 'crashed'
  const found: Consequence[] = []
  if (isOn && !withMemory) found.push('stops')
  if (withMemory) found.push(state === 'paused' ? 'paused' : 'goesOn')
  else found.push('off')
  if (vm.hasSavedState) found.push('savedState')
  if (withMemory) found.push('addresses')
  return found
}
