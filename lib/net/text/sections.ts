/**
 * An editor of files made of `[Section]` headers and `Key=value` lines, where both may repeat: systemd's and
 * NetworkManager's. Lines that no edit names keep their bytes, with their comments, blanks and line ends.
 */
export interface Dialect {
  /** A backslash at the end joins the next line that is no comment (systemd; not NetworkManager). */
  continued: boolean
}

export interface Section {
  name: string
  /** Which one of this name, from 0. */
  nth: number
  /** Values without white space around them; continued lines joined with a blank, as systemd does. */
  entries: readonly { key: string; value: string }[]
}

type Line =
  | { kind: 'other'; text: string; eol: string }
  | { kind: 'header'; text: string; eol: string; name: string }
  /** `text` holds the continuation lines with the line ends between them. */
  | { kind: 'entry'; text: string; eol: string; key: string; value: string }

/** The text as it is, and edits of it. */
export class SectionText {
  readonly #dialect: Dialect
  #lines: Line[]

  constructor(text: string, dialect: Dialect = { continued: true }) {
    this.#dialect = dialect
    this.#lines = linesOf(text, dialect)
  }

  /** Byte-identical to what was parsed as long as no edit was made. */
  toString(): string {
    return this.#lines.map((line) => line.text + line.eol).join('')
  }

