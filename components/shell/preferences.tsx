'use client'
import { useLocale, useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useSyncExternalStore } from 'react'
import { Menu } from '@/components/ui/menu.tsx'
import { localeCookie, localeNames, locales, type Theme, themeCookie, themes } from '@/lib/i18n/locales.ts'

const yearSeconds = 365 * 24 * 3600

function keep(name: string, value: string): void {
  // oxlint-disable-next-line unicorn/no-document-cookie -- the Cookie Store API is not there over plain HTTP
  document.cookie = `${name}=${value}; path=/; max-age=${yearSeconds}; samesite=lax`
}

const root = () => document.documentElement
const themeOf = (): Theme => themes.find((theme) => theme === root().dataset.theme) ?? 'system'

function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed)
  observer.observe(root(), { attributes: true, attributeFilter: ['data-theme'] })
  return () => observer.disconnect()
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(watchTheme, themeOf, () => 'system' as const)
  const choose = (next: Theme) => {
    keep(themeCookie, next)
    root().dataset.theme = next
  }
  return [theme, choose]
}

/** Switches the language; what the server rendered comes again in it. */
export function useChooseLocale(): (locale: string) => void {
  const { refresh } = useRouter()
  return (locale) => {
    keep(localeCookie, locale)
    refresh()
  }
}

const trigger =
  'inline-flex h-8 items-center gap-1.5 rounded-base px-2 text-ink-2 transition-colors duration-[120ms] hover:bg-hover hover:text-ink'

export function ThemeMenu() {
  const t = useTranslations('shell')
  const [theme, choose] = useTheme()
  return (
    <Menu
      trigger={
        <button type="button" className={trigger} aria-label={t('theme')}>
          <span aria-hidden="true">◐</span>
        </button>
      }
      groups={[
        themes.map((one) => ({ label: t(`themes.${one}`), checked: one === theme, onSelect: () => choose(one) })),
      ]}
    />
  )
}

export function LanguageMenu() {
  const t = useTranslations('shell')
  const locale = useLocale()
  const choose = useChooseLocale()
  return (
    <Menu
      trigger={
        <button type="button" className={trigger} aria-label={`${locale === 'zh-CN' ? '中' : 'EN'}: ${t('language')}`}>
          <span aria-hidden="true" className="text-12">
            {locale === 'zh-CN' ? '中' : 'EN'}
          </span>
        </button>
      }
      groups={[
        locales.map((one) => ({ label: localeNames[one], checked: one === locale, onSelect: () => choose(one) })),
      ]}
    />
  )
}
