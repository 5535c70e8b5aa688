'use client'
import { SidePanel } from '@/components/ui/dialog.tsx'
import { Navigation } from './navigation.tsx'

/** The sidebar of a narrow screen. */
export function PhoneMenu({ onClose }: { onClose: () => void }) {
  return (
    <SidePanel
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title="Drawbridge"
    >
      <Navigation onGo={onClose} />
    </SidePanel>
  )
}
