'use client'
import { structuredPatch } from 'diff'
import { useTranslations } from 'next-intl'
import { useMemo } from 'react'

interface Line {
  sign: ' ' | '+' | '−'
  before: number | null
  after: number | null
  text: string
}
type Piece = { kind: 'gap'; from: number } | { kind: 'line'; line: Line }

/** Unified, with three lines around each difference. */
function piecesOf(before: string, after: string): Piece[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 3 })
  return hunks.flatMap(({ oldStart, newStart, lines }, index) => {
    let [left, right] = [oldStart, newStart]
    const shown = lines.flatMap((line): Piece[] => {
      const text = line.slice(1)
      if (line.startsWith('-')) return [{ kind: 'line', line: { sign: '−', before: left++, after: null, text } }]
      if (line.startsWith('+')) return [{ kind: 'line', line: { sign: '+', before: null, after: right++, text } }]
      // "\ No newline at end of file" is about the line above.
      if (line.startsWith('\\')) return []
      return [{ kind: 'line', line: { sign: ' ', before: left++, after: right++, text } }]
    })
    return index === 0 && oldStart <= 1 ? shown : [{ kind: 'gap', from: newStart }, ...shown]
  })
}

const tint = { '+': 'bg-ok/12 text-ink', '−': 'bg-bad/12 text-ink', ' ': 'text-ink-2' }
const ink = { '+': 'text-ok', '−': 'text-bad', ' ': '' }

/** What becomes of one file. Added and removed lines have a sign and a word, not a colour alone. */
export function FileDiff({
  path,
  before,
  after,
  open = true,
}: {
  path: string
  /** Null: not there. */
  before: string | null
  after: string | null
  open?: boolean
}) {
  const t = useTranslations('changes')
  const pieces = useMemo(() => piecesOf(before ?? '', after ?? ''), [before, after])
  const count = (sign: Line['sign']) =>
    pieces.filter((piece) => piece.kind === 'line' && piece.line.sign === sign).length
  const fate =
    before === null ? t('newFile') : after === null ? t('deletedFile') : pieces.length === 0 ? t('sameFile') : null
  return (
    <details open={open} className="min-w-0 rounded-base border border-line">
      <summary className="px-3 py-1.5 hover:bg-hover">
        <span className="figures wrap-anywhere">{path}</span>
        <span className="figures ml-3 whitespace-nowrap">
          <span className="text-ok">+{count('+')}</span> <span className="text-bad">−{count('−')}</span>
        </span>
        {fate !== null && <span className="ml-3 text-12 text-ink-3">{fate}</span>}
      </summary>
      {pieces.length > 0 && (
        <div
          className="overflow-x-auto border-t border-line"
          tabIndex={0}
          role="group"
          aria-label={t('diffOf', { path })}
        >
          <table className="figures w-full border-collapse">
            <caption className="sr-only">{t('diffOf', { path })}</caption>
            <tbody>
              {pieces.map((piece) =>
                piece.kind === 'gap' ? (
                  <tr key={`gap ${piece.from}`} className="text-ink-3">
                    <td colSpan={4} className="px-3">
                      …
                    </td>
                  </tr>
                ) : (
                  <Row key={`${piece.line.before} ${piece.line.after}`} line={piece.line} />
                ),
              )}
            </tbody>
          </table>
        </div>
      )}
    </details>
  )
}

function Row({ line: { sign, before, after, text } }: { line: Line }) {
  const t = useTranslations('changes')
  const number = `w-8 pl-2 text-right align-top select-none ${sign === ' ' ? 'text-ink-3' : 'text-ink-2'}`
  return (
    <tr className={tint[sign]}>
      <td className={number}>{before}</td>
      <td className={number}>{after}</td>
      <td className={`w-5 text-center align-top select-none ${ink[sign]}`}>
        <span aria-hidden="true">{sign}</span>
        {sign !== ' ' && <span className="sr-only">{sign === '+' ? t('added') : t('removed')}</span>}
      </td>
      <td className="pr-3 whitespace-pre">{text}</td>
    </tr>
  )
}
