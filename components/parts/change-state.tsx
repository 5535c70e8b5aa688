'use client'
import { useTranslations } from 'next-intl'
import { State, type Tone } from '@/components/ui/state.tsx'
import type { ChangeState as Name } from '@/lib/contract/network.ts'

const tones: Record<Name, Tone> = {
  queued: 'off',
  applying: 'busy',
  pending: 'warn',
  kept: 'ok',
  reverting: 'busy',
  reverted: 'off',
  failed: 'bad',
  silent: 'bad',
}

export function ChangeState({ state }: { state: Name }) {
  const t = useTranslations('changes.states')
  return <State tone={tones[state]} word={t(state)} />
}
