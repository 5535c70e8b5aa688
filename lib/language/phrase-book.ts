/**
 * English sentences in another language, by their templates: `{1} has a VM called {2} already.`. Literals are looked for
 * by indexOf in their order, never by a pattern, so no text can make it slow.
 */
interface Phrase {
  literals: readonly string[]
  /** Pieces of the translation: text, or the index of a value. */
  said: readonly (string | number)[]
  /** How much of it is literal: the more, the surer the match. */
  weight: number
}

/** Longer texts are output of a program, not sentences. */
const longest = 4000
const deepest = 4
/** Sentences in one text that are looked at apart. */
const mostSentences = 12
const headLength = 5

export type Translate = (english: string) => string

/** `a {1} b` as its literals (`a `, ` b`) and the numbers between them. */
export function piecesOf(template: string): { literals: string[]; numbers: number[] } {
  const parts = template.split(/\{(\d{1,2})\}/)
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    numbers: parts.filter((_, index) => index % 2 === 1).map(Number),
  }
}

function phraseOf(english: string, said: string): Phrase {
  const { literals, numbers } = piecesOf(english)
  const spoken = said
    .split(/\{(\d{1,2})\}/)
    .map((part, index) => (index % 2 === 0 ? part : numbers.indexOf(Number(part))))
  return { literals, said: spoken, weight: literals.join('').length }
}

/** The values between the literals, or null when the text is another one. */
export function valuesIn(text: string, literals: readonly string[]): string[] | null {
  const first = literals[0] ?? ''
  const last = literals.at(-1) ?? ''
  const end = text.length - last.length
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return null
  const values: string[] = []
  let from = first.length
  for (const literal of literals.slice(1, -1)) {
    const at = text.indexOf(literal, from)
    if (at < 0 || at + literal.length > end) return null
    values.push(text.slice(from, at))
    from = at + literal.length
  }
  values.push(text.slice(from, end))
  return values
}

/** Behind each full stop, colon or the like that a next sentence may follow, the first ones first. */
function breaks(text: string): number[] {
  const found: number[] = []
  for (const { index } of text.matchAll(/[.?!…:] /g)) {
    found.push(index + 1)
    if (found.length === mostSentences) break
  }
  return found
}

/**
 * Makes a translator of English templates. What it does not know comes back as it was; a value that is itself known is
 * translated, any other is a host's or a person's and stays.
 */
export function phraseBook(catalogue: Readonly<Record<string, string>>): Translate {
  const exact = new Map<string, string>()
  const byHead = new Map<string, Phrase[]>()
  const byTail = new Map<string, Phrase[]>()
  const others: Phrase[] = []
  for (const [english, said] of Object.entries(catalogue)) {
    const phrase = phraseOf(english, said)
    if (phrase.literals.length === 1) exact.set(english, said)
    else {
      const head = phrase.literals[0] ?? ''
      const tail = phrase.literals.at(-1) ?? ''
      if (head.length >= headLength) put(byHead, head.slice(0, headLength), phrase)
      else if (tail.length >= headLength) put(byTail, tail.slice(-headLength), phrase)
      else others.push(phrase)
    }
  }

  /** The likeliest phrase of this text. */
  function match(text: string): { phrase: Phrase; values: string[] } | null {
    const head = byHead.get(text.slice(0, headLength)) ?? []
    const tail = byTail.get(text.slice(-headLength)) ?? []
    let best: { phrase: Phrase; values: string[] } | null = null
    for (const phrases of [head, tail, others])
      for (const phrase of phrases) {
        if (best !== null && phrase.weight <= best.phrase.weight) continue
        const values = valuesIn(text, phrase.literals)
        if (values !== null) best = { phrase, values }
      }
    return best
  }

  const fill = ({ phrase, values }: { phrase: Phrase; values: string[] }, depth: number): string =>
    phrase.said
      .map((piece) => (typeof piece === 'string' ? piece : inside(values[piece] ?? '', depth + 1)))
      .join('')
      // A value that is a sentence brings its own full stop.
      .replaceAll('。。', '。')

  /** A value, which may be a sentence behind a space. */
  function inside(value: string, depth: number): string {
    const known = spoken(value, depth)
    if (known !== value || !value.startsWith(' ')) return known
    const next = spoken(value.slice(1), depth)
    return next === value.slice(1) ? value : next
  }

  /** A text of one or several sentences; what begins with none that is known stays whole. */
  function spoken(text: string, depth: number): string {
    if (depth > deepest) return text
    const literal = exact.get(text)
    // One word that is a value is rather the name of a VM.
    if (literal !== undefined && (depth === 0 || text.includes(' '))) return literal
    const whole = match(text)
    // A value that runs over the end of a sentence may be a match by chance; sentence by sentence is surer then.
    if (whole !== null && !whole.values.some((value) => /[.?!…] /.test(value))) return fill(whole, depth)
    const stops = breaks(text)
    for (const stop of stops) {
      const head = text.slice(0, stop)
      const found = exact.get(head) ?? match(head)
      if (found === null) continue
      const rest = text.slice(stop + 1)
      const next = spoken(rest, depth)
      return `${typeof found === 'string' ? found : fill(found, depth)}${next === rest ? ' ' : ''}${next}`
    }
    if (whole !== null) return fill(whole, depth)
    // `field: sentence`, `name: sentence`.
    for (const stop of stops.slice(0, 2)) {
      if (text[stop - 1] !== ':') continue
      const rest = text.slice(stop + 1)
      const next = spoken(rest, depth + 1)
      if (next !== rest) return `${text.slice(0, stop - 1)}：${next}`
    }
    return text
  }

  return (english) => (english.length > longest ? english : spoken(english, 0))
}

function put(map: Map<string, Phrase[]>, key: string, phrase: Phrase): void {
  const held = map.get(key)
  if (held === undefined) map.set(key, [phrase])
  else held.push(phrase)
}
