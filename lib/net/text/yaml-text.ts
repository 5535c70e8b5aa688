import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, parseAllDocuments, visit } from 'yaml'
import type { Document, Node, Pair, YAMLMap, YAMLSeq } from 'yaml'
import { err, ok, type Result } from '../../kit/result.ts'
import { blockText, entriesText, flowPair, flowPairs, flowText, pairText, same, type YamlValue } from './yaml-value.ts'

export type YamlPath = readonly string[]

/**
 * An editor of YAML made of maps, lists and scalars that splices its text: what an edit does not name keeps its bytes.
 * All scalars are read as the text that stands there, so that no MAC becomes a number and no `off` a boolean.
 */
export class YamlText {
  #text: string
  #document: Document

  private constructor(text: string, document: Document) {
    this.#text = text
    this.#document = document
  }

  /** An error is what is wrong with it, or what this editor leaves alone: anchors, tags, several documents. */
  static parse(text: string): Result<YamlText> {
    const documents = parseAllDocuments(text, { schema: 'failsafe', keepSourceTokens: false })
    const [document = null, more] = 'empty' in documents ? [null] : documents
    if (document === null) return YamlText.parse(`${text}{}\n`)
    if (more !== undefined) return err('it holds several documents')
    const [error] = document.errors
    if (error !== undefined) return err(error.message.split('\n')[0]?.slice(0, 200) ?? 'it is no YAML')
    let odd: string | null = null
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node) || node.anchor !== undefined) odd = 'it uses anchors'
        else if (node.tag !== undefined && !/^tag:yaml.org,2002:(map|seq|str)$/.test(node.tag)) odd = 'it uses tags'
      },
    })
    if (odd !== null) return err(odd)
    if (document.contents !== null && !isMap(document.contents) && !isEmpty(document.contents))
      return err('it holds no map')
    return ok(new YamlText(text, document as unknown as Document))
  }

  toString(): string {
    return this.#text
  }

  /** Strings, lists and maps; null where nothing stands. */
  get(path: YamlPath): unknown {
    const node = this.#node(path)
    return node === null || isEmpty(node) ? null : plain(node)
  }

  has(path: YamlPath): boolean {
    return this.#pair(path) !== null
  }

  /** Keys of a map in order; none where there is no map. */
  keys(path: YamlPath): string[] {
    const node = this.#node(path)
    return isMap(node) ? node.items.map(keyOf) : []
  }

  /** Makes the value at a path this one; maps on the way are made. */
  set(path: YamlPath, value: YamlValue): void {
    if (this.has(path) && same(this.get(path), value)) return
    const pair = this.#pair(path)
    if (pair !== null) return this.#replace(path, pair, value)
    let depth = path.length - 1
    while (depth > 0 && !isFull(this.#node(path.slice(0, depth)))) depth--
    const at = path.slice(0, depth)
    const empty = depth < path.length - 1 && this.has(path.slice(0, depth + 1))
    const missing = path.slice(empty ? depth + 1 : depth)
    const made = missing.slice(1).reduceRight<YamlValue>((inner, key) => ({ [key]: inner }), value)
    const nest = { [missing[0] ?? '']: made }
    if (empty) this.#fill(path.slice(0, depth + 1), nest)
    else this.#insert(at, nest)
  }

  /** Makes the list at a path hold these, keeping the text of those it has; none removes it. */
  setList(path: YamlPath, values: readonly YamlValue[]): void {
    const node = this.#node(path)
    if (values.length === 0) return this.remove(path)
    if (!isSeq(node) || node.items.length === 0) return this.set(path, [...values])
    const had = node.items.map((item) => plain(item as Node))
    const kept = had.filter((item) => values.some((value) => same(item, value)))
    const inPlace = kept.every((item, at) => same(item, values[at] ?? ''))
    if (had.length === values.length && inPlace && kept.length === had.length) return
    if (node.flow === true || !inPlace || kept.length === 0) {
      const texts = values.map((value) => {
        const at = had.findIndex((item) => same(item, value))
        return at < 0 ? flowText(value) : this.#source(node.items[at] as Node)
      })
      if (node.flow === true) this.#splice(node.range?.[0] ?? 0, node.range?.[1] ?? 0, `[${texts.join(', ')}]`)
      else this.#replaceWhole(path, [...values])
      return
    }
    const indent = this.#column(this.#dash(node, 0))
    const added = values.slice(kept.length).map((value) => `${' '.repeat(indent)}- ${blockText(value, indent + 2)}\n`)
    const end = this.#lineEnd(lastOffset(node))
    this.#insertLines(end, added.join(''))
    const gone = node.items.flatMap((item, at) =>
      values.some((value) => same(had[at], value)) ? [] : [[item, at] as const],
    )
    // Offsets before the inserted lines still hold.
    for (const [item, at] of gone.toReversed())
      this.#text =
        this.#text.slice(0, this.#lineStart(this.#dash(node, at))) +
        this.#text.slice(this.#lineEnd(lastOffset(item as Node)))
    this.#parse()
  }

  /** Removes a key with its value; a map that held nothing else stays, empty. */
  remove(path: YamlPath): void {
    const pair = this.#pair(path)
    const parent = this.#node(path.slice(0, -1))
    if (pair === null || !isMap(parent)) return
    if (parent.flow === true) {
      const texts = parent.items.filter((item) => item !== pair).map((item) => this.#pairSource(item))
      return this.#splice(parent.range?.[0] ?? 0, parent.range?.[1] ?? 0, `{${texts.join(', ')}}`)
    }
    const from = this.#lineStart(startOf(pair.key))
    const to = this.#lineEnd(pairEnd(pair))
    if (parent.items.length > 1) return this.#splice(from, to, '')
    const above = this.#pair(path.slice(0, -1))
    if (above === null) return this.#splice(from, to, '{}\n')
    this.#text = this.#text.slice(0, from) + this.#text.slice(to)
    const colon = this.#text.indexOf(':', endOf(above.key))
    this.#splice(colon + 1, colon + 1, ' {}')
  }

  #parse(): void {
    const again = YamlText.parse(this.#text)
    if (!again.ok) throw new Error(`an edit made this YAML unreadable: ${again.error}`)
    this.#document = again.value.#document
  }

  #splice(from: number, to: number, text: string): void {
    this.#text = this.#text.slice(0, from) + text + this.#text.slice(to)
    this.#parse()
  }

  #node(path: YamlPath): Node | null {
    let node: Node | null = this.#document.contents
    for (const key of path) {
      if (!isMap(node)) return null
      node = (node.items.find((pair) => keyOf(pair) === key)?.value ?? null) as Node | null
    }
    return node
  }

  #pair(path: YamlPath): Pair | null {
    const parent = this.#node(path.slice(0, -1))
    return isMap(parent) ? (parent.items.find((pair) => keyOf(pair) === path.at(-1)) ?? null) : null
  }

  #replace(path: YamlPath, pair: Pair, value: YamlValue): void {
    const node = pair.value as Node | null
    if (Array.isArray(value) && isSeq(node) && node.items.length > 0 && value.length > 0)
      return this.setList(path, value)
    const inline = node !== null && (isScalar(node) || (isCollection(node) && node.flow === true))
    const single =
      typeof value !== 'object' || (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    if (inline && !isEmpty(node) && (single || this.#inFlow(path)) && !this.#source(node).includes('\n'))
      return this.#splice(startOf(node), endOf(node), flowText(value))
    this.#replaceWhole(path, value)
  }

  /** The pair is written anew in its place. */
  #replaceWhole(path: YamlPath, value: YamlValue): void {
    const pair = this.#pair(path)
    if (pair === null) return
    const parent = this.#node(path.slice(0, -1)) as YAMLMap
    const key = path.at(-1) ?? ''
    if (parent.flow === true) {
      const texts = parent.items.map((item) => (item === pair ? flowPair(key, value) : this.#pairSource(item)))
      return this.#splice(parent.range?.[0] ?? 0, parent.range?.[1] ?? 0, `{${texts.join(', ')}}`)
    }
    const start = startOf(pair.key)
    const text = pairText(key, value, this.#column(start))
    this.#splice(start, this.#lineEnd(pairEnd(pair)), `${text}\n`)
  }

  #inFlow(path: YamlPath): boolean {
    const parent = this.#node(path.slice(0, -1))
    return isMap(parent) && parent.flow === true
  }

  /** Adds pairs behind the last one of a map that has some. */
  #insert(path: YamlPath, value: { [key: string]: YamlValue }): void {
    const map = this.#node(path)
    if (!isMap(map) || map.items.length === 0) {
      if (path.length > 0) return this.#fill(path, value)
      const from = map === null || isEmpty(map) ? this.#text.length : startOf(map)
      const to = map === null || isEmpty(map) ? from : endOf(map)
      return this.#splice(from, to, entriesText(value, 0) + (this.#text.slice(to).startsWith('\n') ? '' : '\n'))
    }
    if (map.flow === true) {
      const texts = [...map.items.map((item) => this.#pairSource(item)), ...flowPairs(value)]
      return this.#splice(map.range?.[0] ?? 0, map.range?.[1] ?? 0, `{${texts.join(', ')}}`)
    }
    const indent = this.#column(startOf(map.items[0]?.key))
    this.#insertLines(this.#lineEnd(lastOffset(map)), `${' '.repeat(indent)}${entriesText(value, indent)}\n`)
    this.#parse()
  }

  /** Gives an empty map, or a key without a value, its first pairs. */
  #fill(path: YamlPath, value: { [key: string]: YamlValue }): void {
    const pair = this.#pair(path)
    if (pair === null) throw new Error(`nothing stands at ${path.join('.')}`)
    const node = pair.value as Node | null
    if (this.#inFlow(path)) return this.#replaceWhole(path, value)
    const indent = this.#column(startOf(pair.key)) + 2
    const block = `\n${' '.repeat(indent)}${entriesText(value, indent)}`
    const colon = this.#text.indexOf(':', endOf(pair.key)) + 1
    const stands = node !== null && endOf(node) > colon
    // A comment behind the key stays there.
    const end = stands ? endOf(node) : colon
    const rest = /^[^\n]*/.exec(this.#text.slice(end))?.[0] ?? ''
    this.#splice(colon, end + rest.length, rest.trimEnd() + block)
  }

  #insertLines(at: number, lines: string): void {
    const head = this.#text.slice(0, at)
    const joined = head === '' || head.endsWith('\n') ? head + lines : `${head}\n${lines.replace(/\n$/, '')}`
    this.#text = joined + this.#text.slice(at)
  }

  #source(node: Node): string {
    return this.#text.slice(startOf(node), lastOffset(node))
  }

  #pairSource(pair: Pair): string {
    return this.#text.slice(startOf(pair.key), pairEnd(pair)).trimEnd()
  }

  #column(offset: number): number {
    return offset - this.#lineStart(offset)
  }

  #lineStart(offset: number): number {
    return this.#text.lastIndexOf('\n', offset - 1) + 1
  }

  /** Behind the line end of the line an offset is in. */
  #lineEnd(offset: number): number {
    if (offset > 0 && this.#text[offset - 1] === '\n') return offset
    const at = this.#text.indexOf('\n', offset)
    return at < 0 ? this.#text.length : at + 1
  }

  /** Where the `-` of an item stands. */
  #dash(seq: YAMLSeq, at: number): number {
    return this.#text.lastIndexOf('-', startOf(seq.items[at]) - 1)
  }
}

