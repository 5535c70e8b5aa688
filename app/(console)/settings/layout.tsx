import type { ReactNode } from 'react'
import { Tabs } from './tabs.tsx'

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <Tabs />
      {children}
    </>
  )
}