  /** All sections in order, each header its own. Lines before the first header belong to none. */
  get sections(): Section[] {
    return this.#spans().map(({ name, nth, from, to }) => ({
      name,
      nth,
      entries: this.#lines.slice(from, to).flatMap((line) => (line.kind === 'entry' ? [line] : [])),
    }))
  }

  /** How many sections have this name. */
  count(name: string): number {
    return this.#spans().filter((span) => span.name === name).length
  }

  /** All values of a key, over all sections of that name or only the nth. */
  values(name: string, key: string, nth?: number): string[] {
    return this.sections
      .filter((section) => section.name === name && (nth === undefined || section.nth === nth))
      .flatMap(({ entries }) => entries.filter((entry) => entry.key === key).map(({ value }) => value))
  }

  /** The value that counts where a key says one thing: the last one over all sections of that name. */
  last(name: string, key: string): string | null {
    return this.values(name, key).at(-1) ?? null
  }

  /**
   * Makes a key have exactly these values in the nth section of that name, which is made if it is the next one. Lines
   * whose value stays are not touched; none removes the key.
   */
  set(name: string, key: string, values: string | readonly string[], nth = 0): void {
    const wanted = typeof values === 'string' ? [values] : [...values]
    if (this.#span(name, nth) === undefined) {
      if (wanted.length > 0)
        this.addSection(
          name,
          wanted.map((value) => [key, value] as const),
        )
      return
    }
    const span = this.#spanOf(name, nth)
    const places = span.entries.filter((at) => this.#entry(at).key === key)
    const had = places.map((at) => this.#entry(at).value)
    if (had.length === wanted.length && had.every((value, at) => value === wanted[at])) return
    for (const [turn, at] of places.entries()) {
      const value = wanted[turn]
      const line = this.#entry(at)
      if (value !== undefined && value !== line.value) this.#lines[at] = retold(line, value, this.#dialect)
    }
    const added = wanted.slice(places.length)
    if (added.length > 0) {
      const after = places.at(-1) ?? span.entries.at(-1) ?? span.from - 1
      this.#insert(
        after + 1,
        added.map((value) => `${key}=${value}`),
      )
    }
    for (const at of places.slice(wanted.length).toReversed()) this.#cut(at, at + 1)
  }

  /** Adds one more line with this key. */
  add(name: string, key: string, value: string, nth = 0): void {
    const span = this.#span(name, nth)
    this.set(name, key, [...(span === undefined ? [] : this.values(name, key, nth)), value], nth)
  }

  /** Removes a key from all sections of that name, or from the nth. */
  remove(name: string, key: string, nth?: number): void {
    for (let at = 0; at < this.count(name); at++) if (nth === undefined || nth === at) this.set(name, key, [], at)
  }

  /** Adds a section behind the last one of that name, else at the end; returns which one of its name it is. */
  addSection(name: string, entries: readonly (readonly [key: string, value: string])[]): number {
    const spans = this.#spans()
    const last = spans.findLast((span) => span.name === name)
    const at = last === undefined ? this.#lines.length : endOf(last)
    const before = this.#lines[at - 1]
    const blank = before === undefined || before.text.trim() === '' ? [] : ['']
    const behind = this.#lines[at]
    const gap = behind === undefined || behind.text.trim() === '' ? [] : ['']
    this.#insert(at, [...blank, `[${name}]`, ...entries.map(([key, value]) => `${key}=${value}`), ...gap])
    return last === undefined ? 0 : last.nth + 1
  }

  /** Removes a section with what stands in it; comments behind its last key are kept, for they may be of the next. */
  removeSection(name: string, nth: number): void {
    const span = this.#span(name, nth)
    if (span === undefined) return
    let from = span.from - 1
    let to = endOf(span)
    const blank = (at: number) => this.#lines[at]?.text.trim() === ''
    if (blank(to)) to++
    else if (to === this.#lines.length) while (from > 1 && blank(from - 1)) from--
    this.#cut(from, to)
  }

  /** True when no section has a key. */
  get empty(): boolean {
    return this.#lines.every((line) => line.kind !== 'entry')
  }

  #entry(at: number): Extract<Line, { kind: 'entry' }> {
    const line = this.#lines[at]
    if (line?.kind !== 'entry') throw new Error(`line ${at} is no entry`)
    return line
  }

  #spans(): Span[] {
    const spans: Span[] = []
    const seen = new Map<string, number>()
    for (const [at, line] of this.#lines.entries()) {
      const open = spans.at(-1)
      if (line.kind === 'header') {
        const nth = seen.get(line.name) ?? 0
        seen.set(line.name, nth + 1)
        spans.push({ name: line.name, nth, from: at + 1, to: at + 1, entries: [] })
      } else if (open !== undefined) {
        open.to = at + 1
        if (line.kind === 'entry') open.entries.push(at)
      }
    }
    return spans
  }

  #span(name: string, nth: number): Span | undefined {
    return this.#spans().find((span) => span.name === name && span.nth === nth)
  }

  #spanOf(name: string, nth: number): Span {
    const span = this.#span(name, nth)
    if (span === undefined) throw new Error(`there is no section [${name}] number ${nth}`)
    return span
  }

  #insert(at: number, texts: readonly string[]): void {
    const eol = this.#lines.find((line) => line.eol !== '')?.eol ?? '\n'
    const lines = texts.flatMap((text) => linesOf(text + eol, this.#dialect))
    const before = this.#lines[at - 1]
    // The file's last line has no line end: what comes behind it has none in its place.
    if (before !== undefined && before.eol === '') {
      before.eol = eol
      const last = lines.at(-1)
      if (last !== undefined && at === this.#lines.length) last.eol = ''
    }
    this.#lines.splice(at, 0, ...lines)
  }

  #cut(from: number, to: number): void {
    const gone = this.#lines.splice(from, to - from)
    const last = this.#lines.at(-1)
    if (from === this.#lines.length && gone.at(-1)?.eol === '' && last !== undefined) last.eol = ''
  }
}

/** `from`: the line after the header; `to`: the next header or the end; `entries`: lines with keys. */
interface Span {
  name: string
  nth: number
  from: number
  to: number
  entries: number[]
}

const endOf = (span: Span): number => (span.entries.at(-1) ?? span.from - 1) + 1

function retold(line: Extract<Line, { kind: 'entry' }>, value: string, dialect: Dialect): Line {
  const head = /^[^=]*=[ \t]*/.exec(line.text)?.[0] ?? `${line.key}=`
  const [made] = linesOf(head + value, dialect)
  return made === undefined ? line : { ...made, eol: line.eol }
}

const isComment = (text: string): boolean => /^[ \t]*[#;]/.test(text)

function linesOf(text: string, dialect: Dialect): Line[] {
  const raw = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const lines: Line[] = []
  for (let at = 0; at < raw.length; at++) {
    const [body, eol] = parted(raw[at] ?? '')
    const header = /^[ \t]*\[([^\]]*)\][ \t]*$/.exec(body)
    if (header !== null) {
      lines.push({ kind: 'header', text: body, eol, name: header[1] ?? '' })
      continue
    }
    if (isComment(body) || !body.includes('=')) {
      lines.push({ kind: 'other', text: body, eol })
      continue
    }
    let whole = body
    let joined = body
    let end = eol
    while (dialect.continued && joined.endsWith('\\') && at + 1 < raw.length) {
      const [next, nextEol] = parted(raw[++at] ?? '')
      whole += end + next
      end = nextEol
      if (!isComment(next)) joined = `${joined.slice(0, -1)} ${next.trim()}`
    }
    const split = joined.indexOf('=')
    const [key, value] = [joined.slice(0, split).trim(), joined.slice(split + 1).trim()]
    lines.push({ kind: 'entry', text: whole, eol: end, key, value })
  }
  return lines
}

function parted(line: string): [body: string, eol: string] {
  const eol = /\r?\n$/.exec(line)?.[0] ?? ''
  return [line.slice(0, line.length - eol.length), eol]
}
