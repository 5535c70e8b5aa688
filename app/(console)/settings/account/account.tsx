'use client'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { PageTitle } from '@/components/shell/page-title.tsx'
import { useMe } from '@/lib/wire/queries.ts'
import { Password } from './password.tsx'
import { SecondFactor } from './second-factor.tsx'
import { Sessions } from './sessions.tsx'

export function Account() {
  const t = useTranslations('account')
  const tabs = useTranslations('settings.tabs')
  const roles = useTranslations('settings.roles')
  const { data: me } = useMe()
  if (me === undefined) return null
  return (
    <>
      <PageTitle title={tabs('account')} />
      <div className="max-w-240">
        <Section title={t('you.title')} hint={t('you.hint')}>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5">
            <dt className="text-ink-3">{t('name')}</dt>
            <dd className="wrap-anywhere">{me.name}</dd>
            <dt className="text-ink-3">{t('email')}</dt>
            <dd className="wrap-anywhere">{me.email}</dd>
            <dt className="text-ink-3">{t('you.role')}</dt>
            <dd>{roles(me.role)}</dd>
          </dl>
        </Section>
        <Section title={t('change.title')} hint={t('change.hint')}>
          <Password />
        </Section>
        <Section title={t('factor.title')} hint={t('factor.hint')}>
          <SecondFactor isOn={me.twoFactor} />
        </Section>
        <Section title={t('sessions.title')} hint={t('sessions.hint')}>
          <Sessions />
        </Section>
      </div>
    </>
  )
}

function Section({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="grid gap-x-8 gap-y-3 border-t border-line py-5 md:grid-cols-[220px_minmax(0,1fr)]"
    >
      <div>
        <h2 className="font-bold">{title}</h2>
        <p className="mt-0.5 text-12 text-ink-3">{hint}</p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  )
}
