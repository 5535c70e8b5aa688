'use client'
import { useTranslations } from 'next-intl'
import { save } from '@/components/parts/export-rows.ts'
import { Button } from '@/components/ui/button.tsx'
import { Code } from '@/components/ui/code.tsx'

/** Shown this once: to be copied or kept as a file. */
export function BackupCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const t = useTranslations('account.factor')
  const text = codes.join('\n')
  return (
    <>
      <Code text={text} label={t('codes')} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => save('drawbridge-backup-codes.txt', 'text/plain', `${text}\n`)}>{t('download')}</Button>
        <Button variant="primary" onClick={onDone}>
          {t('kept')}
        </Button>
      </div>
    </>
  )
}
