import { err, type Result } from '../../kit/result.ts'
import type { ConfigFile, FileChange, RuntimeLink } from '../back-end.ts'
import { say, type Sentence } from '../sentences.ts'
import { SectionText } from '../text/sections.ts'
import { YamlText, type YamlPath } from '../text/yaml-text.ts'
import type { YamlValue } from '../text/yaml-value.ts'
import {
  definitionsOf,
  docsOf,
  dropInPath,
  pathOf,
  sectionOf,
  type Definition,
  type Doc,
  type Kind,
} from './netplan-files.ts'

const ownNames = ['90-drawbridge.yaml', '99-drawbridge.yaml']
const ownPath = (name: string): string => `/etc/netplan/${name}`
const blankText = 'network:\n  version: 2\n'

/** A reason why files cannot be written as asked. */
export class Refused extends Error {
  readonly sentence: Sentence
  constructor(sentence: Sentence) {
    super(sentence.text)
    this.sentence = sentence
  }
}

/** Runs a draft; what it refuses is an error. */
export function refusable<T>(work: () => Result<T, Sentence>): Result<T, Sentence> {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refused) return err(error.sentence)
    throw error
  }
}

/** The files while they are being changed. */
export class NetplanDraft {
  readonly #before: readonly ConfigFile[]
  readonly #runtime: readonly RuntimeLink[]
  readonly #dropIns = new Map<string, string | null>()
  #docs: Doc[]

  constructor(files: readonly ConfigFile[], runtime: readonly RuntimeLink[]) {
    this.#before = files
    this.#runtime = runtime
    this.#docs = docsOf(files).docs
  }

  /** The definition of a link, or null. */
  find(name: string): Definition | null {
    return this.#definitions().find((definition) => definition.name === name) ?? null
  }

  /** The definition of a link that has one. */
  of(name: string): Definition {
    const found = this.find(name)
    if (found === null)
      throw new Refused(say('refuse.not-expressible', { tool: 'netplan', what: `${name} is defined nowhere` }))
    return found
  }

