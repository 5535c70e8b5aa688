import { InterfacesText, wordsOf, type Stanza } from '../text/interfaces.ts'
import type { ConfigFile, Configured } from '../back-end.ts'

/** ifupdown has one address to a stanza and options of bridge-utils; ifupdown2 has its own words for bridges. */
export type Dialect = 'ifupdown' | 'ifupdown2'

export const mainFile = '/etc/network/interfaces'
export const interfacesGlobs = [mainFile, '/etc/network/interfaces.d/*'] as const

export interface PlacedStanza {
  path: string
  text: InterfacesText
  stanza: Stanza
}

const methods = new Set(['static', 'manual', 'dhcp', 'auto', 'loopback'])

/** The files that are in effect: the main one and what it includes, in the order in which the tool reads them. */
export class InterfacesFiles {
  readonly #texts = new Map<string, InterfacesText>()
  readonly #before = new Map<string, string>()
  readonly unreadable: Configured['unreadable'] = []
  readonly dialect: Dialect

  constructor(files: readonly ConfigFile[], dialect: Dialect) {
    this.dialect = dialect
    const contents = new Map(files.map((file) => [file.path, file.content]))
    const include = (path: string): void => {
      const content = contents.get(path)
      if (content === undefined || this.#texts.has(path)) return
      const text = new InterfacesText(content)
      this.#texts.set(path, text)
      this.#before.set(path, content)
      this.#inspect(path, text)
      for (const line of text.lines) {
        if (line.key !== 'source' && line.key !== 'source-directory') continue
        const found = included(line.key, line.value, path, [...contents.keys()], dialect)
        if (found === null)
          this.#refuse(null, path, `it includes ${line.value.slice(0, 80)}, which Drawbridge does not read`)
        else found.toSorted().forEach(include)
      }
    }
    include(mainFile)
  }

  /** Stanzas of all links but loopback, in the order of the files. */
  get stanzas(): PlacedStanza[] {
    return [...this.#texts].flatMap(([path, text]) =>
      text.stanzas
        .filter((stanza) => stanza.method !== 'loopback' && stanza.name !== 'lo')
        .map((stanza) => ({ path, text, stanza })),
    )
  }

  /** Of one link, aliases (`eth0:1`) among them. */
  of(link: string): PlacedStanza[] {
    return this.stanzas.filter(({ stanza }) => stanza.name === link || stanza.name.startsWith(`${link}:`))
  }

  get names(): string[] {
    return [...new Set(this.stanzas.map(({ stanza }) => stanza.name.split(':')[0] ?? ''))]
  }

  /** The file as it is now; one that does not exist yet begins empty. */
  text(path: string): InterfacesText {
    const text = this.#texts.get(path) ?? new InterfacesText('')
    this.#texts.set(path, text)
    return text
  }

  /** The last of these files in reading order, else the main one. */
  lastOf(paths: readonly string[]): string {
    return [...this.#texts.keys()].findLast((path) => paths.includes(path)) ?? mainFile
  }

  /** A port comes up with its bridge; once it stands alone, something has to bring it up at boot. */
  makeAuto(link: string): void {
    const first = this.of(link)[0]
    if (first === undefined || [...this.#texts.values()].some((text) => text.isAuto(link))) return
    first.text.addAuto(first.stanza)
  }

  removeAuto(link: string): void {
    for (const text of this.#texts.values()) text.removeAuto(link)
  }

  get changed(): { path: string; before: string | null; after: string }[] {
    return [...this.#texts].flatMap(([path, text]) => {
      const before = this.#before.get(path) ?? null
      const after = text.toString()
      return before === after ? [] : [{ path, before, after }]
    })
  }

  #refuse(link: string | null, path: string, reason: string): void {
    this.unreadable.push({ link, path, reason })
  }

  #inspect(path: string, text: InterfacesText): void {
    // ifupdown2 renders a file only when there is a percent sign in it.
    const rendered = this.dialect === 'ifupdown2' && text.toString().includes('%')
    if (rendered && text.lines.some((line) => /^\s*%|<%|\$\{/.test(line.text)))
      this.#refuse(null, path, 'it is a Mako template')
    for (const line of text.strays)
      this.#refuse(null, path, `“${line.text.trim().slice(0, 60)}” belongs to no interface`)
    for (const line of text.lines) {
      if (line.key !== 'mapping') continue
      for (const pattern of wordsOf(line.value))
        this.#refuse(/[*?[\]/]/.test(pattern) ? null : pattern, path, 'a mapping decides its configuration at boot')
    }
    for (const stanza of text.stanzas) {
      const name = stanza.name.split(':')[0] ?? ''
      if (/[*?[\]/=!~]/.test(stanza.name)) {
        this.#refuse(null, path, `“iface ${stanza.name}” is a pattern`)
        continue
      }
      if (stanza.family === 'inherits' || stanza.rest.includes('inherits') || stanza.method === 'inherits')
        this.#refuse(name, path, 'it inherits from another stanza')
      else if (stanza.family === null && this.dialect === 'ifupdown')
        this.#refuse(name, path, 'its stanza names no address family')
      else if (stanza.family !== null && stanza.family !== 'inet' && stanza.family !== 'inet6')
        this.#refuse(name, path, `the address family ${stanza.family} is not understood`)
      else if (stanza.method !== null && !methods.has(stanza.method))
        this.#refuse(name, path, `the method ${stanza.method} is not understood`)
      if (stanza.options.some((option) => /^(pointopoint|endpoint|wpa-ssid|wpa-conf|wireless-essid)$/.test(option.key)))
        this.#refuse(name, path, 'it is a point-to-point or wireless link')
    }
  }
}

/** Null: files outside those that are fetched. */
function included(
  keyword: string,
  value: string,
  from: string,
  paths: readonly string[],
  dialect: Dialect,
): string[] | null {
  if (value === '' || /[$`~{}\\"']/.test(value)) return null
  const whole = value.startsWith('/') ? value : `${from.slice(0, from.lastIndexOf('/'))}/${value}`
  const clean = whole.replaceAll(/\/(\.\/)*\/*/g, '/').replace(/\/$/, '')
  if (keyword === 'source-directory') {
    if (clean !== '/etc/network/interfaces.d' || dialect === 'ifupdown2') return null
    return paths.filter((path) => /^\/etc\/network\/interfaces\.d\/[\w-]+$/.test(path))
  }
  if (!clean.startsWith('/etc/network/interfaces.d/') && clean !== mainFile) return null
  const pattern = clean
    .replaceAll(/[.+^$()|]/g, String.raw`\$&`)
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll('[!', '[^')
  try {
    const matching = new RegExp(`^${pattern}$`)
    // A glob leaves out names that begin with a dot.
    return paths.filter((path) => matching.test(path) && !/\/\.[^/]*$/.test(path))
  } catch {
    return null
  }
}
