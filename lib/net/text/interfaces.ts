/**
 * An editor of interfaces(5) as ifupdown and ifupdown2 read it. Lines that no edit names keep their bytes, with their
 * comments, continuations, blanks and line ends.
 */
export interface Line {
  /** As it stands, continuation lines with the line ends between them, without the last line end. */
  text: string
  eol: string
  /** `other`: blank or comment; `top`: auto, source, mapping …; `iface`: opens a stanza; `option`: within one. */
  kind: 'other' | 'top' | 'iface' | 'option'
  /** First word, as written. */
  key: string
  /** The rest, continuations joined with a blank. */
  value: string
}

export interface Stanza {
  header: Line
  /** As written: `eth0`, `eth0:1`. */
  name: string
  /** Null: `iface br0` alone. */
  family: string | null
  method: string | null
  /** Words behind the method. */
  rest: string[]
  options: Line[]
}

const opening = new Set([
  'auto',
  'iface',
  'mapping',
  'source',
  'source-directory',
  'template',
  'no-auto-down',
  'no-scripts',
  'rename',
  'vlan',
])

/** `bridge_ports` and `bridge-ports` are one option to both tools; `up` is `post-up`, `down` is `pre-down`. */
export function canonicalKey(key: string): string {
  const dashed = key.replaceAll('_', '-').toLowerCase()
  return dashed === 'up' ? 'post-up' : dashed === 'down' ? 'pre-down' : dashed
}

/** One option as it is to stand in a stanza; `id` tells when two say the same. */
export interface Option {
  id: string
  key: string
  value: string
}

export class InterfacesText {
  #lines: Line[]

  constructor(text: string) {
    this.#lines = linesOf(text)
  }

  /** Byte-identical to what was parsed as long as no edit was made. */
  toString(): string {
    return this.#lines.map((line) => line.text + line.eol).join('')
  }

  get lines(): readonly Line[] {
    return this.#lines
  }

  get stanzas(): Stanza[] {
    const stanzas: Stanza[] = []
    let open: Stanza | null = null
    for (const line of this.#lines) {
      if (line.kind === 'iface') {
        const [name = '', family = null, method = null, ...rest] = wordsOf(line.value)
        open = { header: line, name, family, method, rest, options: [] }
        stanzas.push(open)
      } else if (line.kind === 'top') open = null
      else if (line.kind === 'option') open?.options.push(line)
    }
    return stanzas
  }

