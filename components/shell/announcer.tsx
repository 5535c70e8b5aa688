'use client'
import { useTranslations } from 'next-intl'
import { useEffect, useRef, useState } from 'react'
import type { Host } from '@/lib/contract/hosts.ts'
import { useHosts } from '@/lib/wire/queries.ts'

/** Tells screen readers when a host changes its state. Figures are never told. */
export function Announcer() {
  const t = useTranslations('shell')
  const { data } = useHosts()
  const states = useRef(new Map<string, Host['state']>())
  const [text, setText] = useState('')
  useEffect(() => {
    const held = states.current
    const changed = (data ?? []).filter(({ id, state }) => held.has(id) && held.get(id) !== state)
    states.current = new Map((data ?? []).map(({ id, state }) => [id, state]))
    if (changed.length > 0) setText(changed.map(({ name, state }) => `${name}: ${t(`hostState.${state}`)}`).join('. '))
  }, [data, t])
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  )
}
