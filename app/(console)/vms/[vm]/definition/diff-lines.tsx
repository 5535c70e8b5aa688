'use client'
import { useTranslations } from 'next-intl'
import type { DiffLine } from '@/lib/contract/vm-edit.ts'

const look = {
  added: { sign: '+', row: 'bg-ok/12 text-ink', ink: 'text-ok' },
  removed: { sign: '−', row: 'bg-bad/12 text-ink', ink: 'text-bad' },
  same: { sign: ' ', row: 'text-ink-2', ink: '' },
  gap: { sign: '…', row: 'text-ink-3', ink: '' },
} as const

/** A comparison as the API made it. Added and removed lines have a sign and a word, not a colour alone. */
export function DiffLines({ label, lines }: { label: string; lines: readonly DiffLine[] }) {
  const t = useTranslations('vm-edit')
  return (
    <div className="overflow-x-auto rounded-base border border-line" tabIndex={0} role="group" aria-label={label}>
      <table className="figures w-full border-collapse">
        <caption className="sr-only">{label}</caption>
        <tbody>
          {lines.map(({ kind, text }, index) => (
            // Lines have nothing of their own to be told apart by, and never move.
            <tr key={index} className={look[kind].row}>
              <td className={`w-6 text-center align-top select-none ${look[kind].ink}`}>
                <span aria-hidden="true">{look[kind].sign}</span>
                {(kind === 'added' || kind === 'removed') && <span className="sr-only">{t(`diff.${kind}`)}</span>}
              </td>
              <td className="pr-3 whitespace-pre">{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
