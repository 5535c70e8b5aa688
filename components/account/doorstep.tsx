import type { ReactNode } from 'react'
import { LanguageMenu, ThemeMenu } from '@/components/shell/preferences.tsx'

/** The frame of the pages for those who are not signed in. */
export function Doorstep({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-12 items-center gap-2 px-4">
        <svg viewBox="0 0 32 32" className="size-5 text-accent" aria-hidden="true">
          <path
            d="M5 22h22M8 22V11m16 11V11M8 12l8 7 8-7"
            fill="none"
            stroke="currentColor"
            strokeWidth="2.4"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
        <span className="mr-auto font-bold">Drawbridge</span>
        <LanguageMenu />
        <ThemeMenu />
      </header>
      <main className="mx-auto flex w-full max-w-96 flex-1 flex-col justify-center gap-5 px-4 pt-6 pb-[16vh]">
        <div>
          <h1 tabIndex={-1} className="text-20">
            {title}
          </h1>
          {lead !== undefined && <p className="mt-1 text-ink-2">{lead}</p>}
        </div>
        {children}
      </main>
    </div>
  )
}
