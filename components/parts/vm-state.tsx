'use client'
import { useTranslations } from 'next-intl'
import { State, type Tone } from '@/components/ui/state.tsx'
import type { Vm } from '@/lib/contract/vms.ts'
import type { DomainState } from '@/lib/facts/facts.ts'

const tone: Record<DomainState, Tone> = {
  running: 'ok',
  idle: 'ok',
  paused: 'warn',
  'shutting-down': 'busy',
  'shut-off': 'off',
  crashed: 'bad',
  suspended: 'off',
  unknown: 'off',
}

export function VmState({ state }: { state: DomainState }) {
  const t = useTranslations('vms')
  return <State tone={tone[state]} word={t(`states.${state}`)} />
}

/** How a VM is, and what is being done to it; while its host does not answer, how it was, in grey. */
export function VmNow({ vm }: { vm: Vm }) {
  const t = useTranslations('vms')
  const { state, doing, notRespondingSince, shutdownAskedAt, hasSavedState } = vm
  if (vm.gap !== null) return <State tone="off" word={t(`states.${state}`)} />
  if (doing !== null) return <State tone="busy" word={t(`doing.${doing}`)} />
  if (notRespondingSince !== null) return <State tone="bad" word={t('states.not-responding')} />
  if (shutdownAskedAt !== null && state !== 'shut-off') return <State tone="busy" word={t('states.shutting-down')} />
  if (state === 'shut-off' && hasSavedState) return <State tone="off" word={t('saved')} />
  return <VmState state={state} />
}