const isEmpty = (node: unknown): boolean =>
  node === null || (isScalar(node) && typeof node.value === 'string' && /^(|~|null)$/i.test(node.value) && isBare(node))
const isBare = (node: { type?: string }): boolean => node.type === 'PLAIN' || node.type === undefined
const isFull = (node: unknown): boolean => isMap(node) && node.items.length > 0
const keyOf = (pair: Pair): string => (isScalar(pair.key) ? String(pair.key.value) : '')
const startOf = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0
const endOf = (node: unknown): number => (node as Node | null)?.range?.[1] ?? 0

function pairEnd(pair: Pair): number {
  return pair.value === null || pair.value === undefined
    ? endOf(pair.key) + 1
    : Math.max(endOf(pair.key) + 1, lastOffset(pair.value as Node))
}

/** Where the last scalar, or closing bracket, of a node ends. */
function lastOffset(node: Node): number {
  if (!isCollection(node) || node.flow === true || node.items.length === 0) return endOf(node)
  const last = node.items.at(-1)
  return isPair(last) ? pairEnd(last) : lastOffset(last as Node)
}

function plain(node: unknown): unknown {
  if (isMap(node)) return Object.fromEntries(node.items.map((pair) => [keyOf(pair), plain(pair.value)]))
  if (isSeq(node)) return node.items.map(plain)
  if (!isScalar(node) || isEmpty(node)) return null
  return String(node.value)
}
