import { err, ok, type Result } from '../kit/result.ts'

/**
 * XML as text with the places of its elements. A serializer would rewrite quotes, entities and white space of all that is
 * there; whoever edits by places leaves each byte it does not mean alone.
 */

export interface XmlAttribute {
  name: string
  /** With entities resolved. */
  value: string
  /** From the first character of its name to behind the closing quote. */
  start: number
  end: number
  /** Of what stands between the quotes. */
  valueStart: number
  valueEnd: number
  quote: string
}

export interface XmlElement {
  /** With its prefix: `qemu:commandline`. */
  name: string
  attributes: XmlAttribute[]
  children: XmlElement[]
  parent: XmlElement | null
  /** From `<` to behind the last `>`. */
  start: number
  end: number
  /** Behind the `>` of the start tag, and at the `<` of the end tag: what is between is the content. */
  contentStart: number
  contentEnd: number
  isSelfClosing: boolean
  /** Text and CDATA directly in it, with entities resolved. */
  text: string
}

// libvirt writes some tens of kilobytes for a large VM.
const maxLength = 4 * 1024 * 1024
// Each layer of a disk's backing chain is one deeper.
const maxDepth = 600
const maxElements = 200_000

class XmlFault extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

export interface XmlProblem {
  /** From 1. */
  line: number
  message: string
}

/** The root element of a text with all below it. What is not well-formed is refused, and so is a DOCTYPE. */
export function parseXml(text: string): Result<XmlElement, XmlProblem> {
  if (text.length > maxLength)
    return err({ line: 1, message: `The XML is larger than ${maxLength / 1024 / 1024} MiB.` })
  try {
    return ok(new Parser(text).document())
  } catch (thrown) {
    if (!(thrown instanceof XmlFault)) throw thrown
    return err({ line: text.slice(0, thrown.at).split('\n').length, message: thrown.message })
  }
}

const nameStart = String.raw`[A-Za-z_:\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u2C00-\u2FEF\u3001-\uD7FF]`
const namePattern = new RegExp(`${nameStart}(?:${nameStart}|[-.0-9\u00B7\u0300-\u036F])*`, 'y')
/** Characters that no XML 1.0 may have, also not as a reference. */
export const forbiddenPattern = String.raw`[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]`
const forbidden = new RegExp(forbiddenPattern)
const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' }

