'use client'
import { createContext, use } from 'react'
import type { Host } from '@/lib/contract/hosts.ts'

export const CurrentHost = createContext<Host | null>(null)

/** The host whose page this is; the frame around it shows the page only once it is known. */
export function useCurrentHost(): Host {
  const host = use(CurrentHost)
  if (host === null) throw new Error('useCurrentHost outside of a host’s page')
  return host
}
