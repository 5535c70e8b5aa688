'use client'
import { useTranslations } from 'next-intl'
import { State, type Tone } from '@/components/ui/state.tsx'
import type { JobState as Name } from '@/lib/contract/jobs.ts'

const tones: Record<Name, Tone> = { queued: 'off', running: 'busy', done: 'ok', failed: 'bad', cancelled: 'warn' }

export function JobState({ state }: { state: Name }) {
  const t = useTranslations('jobs.states')
  return <State tone={tones[state]} word={t(state)} />
}
