import type { ConfigFile, RuntimeLink } from '../back-end.ts'
import { SectionText, type Section } from '../text/sections.ts'

/** Where systemd looks, the strongest first. A file shadows those of the same name further down. */
export const folders = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((root) => `${root}/systemd/network`)
export const ownFolder = '/etc/systemd/network'

/** One .network or .netdev that counts, with its drop-ins. */
export interface Unit {
  path: string
  /** `10-lan.network` */
  name: string
  type: 'network' | 'netdev'
  text: SectionText
  dropIns: string[]
  /** Its own sections and then those of its drop-ins. */
  sections: Section[]
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** All units that count, in the order in which systemd asks them. */
export function unitsOf(files: readonly ConfigFile[]): Unit[] {
  const counting = new Map<string, ConfigFile>()
  const dropIns = new Map<string, Map<string, ConfigFile>>()
  for (const folder of folders)
    for (const file of files) {
      if (!file.path.startsWith(`${folder}/`)) continue
      const [name = '', inside, more] = file.path.slice(folder.length + 1).split('/')
      if (more !== undefined) continue
      if (inside === undefined) {
        if (/\.(network|netdev)$/.test(name) && !counting.has(name)) counting.set(name, file)
      } else if (/\.(network|netdev)\.d$/.test(name) && inside.endsWith('.conf')) {
        const of = dropIns.get(name) ?? new Map<string, ConfigFile>()
        dropIns.set(name, of)
        if (!of.has(inside)) of.set(inside, file)
      }
    }
  return (
    [...counting.entries()]
      .toSorted(([a], [b]) => byName(a, b))
      .map(([name, file]) => {
        const text = new SectionText(file.content)
        const added = [...(dropIns.get(`${name}.d`) ?? [])].toSorted(([a], [b]) => byName(a, b)).map(([, drop]) => drop)
        return {
          path: file.path,
          name,
          type: name.endsWith('.netdev') ? ('netdev' as const) : ('network' as const),
          text,
          dropIns: added.map((drop) => drop.path),
          sections: [...text.sections, ...added.flatMap((drop) => new SectionText(drop.content).sections)],
        }
      })
      // An empty file, or a link to /dev/null, masks those of its name.
      .filter((unit) => unit.sections.length > 0)
  )
}

/** All values of a key over all sections of a name; an empty one takes back those before it. */
export function valuesOf(sections: readonly Section[], name: string, key: string): string[] {
  let values: string[] = []
  for (const section of sections)
    if (section.name === name)
      for (const entry of section.entries)
        if (entry.key === key) values = entry.value === '' ? [] : [...values, entry.value]
  return values
}

export const wordsOf = (sections: readonly Section[], name: string, key: string): string[] =>
  valuesOf(sections, name, key).flatMap((value) => value.split(/\s+/))

export const lastOf = (sections: readonly Section[], name: string, key: string): string | null =>
  valuesOf(sections, name, key).at(-1) ?? null

/** What a [Match] can ask of a link. */
export interface Candidate {
  name: string
  kind: RuntimeLink['kind']
  mac: string | null
}

/** Whether a .network is for this link; `unknown` when it asks what is not known here. */
export function matches(unit: Unit, link: Candidate): 'yes' | 'no' | 'unknown' {
  const asked = unit.sections.filter(({ name }) => name === 'Match').flatMap(({ entries }) => entries)
  const keys = [...new Set(asked.map(({ key }) => key))]
  let told = false
  let open = false
  for (const key of keys) {
    const words = wordsOf(unit.sections, 'Match', key)
    if (words.length === 0) continue
    told = true
    const answer = answerOf(key, words, link)
    if (answer === false) return 'no'
    if (answer === null) open = true
  }
  // systemd ignores a file that matches by nothing.
  if (!told) return 'no'
  return open ? 'unknown' : 'yes'
}

function answerOf(key: string, words: string[], link: Candidate): boolean | null {
  const virtual = ['bridge', 'vlan', 'bond'].includes(link.kind)
  switch (key) {
    case 'Name':
      return globs(words, link.name)
    case 'MACAddress':
      return link.mac === null ? null : words.some((word) => macText(word) === link.mac?.toLowerCase())
    case 'PermanentMACAddress':
      // Only hardware has one.
      if (virtual || link.kind === 'tap') return false
      return link.mac === null ? null : words.some((word) => macText(word) === link.mac?.toLowerCase())
    case 'Type':
      return link.kind === 'other' ? null : globs(words, virtual ? link.kind : link.kind === 'tap' ? 'none' : 'ether')
    case 'Kind':
      if (link.kind === 'other') return null
      return globs(words, virtual ? link.kind : link.kind === 'tap' ? 'tun' : '')
    case 'Driver':
      return virtual ? globs(words, link.kind === 'vlan' ? '802.1Q VLAN Support' : link.kind) : null
    case 'Path':
      return virtual ? false : null
    default:
      return null
  }
}

/** `aa-bb-…` and `aabb.ccdd.eeff` are MACs to systemd, too. */
export function macText(word: string): string {
  const digits = word.toLowerCase().replaceAll(/[^0-9a-f]/g, '')
  return digits.length === 12 ? (digits.match(/../g) ?? []).join(':') : word.toLowerCase()
}

function globs(words: readonly string[], text: string): boolean {
  const [first = ''] = words
  const negated = first.startsWith('!')
  const hit = words.some((word, at) => globOf(at === 0 && negated ? word.slice(1) : word).test(text))
  return hit !== negated
}

function globOf(glob: string): RegExp {
  const source = glob.replaceAll(/\[!/g, '[^').replaceAll(/[.+(){}|\\$]/g, String.raw`\$&`)
  try {
    return new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`)
  } catch {
    return /^(?!)/
  }
}

/** True when the file can be for no other link than this one. */
export function isAlone(unit: Unit, name: string): boolean {
  const words = wordsOf(unit.sections, 'Match', 'Name')
  return words.length === 1 && words[0] === name
}

/** Exact names that [Match] lists. */
export const namesOf = (unit: Unit): string[] =>
  wordsOf(unit.sections, 'Match', 'Name').filter((word) => /^[^*?[\]!]+$/.test(word))

/** [DHCP] is how [DHCPv4] was called once. */
export const lastOfDhcp = (sections: readonly Section[], key: string): string | null =>
  lastOf(sections, 'DHCPv4', key) ?? lastOf(sections, 'DHCP', key)
