'use client'
import { useTranslations } from 'next-intl'
import { ProblemNotice } from '@/components/parts/problem-notice.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { ProblemError } from '@/lib/wire/problem-error.ts'
import type { ConsoleLink } from './use-console-link.ts'

/** Why there is no console at this moment, and what to do. */
export function LinkNotice({ link, onReconnect }: { link: ConsoleLink; onReconnect: (takeOver?: boolean) => void }) {
  const t = useTranslations('vm-console')
  if (link.state === 'connecting' || link.state === 'open') return null
  if (link.state === 'closed')
    return (
      <Notice
        tone={link.isTrying ? 'busy' : 'warn'}
        title={t(`ended.${link.why}`)}
        action={<Button onClick={() => onReconnect()}>{t('reconnect')}</Button>}
      >
        {link.isTrying ? t('trying') : undefined}
      </Notice>
    )
  const { problem } = link
  if (problem instanceof ProblemError && problem.code === 'console-taken')
    return (
      <Notice
        tone="warn"
        title={t('taken')}
        action={
          <>
            <Button onClick={() => onReconnect()}>{t('reconnect')}</Button>
            <Button variant="danger" onClick={() => onReconnect(true)}>
              {t('takeOver')}
            </Button>
          </>
        }
      >
        {t('takenText')}
      </Notice>
    )
  return <ProblemNotice error={problem} onRetry={() => onReconnect()} />
}
