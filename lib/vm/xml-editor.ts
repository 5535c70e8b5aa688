import { err, ok, type Result } from '../kit/result.ts'
import { escapeText, escapeValue, writeXml, type XmlTree } from './xml-write.ts'
import { parseXml, type XmlElement, type XmlProblem } from './xml-text.ts'

/** Finds an element in the text as it is now: places move with each edit. */
export type Locate = (root: XmlElement) => XmlElement | null

interface Splice {
  start: number
  /** What was there, and what is there now. */
  before: string
  after: string
}

/** Edits XML by splices into its text. What no splice touches stays byte for byte. */
export class XmlEditor {
  #text: string
  #root: XmlElement
  readonly #done: Splice[] = []

  private constructor(text: string, root: XmlElement) {
    this.#text = text
    this.#root = root
  }

  static open(text: string): Result<XmlEditor, XmlProblem> {
    const parsed = parseXml(text)
    return parsed.ok ? ok(new XmlEditor(text, parsed.value)) : err(parsed.error)
  }

  get text(): string {
    return this.#text
  }
  get root(): XmlElement {
    return this.#root
  }

  at(locate: Locate): XmlElement | null {
    return locate(this.#root)
  }
  /** An element word for word. */
  source(element: XmlElement): string {
    return this.#text.slice(element.start, element.end)
  }

  /** Null removes an attribute. A new one is put behind the others. */
  setAttributes(locate: Locate, values: Record<string, string | number | null>): this {
    // By its place among its siblings: `locate` may go by an attribute that is being changed.
    const place = placeOf(this.#require(locate))
    for (const [name, value] of Object.entries(values)) {
      const element = this.#require((root) => atPlace(root, place))
      const attribute = element.attributes.find((one) => one.name === name)
      const written = value === null ? null : escapeValue(String(value))
      if (attribute === undefined) {
        if (written === null) continue
        // Behind the last one, else behind the name.
        const end = element.attributes.at(-1)?.end ?? element.start + 1 + element.name.length
        this.#splice(end, end, ` ${name}='${written}'`)
      } else if (written === null) {
        const from = this.#text.slice(0, attribute.start).trimEnd().length
        this.#splice(from, attribute.end, '')
      } else if (attribute.value !== String(value)) this.#splice(attribute.valueStart, attribute.valueEnd, written)
    }
    return this
  }

  /** Replaces all that is in an element by a text. */
  setText(locate: Locate, text: string): this {
    const element = this.#require(locate)
    if (element.children.length === 0 && element.text === text) return this
    const written = escapeText(text)
    if (!element.isSelfClosing) this.#splice(element.contentStart, element.contentEnd, written)
    else if (written !== '') this.#splice(element.contentStart - 2, element.end, `>${written}</${element.name}>`)
    return this
  }

  /**
   * Puts a new element in, on lines of its own.
   * @param after names of siblings: it comes behind the last of them, else behind all. `[]`: before all.
   */
  insert(locate: Locate, tree: XmlTree, after?: readonly string[]): this {
    const parent = this.#require(locate)
    const { children } = parent
    const newline = this.#text.includes('\r\n') ? '\r\n' : '\n'
    const own = this.#indentOf(parent)
    const [first] = children
    const inner = (first === undefined ? null : this.#lineIndent(first)) ?? `${own}  `
    const written = `${newline}${inner}${writeXml(tree, inner, newline)}`
    const previous = after === undefined ? children.at(-1) : children.findLast(({ name }) => after.includes(name))
    if (previous !== undefined) {
      const place = this.#behind(previous.end)
      // An element that shares its line with the end of its parent gets the break that was missing.
      const isLast = this.#text.slice(previous.end, parent.contentEnd) === '' && place === parent.contentEnd
      this.#splice(place, place, isLast ? `${written}${newline}${own}` : written)
    } else if (parent.isSelfClosing)
      this.#splice(parent.contentStart - 2, parent.end, `>${written}${newline}${own}</${parent.name}>`)
    else {
      const content = this.#text.slice(parent.contentStart, parent.contentEnd)
      const hasBreak = /^[ \t]*\r?\n/.test(content)
      this.#splice(parent.contentStart, parent.contentStart, hasBreak ? written : `${written}${newline}${own}`)
    }
    return this
  }

  /** Removes an element with its line; a parent that is empty then is written `<so/>`. Nothing to remove is no error. */
  remove(locate: Locate): this {
    const element = this.at(locate)
    if (element === null) return this
    const { parent } = element
    if (parent === null) throw new TypeError('the root is not removed')
    const [from, to] = this.#ownLines(element)
    const left = this.#text.slice(parent.contentStart, from) + this.#text.slice(to, parent.contentEnd)
    if (left.trim() === '' && parent.children.length === 1) this.#splice(parent.contentStart - 1, parent.end, '/>')
    else this.#splice(from, to, '')
    return this
  }

  /** Replaces an element by another, in its place. */
  replace(locate: Locate, tree: XmlTree): this {
    const element = this.#require(locate)
    const newline = this.#text.includes('\r\n') ? '\r\n' : '\n'
    this.#splice(element.start, element.end, writeXml(tree, this.#indentOf(element), newline))
    return this
  }

  /** Replaces an element word for word, e.g. by one of another text. */
  replaceSource(locate: Locate, source: string): this {
    const element = this.#require(locate)
    this.#splice(element.start, element.end, source)
    return this
  }

  /** Takes back the last splice; false when there is none. */
  undo(): boolean {
    const last = this.#done.pop()
    if (last === undefined) return false
    this.#write(last.start, last.start + last.after.length, last.before)
    return true
  }

  #require(locate: Locate): XmlElement {
    const element = this.at(locate)
    if (element === null) throw new TypeError('there is no such element')
    return element
  }

  #splice(start: number, end: number, after: string): void {
    const before = this.#text.slice(start, end)
    if (before === after) return
    this.#write(start, end, after)
    this.#done.push({ start, before, after })
  }

  #write(start: number, end: number, text: string): void {
    const next = this.#text.slice(0, start) + text + this.#text.slice(end)
    const parsed = parseXml(next)
    // What is written is escaped and balanced, so this is a bug, or a source that is no element.
    if (!parsed.ok) throw new TypeError(`an edit breaks the XML in line ${parsed.error.line}: ${parsed.error.message}`)
    this.#text = next
    this.#root = parsed.value
  }

