import { getTranslations } from 'next-intl/server'
import Link from 'next/link'

export default async function NotFound() {
  const t = await getTranslations('shell')
  return (
    <main className="mx-auto flex min-h-dvh max-w-140 flex-col justify-center gap-3 p-6">
      <p className="figures text-ink-3">404</p>
      <h1 className="text-20">{t('notFound')}</h1>
      <p className="text-ink-2">{t('notFoundHint')}</p>
      <p>
        <Link href="/" className="text-accent underline underline-offset-2">
          {t('toFleet')}
        </Link>
      </p>
    </main>
  )
}
