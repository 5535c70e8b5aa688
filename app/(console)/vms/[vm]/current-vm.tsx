'use client'
import { createContext, use } from 'react'
import type { VmDetail } from '@/lib/contract/vms.ts'

export const CurrentVm = createContext<VmDetail | null>(null)

/** The VM whose page this is; the frame around it shows the page only once it is known. */
export function useCurrentVm(): VmDetail {
  const vm = use(CurrentVm)
  if (vm === null) throw new Error('useCurrentVm outside of a VM’s page')
  return vm
}
