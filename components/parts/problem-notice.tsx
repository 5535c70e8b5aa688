'use client'
import { useTranslations } from 'next-intl'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { ProblemError } from '@/lib/wire/problem-error.ts'

/** What went wrong, in the API's own words, with a way to try again. */
export function ProblemNotice({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const t = useTranslations('ui')
  return (
    <Notice
      tone="bad"
      title={!(error instanceof ProblemError) ? t('bug') : error.code === 'no-answer' ? t('noAnswer') : error.message}
      action={onRetry && <Button onClick={onRetry}>{t('retry')}</Button>}
    >
      {error instanceof ProblemError ? error.detail : error.message}
    </Notice>
  )
}