  /** Makes an empty definition, in the file that has one of these links, else in the only file, else in one of our own. */
  define(name: string, kind: Kind, near: readonly string[], value: YamlValue = {}): void {
    if (this.find(name) !== null) return
    const beside = near.flatMap((other) => this.find(other)?.docs.filter(({ kept }) => kept === null) ?? [])
    const all = this.#docs.filter(({ kept }) => kept === null)
    const doc = beside[0] ?? (this.#docs.length === 1 ? all[0] : undefined) ?? this.#own([])
    doc.text.set(pathOf({ id: name, kind }, []), value)
  }

  /** Removes all that is said of a link. */
  undefine(of: Definition): void {
    for (const doc of of.docs) {
      this.#writable(doc)
      doc.text.remove(pathOf(of, []))
      if (doc.text.keys(['network', sectionOf[of.kind]]).length === 0) doc.text.remove(['network', sectionOf[of.kind]])
    }
    for (const type of ['network', 'netdev'] as const)
      if (this.#dropIn(of.id, type) !== null) this.#dropIns.set(dropInPath(of.id, type), null)
  }

  /** Null takes the key out of all files. */
  set(name: string, keys: YamlPath, value: YamlValue | null): void {
    const of = this.of(name)
    const path = pathOf(of, keys)
    const holders = of.docs.filter(({ text }) => text.get(path) !== null)
    if (value === null) {
      for (const doc of holders) {
        this.#writable(doc)
        this.#prune(doc, of, keys)
      }
      return
    }
    const last = holders.at(-1)
    const doc = last?.kept === null ? last : this.#behind(of, last ?? null)
    doc.text.set(path, value)
  }

  /**
   * Makes a list hold these in this order. Items are known by what `known` makes of them; null is not understood and
   * stays.
   */
  setList(name: string, keys: YamlPath, wanted: readonly YamlValue[], known: (item: unknown) => string | null): void {
    const of = this.of(name)
    const path = pathOf(of, keys)
    const missing = wanted.map((value) => ({ value, key: known(stringly(value)) }))
    let last: Doc | null = null
    for (const doc of of.docs) {
      const items = doc.text.get(path)
      if (!Array.isArray(items) || items.length === 0) continue
      const kept = (items as unknown[]).filter((item) => {
        const key = known(item)
        if (key === null) return true
        const at = missing.findIndex((want) => want.key === key)
        if (at >= 0) missing.splice(at, 1)
        return at >= 0
      })
      if (kept.length < items.length) {
        this.#writable(doc)
        if (kept.length === 0) this.#prune(doc, of, keys)
        else doc.text.setList(path, kept as YamlValue[])
      }
      last = doc
    }
    if (missing.length === 0) return
    const doc = last?.kept === null ? last : this.#behind(of, last)
    const had = doc.text.get(path)
    doc.text.setList(path, [...(Array.isArray(had) ? (had as YamlValue[]) : []), ...missing.map(({ value }) => value)])
  }

  /** Edits our drop-in to a file that netplan generates; one that says nothing is removed. */
  editDropIn(id: string, type: 'network' | 'netdev', edit: (text: SectionText) => void): void {
    const had = this.#dropIn(id, type)
    const text = new SectionText(had ?? '')
    edit(text)
    if (text.empty) {
      if (had !== null) this.#dropIns.set(dropInPath(id, type), null)
    } else this.#dropIns.set(dropInPath(id, type), text.toString())
  }

  /** In the order of paths; files as they were are not listed. */
  result(): FileChange[] {
    const before = new Map(this.#before.map((file) => [file.path, file]))
    const after = new Map<string, string | null>(this.#dropIns)
    for (const { path, text } of this.#docs) {
      const mine = ownNames.some((name) => path === ownPath(name))
      after.set(path, mine && text.keys(['network']).every((key) => key === 'version') ? null : text.toString())
    }
    return [...after.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, content]) => {
        const had = before.get(path)
        if ((had?.content ?? null) === content) return []
        return [
          {
            path,
            before: had?.content ?? null,
            after: content,
            mode: had?.mode ?? (path.endsWith('.conf') ? 0o644 : 0o600),
          },
        ]
      })
  }

  #definitions(): Definition[] {
    return definitionsOf(this.#docs, this.#runtime)
  }

  #dropIn(id: string, type: 'network' | 'netdev'): string | null {
    const path = dropInPath(id, type)
    const changed = this.#dropIns.get(path)
    return changed === undefined ? (this.#before.find((file) => file.path === path)?.content ?? null) : changed
  }

  /** A file that netplan reads after this one, and in which a key of the definition may stand. */
  #behind(of: Definition, last: Doc | null): Doc {
    const open = of.docs.filter(({ kept, name }) => kept === null && (last === null || name > last.name))
    return open[0] ?? this.#own(last === null ? of.docs : [last])
  }

  #own(after: readonly Doc[]): Doc {
    const name = ownNames.find((own) => after.every((doc) => doc.name < own))
    const doc = this.#docs.find((had) => had.name === name)
    if (doc !== undefined) return doc
    const text = YamlText.parse(blankText)
    if (name === undefined || !text.ok) {
      const what = `no file name sorts behind ${after.at(-1)?.name ?? ''}`
      throw new Refused(say('refuse.not-expressible', { tool: 'netplan', what }))
    }
    const made: Doc = { path: ownPath(name), name, text: text.value, kept: null }
    this.#docs = [...this.#docs, made].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return made
  }

  #writable(doc: Doc): void {
    if (doc.kept === 'cloud-init') throw new Refused(say('refuse.cloud-init', { path: doc.path }))
    if (doc.kept !== null)
      throw new Refused(say('refuse.not-expressible', { tool: 'netplan', what: `${doc.path} is not in /etc` }))
  }

  /** Removes a key, and the maps above it, up to the definition, that then hold nothing. */
  #prune(doc: Doc, of: Definition, keys: YamlPath): void {
    doc.text.remove(pathOf(of, keys))
    for (let depth = keys.length - 1; depth > 0; depth--)
      if (doc.text.keys(pathOf(of, keys.slice(0, depth))).length === 0)
        doc.text.remove(pathOf(of, keys.slice(0, depth)))
  }
}

/** A value as it would be read. */
function stringly(value: YamlValue): unknown {
  if (Array.isArray(value)) return value.map(stringly)
  if (typeof value !== 'object') return String(value)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stringly(inner)]))
}
