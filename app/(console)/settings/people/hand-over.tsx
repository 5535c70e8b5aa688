'use client'
import { useTranslations } from 'next-intl'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'
import { SidePanel } from '@/components/ui/dialog.tsx'

/** What the person needs to sign in, shown this once. */
export function HandOver({
  title,
  email,
  password,
  onClose,
}: {
  title: string
  email: string
  password: string
  onClose: () => void
}) {
  const t = useTranslations('settings.people')
  const account = useTranslations('account')
  return (
    <SidePanel
      open
      onOpenChange={onClose}
      title={title}
      description={t('handOver')}
      footer={
        <Button variant="primary" onClick={onClose}>
          {t('handedOver')}
        </Button>
      }
    >
      <div className="flex flex-col gap-1">
        <span className="text-12 text-ink-2">{account('email')}</span>
        <Code text={email} label={account('email')} />
      </div>
      <div className="flex flex-col gap-1">
        <span className="text-12 text-ink-2">{account('password')}</span>
        <Code text={password} label={account('password')} />
      </div>
    </SidePanel>
  )
}
