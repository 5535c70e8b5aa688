import { SectionText } from '../text/sections.ts'
import type { ConfigFile, RuntimeLink } from '../back-end.ts'
import type { LinkConfig } from '../model.ts'

export const profileFolder = '/etc/NetworkManager/system-connections'
export const profileFolders = [
  profileFolder,
  '/run/NetworkManager/system-connections',
  '/usr/lib/NetworkManager/system-connections',
] as const

/** One keyfile of NetworkManager. */
export interface Profile {
  path: string
  text: SectionText
  kind: LinkConfig['kind'] | null
  uuid: string | null
  /** The link it is for; null: it names none, or no kind Drawbridge knows. */
  link: string | null
}

const kinds: Record<string, LinkConfig['kind']> = {
  ethernet: 'nic',
  '802-3-ethernet': 'nic',
  bridge: 'bridge',
  bond: 'bond',
  vlan: 'vlan',
}

export const keyfile = (content: string): SectionText => new SectionText(content, { continued: false })

/** Profiles in effect: those of /etc before those of /run and /usr/lib with the same name or UUID. */
export function profilesOf(files: readonly ConfigFile[], runtime: readonly RuntimeLink[]): Profile[] {
  const found: Profile[] = []
  for (const folder of profileFolders)
    for (const { path, content } of files.filter((file) => file.path.startsWith(`${folder}/`)).toSorted(byPath)) {
      if (!path.endsWith('.nmconnection') && folder !== profileFolder) continue
      const text = keyfile(content)
      const type = text.last('connection', 'type') ?? ''
      const uuid = text.last('connection', 'uuid')
      const name = path.slice(path.lastIndexOf('/'))
      if (found.some((one) => one.path.endsWith(name) || (uuid !== null && one.uuid === uuid))) continue
      const kind = Object.hasOwn(kinds, type) ? (kinds[type] ?? null) : null
      found.push({ path, text, kind, uuid, link: kind === null ? null : linkOf(text, runtime) })
    }
  return found.filter(({ text }) => text.last('connection', 'autoconnect') !== 'false')
}

const byPath = (one: ConfigFile, other: ConfigFile): number => (one.path < other.path ? -1 : 1)

function linkOf(text: SectionText, runtime: readonly RuntimeLink[]): string | null {
  const named = text.last('connection', 'interface-name')
  if (named !== null && named !== '') return named
  const mac = (text.last('ethernet', 'mac-address') ?? text.last('802-3-ethernet', 'mac-address'))?.toLowerCase()
  return runtime.find((link) => mac !== undefined && link.mac === mac && link.kind === 'nic')?.name ?? null
}

/** The name of this setting as the file spells it. */
export const ethernet = (text: SectionText): string =>
  text.count('802-3-ethernet') > 0 ? '802-3-ethernet' : 'ethernet'

/** `a;b;` and `a,b` alike. */
export const listOf = (value: string | null): string[] =>
  (value ?? '').split(/[;,]/).flatMap((word) => (word.trim() === '' ? [] : [word.trim()]))

/** `address1`, `address2`, … in the order of their numbers. */
export function numbered(text: SectionText, section: string, stem: string): { key: string; value: string }[] {
  const form = new RegExp(`^${stem}(\\d*)$`)
  return text.sections
    .filter(({ name }) => name === section)
    .flatMap(({ entries }) => entries.filter(({ key }) => form.test(key)))
    .toSorted((one, other) => numberIn(one.key) - numberIn(other.key))
}

const numberIn = (key: string): number => Number(/\d*$/.exec(key)?.[0] ?? 0)

/** The same text always gives the same UUID: a plan must not change when it is made again. */
export function uuidOf(text: string): string {
  const words = [0x811c9dc5, 0x1000193, 0x9e3779b9, 0x85ebca6b].map((seed) => {
    let hash = seed
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) ^ (hash >>> 13)
    return (hash >>> 0).toString(16).padStart(8, '0')
  })
  const hex = words.join('')
  // Version 8 of RFC 9562: made by a rule of our own.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