  /** What stands before an element on its line, when that is white space alone. */
  #lineIndent(element: XmlElement): string | null {
    const before = this.#text.slice(this.#text.lastIndexOf('\n', element.start - 1) + 1, element.start)
    return /^[ \t]*$/.test(before) ? before : null
  }

  /** Of the line an element begins on. */
  #indentOf(element: XmlElement): string {
    const lineStart = this.#text.lastIndexOf('\n', element.start - 1) + 1
    return /^[ \t]*/.exec(this.#text.slice(lineStart, element.start))?.[0] ?? ''
  }

  /** Behind an element, and behind a comment on the same line. */
  #behind(place: number): number {
    const rest = /^[ \t]*(?:<!--(?:(?!-->)[^\n])*-->[ \t]*)*(?=\r?\n)/.exec(this.#text.slice(place, place + 4096))
    return place + (rest?.[0].trimEnd().length ?? 0)
  }

  /** The lines an element has for itself, with the line feed before them; of one that shares its line, only itself. */
  #ownLines({ start, end }: XmlElement): [number, number] {
    const before = /\r?\n[ \t]*$/.exec(this.#text.slice(0, start))
    const isAlone = before !== null && /^[ \t]*(?:\r?\n|$)/.test(this.#text.slice(end))
    if (!isAlone) return [start, end]
    const trailing = /^[ \t]*/.exec(this.#text.slice(end))?.[0].length ?? 0
    return [before.index, end + trailing]
  }
}

function placeOf(element: XmlElement): number[] {
  const { parent } = element
  return parent === null ? [] : [...placeOf(parent), parent.children.indexOf(element)]
}

const atPlace = (root: XmlElement, place: readonly number[]): XmlElement | null => {
  let found: XmlElement | null = root
  for (const index of place) found = found?.children[index] ?? null
  return found
}
