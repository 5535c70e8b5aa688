'use client'
import { useTranslations } from 'next-intl'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { useOpenChanges } from '@/lib/wire/network.ts'

// Few pages ever show it; those that do can wait for it a moment.
const PendingBar = dynamic(() => import('./pending-bar.tsx'), { ssr: false })

/** The changes that wait for a decision, on every page. Once there was one, it stays to say how it ended. */
export function PendingChanges() {
  const open = useOpenChanges().data ?? []
  const [wasNeeded, setWasNeeded] = useState(false)
  if (open.length > 0 && !wasNeeded) setWasNeeded(true)
  return wasNeeded ? <PendingBar changes={open} /> : null
}

/** `● 1 pending` in the top bar; leads to the change, or to the fleet when there are several. */
export function PendingSign() {
  const t = useTranslations('shell.pending')
  const open = useOpenChanges().data ?? []
  const [first] = open
  if (first === undefined) return null
  const one = `/hosts/${encodeURIComponent(first.hostName)}/changes/${first.id}`
  return (
    <Link href={open.length === 1 ? one : '/'} className="text-12 whitespace-nowrap text-warn hover:underline">
      <span aria-hidden="true">● </span>
      {t('count', { count: open.length })}
    </Link>
  )
}
