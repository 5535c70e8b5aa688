'use client'
import { useTranslations } from 'next-intl'
import { type ReactNode, type RefObject, useRef } from 'react'
import { Button } from '@/components/ui/button.tsx'

/** A console's screen with its tools above, alike for both kinds. */
export function ConsoleFrame({
  choice,
  tools,
  status,
  actions,
  notice,
  help,
  children,
}: {
  choice: ReactNode
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
          <Button onClick={() => void whole.current?.requestFullscreen()}>{t('fullScreen')}</Button>
        </div>
      </div>
      {notice}
      <div
        ref={whole}
        className="relative h-[max(20rem,calc(100dvh-15.5rem))] overflow-hidden rounded-base border border-line-strong bg-[#0e1116] p-2"
      >
        {children}
      </div>
      <p className="text-12 text-ink-3">{help}</p>
    </div>
  )
}
