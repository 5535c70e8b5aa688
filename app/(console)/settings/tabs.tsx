'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { usePathname } from 'next/navigation'

const tabs = ['account', 'people', 'tokens', 'presets', 'audit'] as const

export function Tabs() {
  const t = useTranslations('settings')
  const pathname = usePathname()
  return (
    <nav aria-label={t('label')} className="-mt-3 mb-5 flex gap-5 overflow-x-auto border-b border-line">
      {tabs.map((tab) => {
        const isHere = pathname === `/settings/${tab}`
        return (
          <Link
            key={tab}
            href={`/settings/${tab}`}
            aria-current={isHere ? 'page' : undefined}
            className={`-mb-px flex h-9 shrink-0 items-center border-b-2 focus-visible:outline-offset-[-2px] ${isHere ? 'border-accent text-ink' : 'border-transparent text-ink-2 hover:text-ink'}`}
          >
            {t(`tabs.${tab}`)}
          </Link>
        )
      })}
    </nav>
  )
}
