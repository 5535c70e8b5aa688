'use client'
import { Dialog as Base } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'

interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** A sentence beneath the title. */
  description?: string
  children?: ReactNode
  /** Buttons, the least dangerous first. */
  footer?: ReactNode
}

const backdrop =
  'fixed inset-0 z-40 bg-backdrop transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0'

export function Dialog({ open, onOpenChange, title, description, children, footer }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup className="fixed top-[12vh] left-1/2 z-50 flex max-h-[80dvh] w-120 max-w-[calc(100vw-2rem)] -translate-x-1/2 flex-col rounded-base border border-line-strong bg-raised shadow-overlay transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0">
          <div className="flex min-h-0 flex-col gap-3 overflow-y-auto p-4">
            <div>
              <Base.Title className="text-16">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-1 text-ink-2">{description}</Base.Description>
              )}
            </div>
            {children}
          </div>
          {footer !== undefined && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/** Slides in from the right and leaves the page in view. */
export function SidePanel({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  wide = false,
}: DialogProps & {
  /** For what is read beside code. */
  wide?: boolean
}) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup
          className={`fixed inset-y-0 right-0 z-50 flex max-w-[100vw] flex-col border-l border-line-strong bg-raised shadow-overlay transition-[transform,width] duration-[180ms] ease-out data-ending-style:translate-x-full data-starting-style:translate-x-full ${wide ? 'w-180' : 'w-120'}`}
        >
          <div className="border-b border-line px-4 py-3">
            <Base.Title className="text-16">{title}</Base.Title>
            {description !== undefined && (
              <Base.Description className="mt-0.5 text-ink-2">{description}</Base.Description>
            )}
          </div>
          <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">{children}</div>
          {footer !== undefined && (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
