'use client'
import { useLocale, useTranslations } from 'next-intl'
import { memo, useLayoutEffect, useRef, useState } from 'react'
import { save } from '@/components/parts/export-rows.ts'
import { Button } from '@/components/ui/button.tsx'
import type { LogLine } from '@/lib/wire/told.ts'

/** Rounding of fractional scroll positions makes the very end a moving target. */
const endPx = 8
/** Lines are drawn in blocks that never change again once they are full; so a long log costs no more than a short one. */
const blockLines = 200

/** What the job writes, at its end unless the reader has scrolled up. */
export function Log({ name, lines, isOver }: { name: string; lines: readonly LogLine[]; isOver: boolean }) {
  const t = useTranslations('jobs')
  const box = useRef<HTMLDivElement>(null)
  const [follows, setFollows] = useState(true)
  const count = lines.length
  useLayoutEffect(() => {
    if (follows && count > 0 && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [follows, count])
  const blocks = Array.from({ length: Math.ceil(lines.length / blockLines) }, (_, index) =>
    lines.slice(index * blockLines, (index + 1) * blockLines),
  )
  const text = () => lines.map(({ at, text: line }) => `${at} ${line}\n`).join('')
  return (
    <section aria-label={t('log')} className="min-w-0">
      <div className="mb-1 flex min-h-8 items-center gap-3">
        <h2 className="font-bold">{t('log')}</h2>
        <span className="text-12 text-ink-3">{t('lines', { count: lines.length })}</span>
        <span className="ml-auto flex gap-2">
          {!follows && (
            <Button variant="quiet" onClick={() => setFollows(true)}>
              {t('follow')}
            </Button>
          )}
          {lines.length > 0 && (
            <Button variant="quiet" onClick={() => save(`drawbridge-job-${name}.log`, 'text/plain', text())}>
              {t('download')}
            </Button>
          )}
        </span>
      </div>
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label={t('log')}
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          setFollows(scrollHeight - clientHeight - scrollTop <= endPx)
        }
        className="figures max-h-[60dvh] min-h-32 overflow-auto rounded-base border border-line bg-surface py-2"
      >
        {lines.length === 0 ? (
          <p className="px-3 text-ink-3">{isOver ? t('noLog') : t('waiting')}</p>
        ) : (
          blocks.map((block) => <Block key={block[0]?.seq} lines={block} />)
        )}
      </div>
    </section>
  )
}

const Block = memo(
  function Block({ lines }: { lines: readonly LogLine[] }) {
    const clock = new Intl.DateTimeFormat(useLocale(), { timeStyle: 'medium', hourCycle: 'h23' })
    return (
      <div>
        {lines.map(({ seq, at, text }) => (
          <div key={seq} className="flex gap-3 px-3 hover:bg-hover">
            <span className="shrink-0 text-ink-3 select-none max-phone:hidden">{clock.format(new Date(at))}</span>
            <span className="min-w-0 flex-1 wrap-anywhere whitespace-pre-wrap">{text}</span>
          </div>
        ))}
      </div>
    )
  },
  (before, after) => before.lines.length === after.lines.length && before.lines[0]?.seq === after.lines[0]?.seq,
)
