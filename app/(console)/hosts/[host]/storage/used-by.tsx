'use client'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import type { VolumeUser } from '@/lib/contract/storage.ts'

/** Names of who needs a volume, in one line. */
export function useUsersText(): (users: readonly VolumeUser[]) => string {
  const t = useTranslations('storage')
  return (users) =>
    users
      .map((user) => (user.kind === 'vm' ? user.name : t('overlay', { volume: `${user.pool}/${user.name}` })))
      .join(', ')
}

/** The same, with a way to each VM. */
export function UsedBy({ users }: { users: readonly VolumeUser[] }) {
  const t = useTranslations('storage')
  if (users.length === 0) return <span className="text-ink-3">{t('nobody')}</span>
  const shown = users.slice(0, 3)
  return (
    <span className="flex max-w-72 flex-wrap gap-x-2">
      {shown.map((user) =>
        user.kind === 'vm' ? (
          <Link key={user.uuid} href={`/vms/${user.uuid}`} className="rounded-[4px] hover:text-accent">
            {user.name}
          </Link>
        ) : (
          <span key={`${user.pool}/${user.name}`} className="text-ink-2">
            {t('overlay', { volume: `${user.pool}/${user.name}` })}
          </span>
        ),
      )}
      {users.length > shown.length && (
        <span className="text-ink-3">{t('andMore', { count: users.length - shown.length })}</span>
      )}
    </span>
  )
}