  /** Options that stand before any stanza, or lines no tool can read. */
  get strays(): Line[] {
    let open = false
    return this.#lines.filter((line) => {
      if (line.kind === 'iface') open = true
      // A mapping has lines of its own.
      if (line.kind === 'top') open = line.key === 'mapping' || line.key === 'template' || line.key === 'vlan'
      return line.kind === 'option' && !open
    })
  }

  /**
   * Makes the stanza say exactly `wanted` of what `idOf` gives an id. Lines that say it already are not touched; a line
   * that no longer holds is rewritten in place when its key stays.
   */
  setOptions(stanza: Stanza, idOf: (line: Line) => string | null, wanted: readonly Option[]): void {
    const missing = [...wanted]
    const wrong: Line[] = []
    let last: Line | null = null
    for (const line of stanza.options) {
      const id = idOf(line)
      if (id === null) continue
      const at = missing.findIndex((option) => option.id === id)
      if (at === -1) wrong.push(line)
      else missing.splice(at, 1)
      last = line
    }
    for (const line of wrong) {
      const at = missing.findIndex((option) => canonicalKey(option.key) === canonicalKey(line.key))
      const option = missing[at]
      if (option === undefined) {
        if (line === last) last = this.#before(stanza, line)
        this.#cut([line])
      } else {
        missing.splice(at, 1)
        line.text = line.text.replace(/^(\s*\S+\s+)[\s\S]*$/, (_, head: string) => head + option.value)
        line.value = option.value
      }
    }
    const indent = this.#indent(stanza)
    const lines = missing.flatMap((option) => linesOf(`${indent}${option.key} ${option.value}`))
    for (const line of lines) line.kind = 'option'
    const here = this.#optionsOf(stanza)
    if (lines.length > 0) this.#insert(this.#lines.indexOf(last ?? here.at(-1) ?? stanza.header) + 1, lines)
    stanza.options = this.#optionsOf(stanza)
  }

  #optionsOf(stanza: Stanza): Line[] {
    return this.stanzas.find(({ header }) => header === stanza.header)?.options ?? []
  }

  setHeader(stanza: Stanza, family: string, method: string): void {
    if (stanza.family === family && stanza.method === method) return
    const indent = /^\s*/.exec(stanza.header.text)?.[0] ?? ''
    stanza.header.text = `${indent}iface ${stanza.name} ${family} ${method}`
    stanza.header.value = `${stanza.name} ${family} ${method}`
    stanza.family = family
    stanza.method = method
  }

  /** With its options; comments behind the last one stay, for they may be of what follows. */
  removeStanza(stanza: Stanza): void {
    const from = this.#lines.indexOf(stanza.header)
    const last = stanza.options.at(-1) ?? stanza.header
    const gone = this.#lines.slice(from, this.#lines.indexOf(last) + 1)
    const next = this.#lines[from + gone.length]
    const before = this.#lines[from - 1]
    if (next !== undefined && isBlank(next)) gone.push(next)
    else if (next === undefined && before !== undefined && isBlank(before)) gone.push(before)
    this.#cut(gone)
  }

  /** Behind `after` and its options, else at the end. `auto`: with an `auto` line above it. */
  addStanza(name: string, family: string, method: string, auto: boolean, after: Stanza | null): Stanza {
    const header = `iface ${name} ${family} ${method}`
    const at = after === null ? this.#lines.length : this.#lines.indexOf(after.options.at(-1) ?? after.header) + 1
    const before = this.#lines[at - 1]
    const behind = this.#lines[at]
    const texts = [
      ...(before === undefined || isBlank(before) ? [] : ['']),
      ...(auto ? [`auto ${name}`] : []),
      header,
      ...(behind === undefined || isBlank(behind) ? [] : ['']),
    ]
    this.#insert(at, linesOf(texts.join('\n') + (texts.at(-1) === '' ? '\n' : '')))
    const made = this.stanzas.findLast((stanza) => this.#lines.indexOf(stanza.header) <= at + texts.length - 1)
    if (made === undefined) throw new Error(`no stanza was made for ${name}`)
    return made
  }

  /** Is it brought up at boot, or as soon as it is there? */
  isAuto(name: string): boolean {
    return this.#lines.some(
      ({ kind, key, value }) =>
        kind === 'top' && /^(auto|allow-auto|allow-hotplug)$/.test(key) && wordsOf(value).includes(name),
    )
  }

  addAuto(stanza: Stanza): void {
    this.#insert(this.#lines.indexOf(stanza.header), linesOf(`auto ${stanza.name}`))
  }

  /** Takes a name out of `auto` and `allow-…` lines; a line left without names goes. */
  removeAuto(name: string): void {
    for (const line of this.#lines) {
      if (line.kind !== 'top' || !/^(auto|allow-.*|no-auto-down|no-scripts)$/.test(line.key)) continue
      const words = wordsOf(line.value)
      if (!words.includes(name)) continue
      const left = words.filter((word) => word !== name)
      if (left.length === 0) {
        const at = this.#lines.indexOf(line)
        const [above, below] = [this.#lines[at - 1], this.#lines[at + 1]]
        const gap = above !== undefined && isBlank(above) && (below === undefined || isBlank(below))
        this.#cut(gap ? [above, line] : [line])
      } else {
        line.value = left.join(' ')
        line.text = `${/^\s*/.exec(line.text)?.[0] ?? ''}${line.key} ${line.value}`
      }
    }
  }

  #before(stanza: Stanza, line: Line): Line {
    const here = this.#optionsOf(stanza)
    return here[here.indexOf(line) - 1] ?? stanza.header
  }

  #indent(stanza: Stanza): string {
    const like = stanza.options[0] ?? this.#lines.find((line) => line.kind === 'option')
    return like === undefined ? '\t' : (/^[ \t]*/.exec(like.text)?.[0] ?? '\t')
  }

  #insert(at: number, lines: Line[]): void {
    const eol = this.#lines.find((line) => line.eol !== '')?.eol ?? '\n'
    for (const line of lines) line.eol = eol
    const before = this.#lines[at - 1]
    if (before !== undefined && before.eol === '') {
      before.eol = eol
      const last = lines.at(-1)
      if (last !== undefined && at === this.#lines.length) last.eol = ''
    }
    this.#lines.splice(at, 0, ...lines)
  }

  #cut(gone: readonly Line[]): void {
    const end = this.#lines.at(-1)
    this.#lines = this.#lines.filter((line) => !gone.includes(line))
    const last = this.#lines.at(-1)
    if (end !== undefined && end.eol === '' && last !== undefined && gone.includes(end)) last.eol = ''
  }
}

export const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

const isBlank = (line: Line): boolean => line.kind === 'other' && line.text.trim() === ''

function linesOf(text: string): Line[] {
  const raw = text.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const lines: Line[] = []
  for (let at = 0; at < raw.length; at++) {
    let [whole, eol] = parted(raw[at] ?? '')
    if (/^\s*(#|$)/.test(whole)) {
      lines.push({ text: whole, eol, kind: 'other', key: '', value: '' })
      continue
    }
    let joined = whole
    while (joined.endsWith('\\') && at + 1 < raw.length) {
      const [next, nextEol] = parted(raw[++at] ?? '')
      whole += eol + next
      eol = nextEol
      joined = `${joined.slice(0, -1)} ${next}`
    }
    const [, key = '', value = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(joined) ?? []
    const kind = key === 'iface' ? 'iface' : opening.has(key) || key.startsWith('allow-') ? 'top' : 'option'
    lines.push({ text: whole, eol, kind, key, value: value.replaceAll(/\s+/g, ' ') })
  }
  return lines
}

function parted(line: string): [body: string, eol: string] {
  const eol = /\r?\n$/.exec(line)?.[0] ?? ''
  return [line.slice(0, line.length - eol.length), eol]
}
