export type Tone = 'ok' | 'busy' | 'off' | 'warn' | 'bad'

const signs: Record<Tone, { glyph: string; color: string }> = {
  ok: { glyph: '●', color: 'text-ok' },
  busy: { glyph: '◐', color: 'text-busy' },
  off: { glyph: '○', color: 'text-ink-3' },
  warn: { glyph: '▲', color: 'text-warn' },
  bad: { glyph: '✕', color: 'text-bad' },
}

/** A state as glyph, word and colour: never colour alone. */
export function State({ tone, word, className = '' }: { tone: Tone; word: string; className?: string }) {
  const { glyph, color } = signs[tone]
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${color} ${className}`}>
      <span aria-hidden="true" className="text-11">
        {glyph}
      </span>
      <span>{word}</span>
    </span>
  )
}
