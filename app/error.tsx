'use client'
import { useTranslations } from 'next-intl'
import { Button } from '@/components/ui/button.tsx'

export default function Failed({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations('shell')
  return (
    <main className="mx-auto flex min-h-[60dvh] max-w-140 flex-col justify-center gap-3 p-6">
      <h1 className="text-20">{t('failed')}</h1>
      <p className="text-ink-2">{t('failedHint')}</p>
      <p className="figures text-ink-3">{error.digest ?? error.message}</p>
      <div>
        <Button variant="primary" onClick={reset}>
          {t('again')}
        </Button>
      </div>
    </main>
  )
}
