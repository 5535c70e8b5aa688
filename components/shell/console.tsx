'use client'
import { useTranslations } from 'next-intl'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type ReactNode, useCallback, useState } from 'react'
import { IconButton } from '@/components/ui/button.tsx'
import { Kbd } from '@/components/ui/empty.tsx'
import { Menu } from '@/components/ui/menu.tsx'
import { useStreamState } from '@/lib/wire/live.ts'
import { useSignOut } from '@/lib/wire/mutations.ts'
import { useMe } from '@/lib/wire/queries.ts'
import { ActionsProvider } from './actions.tsx'
import { Announcer } from './announcer.tsx'
import { Gate } from './gate.tsx'
import { useKeyboard } from './keyboard.ts'
import { Navigation } from './navigation.tsx'
import { PendingChanges, PendingSign } from './pending-changes.tsx'
import { LanguageMenu, ThemeMenu } from './preferences.tsx'
import { Trail } from './trail.tsx'

// Loaded when they are first asked for: no page has to wait for them.
const Palette = dynamic(() => import('./palette.tsx').then((module) => module.Palette), { ssr: false })
const KeyboardHelp = dynamic(() => import('./keyboard-help.tsx').then((module) => module.KeyboardHelp), { ssr: false })
const PhoneMenu = dynamic(() => import('./phone-menu.tsx').then((module) => module.PhoneMenu), { ssr: false })

/** Everything around a page once somebody is signed in. */
export function Console({ children }: { children: ReactNode }) {
  return (
    <ActionsProvider>
      <Frame>
        <Gate>{children}</Gate>
      </Frame>
    </ActionsProvider>
  )
}

function Frame({ children }: { children: ReactNode }) {
  const t = useTranslations('shell')
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const [menu, setMenu] = useState(false)
  useKeyboard(
    useCallback(() => setPalette(true), []),
    useCallback(() => setHelp(true), []),
  )
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[220px_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-60 -translate-y-16 rounded-base bg-accent px-3 py-1.5 text-on-accent focus:translate-y-0"
      >
        {t('skip')}
      </a>
      <aside className="sticky top-0 hidden h-dvh border-r border-line md:block">
        <Brand />
        <Navigation />
      </aside>
      <div className="flex min-h-dvh min-w-0 flex-col">
        <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-canvas px-3 md:px-5">
          <IconButton label={t('menu')} className="md:hidden" onClick={() => setMenu(true)}>
            <span aria-hidden="true">☰</span>
          </IconButton>
          <Trail />
          <button
            type="button"
            onClick={() => setPalette(true)}
            className="ml-auto hidden h-8 w-52 items-center justify-between rounded-base border border-line-strong px-2.5 text-12 text-ink-3 hover:bg-hover phone:flex"
          >
            {t('jump')}
            <Kbd>Ctrl K</Kbd>
          </button>
          <span className="ml-auto phone:hidden" />
          <PendingSign />
          <StreamSign />
          <LanguageMenu />
          <ThemeMenu />
          <Account onHelp={() => setHelp(true)} />
        </header>
        <PendingChanges />
        <main id="content" tabIndex={-1} className="flex min-w-0 flex-1 flex-col px-3 py-5 outline-none md:px-5">
          {children}
        </main>
      </div>
      <Announcer />
      {menu && <PhoneMenu onClose={() => setMenu(false)} />}
      {palette && <Palette open onOpenChange={setPalette} />}
      {help && <KeyboardHelp open onOpenChange={setHelp} />}
    </div>
  )
}

function Brand() {
  return (
    <Link href="/" className="flex h-12 items-center gap-2 border-b border-line px-4.5 font-bold">
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
      Drawbridge
    </Link>
  )
}

/** Says so when what is shown is not live; silent while all is well. */
function StreamSign() {
  const t = useTranslations('shell')
  const state = useStreamState()
  if (state !== 'lost' && state !== 'signed-out') return null
  return (
    <span role="status" className="text-12 text-warn">
      ▲ <span className="max-phone:sr-only">{t(`stream.${state}`)}</span>
    </span>
  )
}

function Account({ onHelp }: { onHelp: () => void }) {
  const t = useTranslations('shell')
  const router = useRouter()
  const { data: me } = useMe()
  const signOut = useSignOut()
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t('account', { name: me?.name ?? '' })}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-full border border-line-strong text-12 font-bold text-ink-2 uppercase hover:bg-hover hover:text-ink"
        >
          {(me?.name ?? '·').slice(0, 1)}
        </button>
      }
      groups={[
        [
          { label: t('myAccount'), onSelect: () => router.push('/settings/account') },
          { label: t('help'), onSelect: onHelp },
          { label: t('apiDocs'), onSelect: () => window.open('/api/v1/docs', '_blank', 'noopener') },
        ],
        [
          {
            label: t('signOut'),
            onSelect: () => signOut.mutate(undefined, { onSettled: () => router.replace('/login') }),
          },
        ],
      ]}
    />
  )
}
