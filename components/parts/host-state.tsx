'use client'
import { useTranslations } from 'next-intl'
import { State, type Tone } from '@/components/ui/state.tsx'
import type { HostState as Name } from '@/lib/stats/live-protocol.ts'

const tone: Record<Name, Tone> = {
  up: 'ok',
  connecting: 'busy',
  unreachable: 'bad',
  'key-changed': 'bad',
  refused: 'bad',
}

export function HostState({ state }: { state: Name }) {
  const t = useTranslations('shell')
  return <State tone={tone[state]} word={t(`hostState.${state}`)} />
}
