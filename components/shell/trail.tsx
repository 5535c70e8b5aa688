'use client'
import { useTranslations } from 'next-intl'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useQuery } from '@tanstack/react-query'
import { vmQueries } from '@/lib/wire/vms.ts'

const known = new Set([
  'hosts',
  'vms',
  'jobs',
  'settings',
  'account',
  'people',
  'tokens',
  'presets',
  'full',
  'audit',
  'new',
  'live',
  'network',
  'networks',
  'storage',
  'changes',
  'system',
  'prepare',
  'overview',
  'console',
  'disks',
  'snapshots',
  'definition',
])

/** Where this page lies: `hosts / kvm-03 / live`. */
export function Trail() {
  const t = useTranslations('shell')
  const parts = usePathname().split('/').filter(Boolean)
  const vm = useVmName(parts[0] === 'vms' && parts[1] !== 'new' ? parts[1] : undefined)
  const label = (part: string): string => {
    if (known.has(part)) return t(`trail.${part}`)
    return part === parts[1] && vm !== null ? vm : decodeURIComponent(part)
  }
  return (
    <nav aria-label={t('trailLabel')} className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-ink-3">
        {parts.length === 0 && <li className="text-ink">{t('places.fleet')}</li>}
        {parts.map((part, index) => {
          const href = `/${parts.slice(0, index + 1).join('/')}`
          const isLast = index === parts.length - 1
          return (
            <li key={href} className={`flex min-w-0 items-center gap-1.5 ${isLast ? '' : 'max-phone:hidden'}`}>
              {index > 0 && (
                <span aria-hidden="true" className="max-phone:hidden">
                  /
                </span>
              )}
              {isLast ? (
                <span aria-current="page" className="truncate text-ink">
                  {label(part)}
                </span>
              ) : (
                <Link href={href} className="truncate hover:text-ink">
                  {label(part)}
                </Link>
              )}
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

/** Of the VM whose page this is, once that has read it: its address has the UUID. */
function useVmName(part: string | undefined): string | null {
  const reference = part === undefined ? '' : decodeURIComponent(part)
  return useQuery({ ...vmQueries.one(reference), enabled: false }).data?.name ?? null
}
