'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, type RefObject, useRef } from 'react'
import { Button } from '@/components/ui/button.tsx'

export interface ConsoleProps {
  /** Of the VM, as in the page's address. */
  reference: string
  choice: ReactNode
  /** Opens it in a window of its own; null in that window. */
  ownWindow: ReactNode
}

/** A console's screen with its tools above, alike for both kinds. */
export function ConsoleFrame({
  choice,
  ownWindow,
  tools,
  status,
  actions,
  notice,
  help,
  children,
}: {
  choice: ReactNode
  ownWindow: ReactNode
  /** Whoever leaves the screen by keyboard comes to its first button. */
  tools: RefObject<HTMLDivElement | null>
  status: ReactNode
  actions: ReactNode
  notice: ReactNode
  help: string
  children: ReactNode
}) {
  const t = useTranslations('vm-console')
  const whole = useRef<HTMLDivElement>(null)
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-3">
      <div ref={tools} className="flex flex-wrap items-center gap-2">
        {choice}
        <div className="flex flex-wrap items-center gap-x-3 px-1" aria-live="polite">
          {status}
        </div>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          {actions}
          {ownWindow}
          <Button onClick={() => void whole.current?.requestFullscreen()}>{t('fullScreen')}</Button>
        </div>
      </div>
      {/* The notices are seen in full screen too. */}
      <div ref={whole} className="flex flex-1 flex-col gap-3 bg-canvas">
        {notice}
        {/* What the tools and notices leave of the page. Its screen stands absolutely, so that it asks for no height. */}
        <div className="relative min-h-40 flex-1 basis-40 overflow-hidden rounded-base border border-line-strong bg-[#0e1116]">
          {children}
        </div>
      </div>
      <p className="text-12 text-ink-3">{help}</p>
    </div>
  )
}
