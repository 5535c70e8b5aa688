'use client'
import { useTranslations } from 'next-intl'
import { Button } from '@/components/ui/button.tsx'
import { Notice } from '@/components/ui/notice.tsx'
import { useToast } from '@/components/ui/toast.tsx'
import { ProblemError } from '@/lib/wire/problem-error.ts'

/** What went wrong, in the API's own words, with a way to try again. */
export function ProblemNotice({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const t = useTranslations('ui')
  const { title, detail } = useProblemWords()(error)
  return (
    <Notice tone="bad" title={title} action={onRetry && <Button onClick={onRetry}>{t('retry')}</Button>}>
      {detail}
    </Notice>
  )
}

/** The same for what has no place on the page. */
export function useProblemToast(): (error: Error) => void {
  const toast = useToast()
  const wordsOf = useProblemWords()
  return (error) => {
    const { title, detail } = wordsOf(error)
    toast('bad', title, detail)
  }
}

function useProblemWords(): (error: Error) => { title: string; detail: string | null } {
  const t = useTranslations('ui')
  return (error) => {
    if (!(error instanceof ProblemError)) return { title: t('bug'), detail: error.message }
    return { title: error.code === 'no-answer' ? t('noAnswer') : error.message, detail: error.detail }
  }
}
