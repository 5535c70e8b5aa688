'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { usePathname } from 'next/navigation'

export const places = [
  { href: '/', name: 'fleet', keys: 'g f' },
  { href: '/hosts', name: 'hosts', keys: 'g h' },
  { href: '/vms', name: 'vms', keys: 'g v' },
  { href: '/jobs', name: 'jobs', keys: 'g j' },
  { href: '/settings', name: 'settings', keys: 'g s' },
] as const

export const isHere = (pathname: string, href: string): boolean =>
  href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`)

export function Navigation({ onGo }: { onGo?: () => void }) {
  const t = useTranslations('shell')
  const pathname = usePathname()
  return (
    <nav aria-label={t('navigation')} className="flex flex-col gap-px p-2">
      {places.map(({ href, name }) => {
        const here = isHere(pathname, href)
        return (
          <Link
            key={href}
            href={href}
            onClick={onGo}
            aria-current={here ? 'page' : undefined}
            className={`flex h-7 items-center rounded-base px-2.5 transition-colors duration-[120ms] hover:bg-hover hover:text-ink ${here ? 'bg-hover text-ink' : 'text-ink-2'} ${name === 'settings' ? 'mt-3' : ''}`}
          >
            {t(`places.${name}`)}
          </Link>
        )
      })}
    </nav>
  )
}
