'use client'
import { Toast as Base } from '@base-ui/react/toast'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'

export type ToastTone = 'ok' | 'bad'

/** Says what came of something done elsewhere than in a form. */
export function useToast(): (tone: ToastTone, title: string, description?: string | null) => void {
  const { add } = Base.useToastManager()
  return (tone, title, description) => {
    add({ title, description: description ?? undefined, type: tone, timeout: tone === 'bad' ? 12_000 : 5000 })
  }
}

export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Base.Provider>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-60 flex w-90 max-w-[calc(100vw-2rem)] flex-col gap-2">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function ToastList() {
  const { toasts } = Base.useToastManager()
  const t = useTranslations('ui')
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className="rounded-base border border-line-strong bg-raised shadow-overlay transition-opacity duration-[120ms] data-ending-style:opacity-0 data-starting-style:opacity-0"
    >
      <Base.Content className="flex gap-3 px-3 py-2">
        <span aria-hidden="true" className={toast.type === 'bad' ? 'text-bad' : 'text-ok'}>
          {toast.type === 'bad' ? '✕' : '✓'}
        </span>
        <div className="min-w-0 flex-1">
          <Base.Title className="font-bold" />
          <Base.Description className="text-12 text-ink-2" />
        </div>
        <Base.Close
          aria-label={t('close')}
          className="size-6 shrink-0 rounded-base text-ink-3 hover:bg-hover hover:text-ink"
        >
          ×
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ))
}
