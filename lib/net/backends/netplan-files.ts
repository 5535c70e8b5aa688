import type { ConfigFile, RuntimeLink } from '../back-end.ts'
import type { LinkConfig } from '../model.ts'
import { SectionText, type Section } from '../text/sections.ts'
import { YamlText } from '../text/yaml-text.ts'

export const netplanFolders = ['/run/netplan', '/etc/netplan', '/usr/lib/netplan', '/lib/netplan']
export const dropInFolder = '/etc/systemd/network'
/** Names under which people tell cloud-init to leave the network alone; other files there may hold secrets. */
export const cloudInitGlobs = ['/etc/cloud/cloud.cfg.d/*network*.cfg', '/etc/cloud/cloud-init.disabled']
const cloudInitFile = '/etc/netplan/50-cloud-init.yaml'

export interface Doc {
  path: string
  /** `01-lan.yaml`: netplan merges in this order. */
  name: string
  text: YamlText
  /** Why Drawbridge does not write into it. */
  kept: 'cloud-init' | 'generated' | null
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** All YAML that counts, in netplan's order; a name in /run shadows one in /etc, and that one in /lib. */
export function docsOf(files: readonly ConfigFile[]): { docs: Doc[]; broken: { path: string; reason: string }[] } {
  const counting = new Map<string, ConfigFile>()
  for (const folder of netplanFolders)
    for (const file of files)
      if (file.path.startsWith(`${folder}/`) && file.path.endsWith('.yaml') && !counting.has(nameOf(file.path)))
        counting.set(nameOf(file.path), file)
  const broken: { path: string; reason: string }[] = []
  const docs = [...counting.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { path, content }]): Doc[] => {
      const text = YamlText.parse(content)
      if (!text.ok) {
        broken.push({ path, reason: text.error })
        return []
      }
      if (
        /^\s*(["']?)renderer\1\s*:\s*["']?NetworkManager/m.test(content) ||
        /[{,]\s*renderer\s*:\s*NetworkManager/.test(content)
      )
        broken.push({ path, reason: 'it lets NetworkManager do the work' })
      const ours = path.startsWith('/etc/')
      const kept = !ours ? 'generated' : path === cloudInitFile && cloudInitWrites(files) ? 'cloud-init' : null
      return [{ path, name, text: text.value, kept }]
    })
  return { docs, broken }
}

function cloudInitWrites(files: readonly ConfigFile[]): boolean {
  return !files.some(
    ({ path, content }) =>
      path === '/etc/cloud/cloud-init.disabled' ||
      (path.startsWith('/etc/cloud/cloud.cfg.d/') &&
        /^\s*network\s*:\s*\{?\s*config\s*:\s*["']?disabled/m.test(content)),
  )
}

export const sectionOf = { nic: 'ethernets', bridge: 'bridges', bond: 'bonds', vlan: 'vlans' } as const
export type Kind = LinkConfig['kind']
export const kinds = Object.keys(sectionOf) as Kind[]
/** A link of netplan, under its id, over all files that say something of it. */
export interface Definition {
  id: string
  kind: Kind
  /** The link's name, or why it is not known. */
  name: string | null
  reason: string
  docs: Doc[]
}

export function definitionsOf(docs: readonly Doc[], runtime: readonly RuntimeLink[]): Definition[] {
  return kinds.flatMap((kind) => {
    const ids = new Set(docs.flatMap(({ text }) => text.keys(['network', sectionOf[kind]])))
    ids.delete('version')
    ids.delete('renderer')
    return [...ids].map((id) => {
      const holders = docs.filter(({ text }) => text.has(['network', sectionOf[kind], id]))
      const of = { id, kind, name: id, reason: '', docs: holders }
      return kind === 'nic' ? { ...of, ...nameFor(of, runtime) } : of
    })
  })
}

function nameFor(of: Definition, runtime: readonly RuntimeLink[]): { name: string | null; reason: string } {
  const match = scalarsUnder(of, 'match')
  const renamed = scalar(of, ['set-name'])
  if (renamed !== null) return { name: renamed, reason: '' }
  if (Object.keys(match).length === 0) return { name: of.id, reason: '' }
  const reason = 'its match: is for whatever fits'
  if (match.name !== undefined)
    return /[*?[\]]/.test(match.name) ? { name: null, reason } : { name: match.name, reason: '' }
  const mac = match.macaddress?.toLowerCase()
  const fitting = runtime.filter((link) => link.kind === 'nic' && mac !== undefined && link.mac?.toLowerCase() === mac)
  return match.driver === undefined && fitting.length === 1
    ? { name: fitting[0]?.name ?? null, reason: '' }
    : { name: null, reason }
}

export const pathOf = (of: { id: string; kind: Kind }, keys: readonly string[]): string[] => [
  'network',
  sectionOf[of.kind],
  of.id,
  ...keys,
]

/** What the last file says of a key. */
export function scalar(of: Definition, keys: readonly string[]): string | null {
  for (const { text } of of.docs.toReversed()) {
    const value = text.get(pathOf(of, keys))
    if (typeof value === 'string') return value
  }
  return null
}

function scalarsUnder(of: Definition, key: string): Record<string, string> {
  const all: Record<string, string> = {}
  for (const { text } of of.docs) Object.assign(all, text.get(pathOf(of, [key])) ?? {})
  return all
}

/** Lists of all files, one behind the other, as netplan joins them. */
export function list(of: Definition, keys: readonly string[]): unknown[] {
  const items = of.docs.flatMap(({ text }) => {
    const value = text.get(pathOf(of, keys))
    return Array.isArray(value) ? (value as unknown[]) : []
  })
  return items.filter((item, at) => items.findIndex((other) => JSON.stringify(other) === JSON.stringify(item)) === at)
}

export const strings = (items: readonly unknown[]): string[] =>
  items.flatMap((item) => (typeof item === 'string' ? [item] : []))

export function flag(text: string | null): boolean | null {
  if (text === null) return null
  return /^(true|on|yes|y)$/i.test(text) ? true : /^(false|off|no|n)$/i.test(text) ? false : null
}

/** Drop-ins to what netplan generates say what netplan has no words for. */
export const dropInPath = (id: string, type: 'network' | 'netdev'): string =>
  `${dropInFolder}/10-netplan-${id}.${type}.d/drawbridge.conf`

export function dropInSections(files: readonly ConfigFile[], id: string, type: 'network' | 'netdev'): Section[] {
  const folder = `/10-netplan-${id}.${type}.d/`
  return files
    .filter(({ path }) => path.includes(folder) && path.endsWith('.conf'))
    .toSorted((a, b) => (nameOf(a.path) < nameOf(b.path) ? -1 : 1))
    .flatMap(({ content }) => new SectionText(content).sections)
}

/** Ids of the ports of a bridge or bond. */
export const portsOf = (of: Definition): string[] => strings(list(of, ['interfaces']))
