'use client'
import { useTranslations } from 'next-intl'
import { useRef, useState } from 'react'

/** Browsers have no clipboard on plain HTTP, where many dashboards are used: there the text is selected and copied. */
async function write(text: string, shown: HTMLElement | null): Promise<void> {
  if ('clipboard' in navigator) return navigator.clipboard.writeText(text)
  if (shown !== null) document.getSelection()?.selectAllChildren(shown)
  document.execCommand('copy')
}

/** Text to be copied as it is: a command, a key. Lines wrap, so that nothing hides at the edge. */
export function Code({ text, label }: { text: string; label: string }) {
  const t = useTranslations('ui')
  const [copied, setCopied] = useState(false)
  const shown = useRef<HTMLPreElement>(null)
  const copy = async () => {
    await write(text, shown.current)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <div className="flex items-start gap-2 rounded-base border border-line bg-canvas py-1 pr-1 pl-3">
      <pre ref={shown} className="figures min-w-0 flex-1 py-1 break-all whitespace-pre-wrap" aria-label={label}>
        {text}
      </pre>
      <button
        type="button"
        onClick={() => void copy()}
        className="h-6 shrink-0 rounded-[4px] px-2 text-12 text-ink-2 hover:bg-hover hover:text-ink"
      >
        <span aria-live="polite">{copied ? t('copied') : t('copy')}</span>
      </button>
    </div>
  )
}
