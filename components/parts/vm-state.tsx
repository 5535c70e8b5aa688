'use client'
import { useTranslations } from 'next-intl'
import { State, type Tone } from '@/components/ui/state.tsx'
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
  const t = useTranslations('hosts')
  return <State tone={tone[state]} word={t(`domainState.${state}`)} />
}