class Parser {
  readonly #text: string
  #at = 0
  #count = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlElement {
    const wrong = forbidden.exec(this.#text)
    if (wrong !== null) throw new XmlFault('The XML has a character that XML does not allow.', wrong.index)
    if (this.#text.startsWith('\uFEFF')) this.#at = 1
    if (/^<\?xml[\s?]/.test(this.#text.slice(this.#at, this.#at + 6))) this.#instruction(true)
    this.#between()
    if (this.#text[this.#at] !== '<') throw this.#fault('The XML must begin with an element.')
    const root = this.#element()
    this.#between()
    if (this.#at < this.#text.length) throw this.#fault('Behind the last element of the XML there is more.')
    return root
  }

  #fault(message: string, at = this.#at): XmlFault {
    return new XmlFault(message, at)
  }

  /** White space, comments and processing instructions outside of the root. */
  #between(): void {
    for (;;) {
      this.#space()
      if (this.#text.startsWith('<!--', this.#at)) this.#comment()
      else if (this.#text.startsWith('<?', this.#at)) this.#instruction(false)
      else if (this.#text.startsWith('<!', this.#at))
        throw this.#fault('The XML has a document type (DOCTYPE), which a VM never needs.')
      else return
    }
  }

  #space(): boolean {
    const before = this.#at
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
    return this.#at > before
  }

  #until(end: string, what: string): string {
    const found = this.#text.indexOf(end, this.#at)
    if (found === -1) throw this.#fault(`${what} does not end.`)
    const inside = this.#text.slice(this.#at, found)
    this.#at = found + end.length
    return inside
  }

  #comment(): void {
    const start = this.#at
    this.#at += 4
    const inside = this.#until('-->', 'A comment')
    if (inside.includes('--') || inside.endsWith('-')) throw this.#fault('A comment must not contain "--".', start)
  }

  #instruction(isDeclaration: boolean): void {
    const start = this.#at
    this.#at += 2
    const target = this.#name()
    const inside = this.#until('?>', 'A processing instruction')
    const isXml = target.toLowerCase() === 'xml'
    if (isXml !== isDeclaration || (isDeclaration && target !== 'xml'))
      throw this.#fault('The XML declaration must stand at the very beginning.', start)
    if (isDeclaration && !declaration.test(inside)) throw this.#fault('The XML declaration is not right.', start)
    if (!isDeclaration && inside !== '' && !/^\s/.test(inside))
      throw this.#fault('A processing instruction is not right.', start)
  }

  #name(): string {
    namePattern.lastIndex = this.#at
    const found = namePattern.exec(this.#text)?.[0]
    if (found === undefined)
      throw this.#fault('A name is missing here, or begins with a character that no name begins with.')
    this.#at += found.length
    return found
  }

  /** Iterative: nesting is bounded by a limit, not by the stack. */
  #element(): XmlElement {
    const root = this.#startTag(null)
    let open = root.isSelfClosing ? null : root
    let depth = 1
    while (open !== null) {
      const text = this.#text
      if (this.#at >= text.length) throw this.#fault(`<${open.name}> is not closed.`, open.start)
      if (text.startsWith('</', this.#at)) {
        open = this.#endTag(open)
        depth--
      } else if (text.startsWith('<!--', this.#at)) this.#comment()
      else if (text.startsWith('<![CDATA[', this.#at)) {
        this.#at += 9
        open.text += this.#until(']]>', 'A CDATA section')
      } else if (text.startsWith('<?', this.#at)) this.#instruction(false)
      else if (text.startsWith('<!', this.#at))
        throw this.#fault('The XML declares something (<!…), which a VM never needs.')
      else if (text[this.#at] === '<') {
        const child = this.#startTag(open)
        open.children.push(child)
        if (!child.isSelfClosing) {
          open = child
          if (++depth > maxDepth) throw this.#fault(`The XML is nested more than ${maxDepth} deep.`)
        }
      } else open.text += this.#characters()
    }
    return root
  }

  #characters(): string {
    const start = this.#at
    const next = this.#text.indexOf('<', start)
    this.#at = next === -1 ? this.#text.length : next
    const raw = this.#text.slice(start, this.#at)
    const end = raw.indexOf(']]>')
    if (end !== -1) throw this.#fault('"]]>" must not stand in text.', start + end)
    return this.#resolved(raw, start)
  }

  #startTag(parent: XmlElement | null): XmlElement {
    if (++this.#count > maxElements) throw this.#fault('The XML has too many elements.')
    const start = this.#at
    this.#at++
    const name = this.#name()
    const attributes: XmlAttribute[] = []
    for (;;) {
      const hasSpace = this.#space()
      const isSelfClosing = this.#text.startsWith('/>', this.#at)
      if (isSelfClosing || this.#text[this.#at] === '>') {
        this.#at += isSelfClosing ? 2 : 1
        const at = this.#at
        return {
          name,
          attributes,
          children: [],
          parent,
          start,
          end: at,
          contentStart: at,
          contentEnd: at,
          isSelfClosing,
          text: '',
        }
      }
      if (this.#at >= this.#text.length) throw this.#fault(`The tag <${name} does not end.`, start)
      if (!hasSpace) throw this.#fault(`In the tag <${name} a space is missing.`)
      const attribute = this.#attribute(name)
      if (attributes.some((other) => other.name === attribute.name))
        throw this.#fault(`<${name}> has the attribute ${attribute.name} twice.`, attribute.start)
      attributes.push(attribute)
    }
  }

  #attribute(element: string): XmlAttribute {
    const start = this.#at
    const name = this.#name()
    this.#space()
    if (this.#text[this.#at] !== '=') throw this.#fault(`The attribute ${name} of <${element}> has no value.`)
    this.#at++
    this.#space()
    const quote = this.#text[this.#at] ?? ''
    if (quote !== "'" && quote !== '"') throw this.#fault(`The value of ${name} in <${element}> is not in quotes.`)
    this.#at++
    const valueStart = this.#at
    const raw = this.#until(quote, `The value of ${name} in <${element}>`)
    if (raw.includes('<')) throw this.#fault(`The value of ${name} in <${element}> must not contain "<".`, valueStart)
    // XML makes spaces of line breaks in attributes, but not of those written as references.
    const value = this.#resolved(raw.replaceAll(/\r\n|[\t\r\n]/g, ' '), valueStart)
    return { name, value, start, end: this.#at, valueStart, valueEnd: this.#at - 1, quote }
  }

  #endTag(open: XmlElement): XmlElement | null {
    const start = this.#at
    this.#at += 2
    const name = this.#name()
    if (name !== open.name) throw this.#fault(`<${open.name}> is closed by </${name}>.`, start)
    this.#space()
    if (this.#text[this.#at] !== '>') throw this.#fault(`The tag </${name} does not end.`)
    this.#at++
    open.contentEnd = start
    open.end = this.#at
    return open.parent
  }

  #resolved(raw: string, at: number): string {
    const text = raw.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
    if (!text.includes('&')) return text
    return text.replaceAll(
      /&(?:([A-Za-z]+);|#(\d{1,7});|#x([\dA-Fa-f]{1,6});)?/g,
      (whole, name?: string, decimal?: string, hex?: string) => {
        const entity = name === undefined ? undefined : entities[name]
        if (entity !== undefined) return entity
        const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
        if (name !== undefined || !Number.isFinite(code) || code > 0x10_ff_ff)
          throw this.#fault(`"${whole}" is no reference that XML knows; write "&amp;" for "&".`, at)
        const character = String.fromCodePoint(code)
        if (forbidden.test(character)) throw this.#fault(`"${whole}" is a character that XML does not allow.`, at)
        return character
      },
    )
  }
}

const declaration =
  /^\s+version\s*=\s*(?:'1\.\d'|"1\.\d")(?:\s+encoding\s*=\s*(?:'[A-Za-z][\w.-]*'|"[A-Za-z][\w.-]*"))?(?:\s+standalone\s*=\s*(?:'(?:yes|no)'|"(?:yes|no)"))?\s*$/

/** The first descendant along a path of names; null when one is missing. */
export function pathTo(element: XmlElement | null, ...names: string[]): XmlElement | null {
  let found = element
  for (const name of names) found = found?.children.find((child) => child.name === name) ?? null
  return found
}

export const named = (element: XmlElement | null, name: string): XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? []

export const valueOf = (element: XmlElement | null, name: string): string | null =>
  element?.attributes.find((attribute) => attribute.name === name)?.value ?? null

/** The namespace that a prefix stands for at this element; '' is the prefix of names without one. */
export function namespaceOf(element: XmlElement, prefix: string): string | null {
  const name = prefix === '' ? 'xmlns' : `xmlns:${prefix}`
  for (let one: XmlElement | null = element; one !== null; one = one.parent) {
    const declared = valueOf(one, name)
    if (declared !== null) return declared
  }
  return null
}

export const prefixOf = (name: string): string => (name.includes(':') ? name.slice(0, name.indexOf(':')) : '')
export const localName = (name: string): string => name.slice(name.indexOf(':') + 1)
