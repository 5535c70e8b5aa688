import type { Result } from '../../kit/result.ts'
import type { ConfigFile, FileChange, LinkChange, RuntimeLink } from '../back-end.ts'
import type { BondConfig, BridgeConfig, LinkConfig } from '../model.ts'
import { say, type Sentence } from '../sentences.ts'
import type { YamlValue } from '../text/yaml-value.ts'
import { NetplanDraft, Refused, refusable } from './netplan-draft.ts'
import { writeDropIns } from './netplan-drop-ins.ts'
import { list, portsOf, pathOf } from './netplan-files.ts'
import { writeAddressing } from './netplan-link.ts'
import { readNetplan } from './netplan-read.ts'
import { lostDefaultVlan } from './default-pvid.ts'
import { movesOf } from './moves.ts'
import { proved } from './proof.ts'

export function writeNetplan(
  files: readonly ConfigFile[],
  changes: readonly LinkChange[],
  runtime: readonly RuntimeLink[] = [],
): Result<FileChange[], Sentence> {
  return refusable(() =>
    proved('netplan', (read) => readNetplan(read, runtime), files, changes, drafted(files, changes, runtime)),
  )
}

function drafted(files: readonly ConfigFile[], changes: readonly LinkChange[], runtime: readonly RuntimeLink[]) {
  const draft = new NetplanDraft(files, runtime)
  const gap = lostDefaultVlan(changes, readNetplan(files, runtime).links)
  if (gap !== null)
    throw new Refused(say('refuse.not-expressible', { tool: 'netplan', what: `${gap.link}: ${gap.reason}` }))
  const moves = movesOf(changes)
  const carried = new Map(moves.map(({ giver, taker }) => [taker.name, carriedFrom(draft, giver.name)]))

  for (const { name, before, after } of changes) {
    if (after === null || before === null || before.kind === after.kind) continue
    throw new Refused(say('refuse.not-expressible', { tool: 'netplan', what: `${name} becomes another kind of link` }))
  }
  for (const { name, before, after } of changes)
    if (before !== null && (after === null || after.master !== before.master)) leave(draft, name, before.master)
  // Uppermost first: netplan knows no VLAN without what it stands on.
  for (const { name, after } of changes.toReversed()) {
    const definition = after === null ? draft.find(name) : null
    if (definition !== null) draft.undefine(definition)
  }
  for (const { after } of changes) if (after !== null) define(draft, after, changes)
  for (const { name, after } of changes) {
    if (after === null) continue
    if (moves.some(({ giver }) => giver.name === name)) dropCarried(draft, name)
    const taken = carried.get(name) ?? {}
    for (const [key, value] of Object.entries(taken)) giveCarried(draft, name, key, value)
    writeAddressing(draft, after)
    if (after.bridge !== null) writeParameters(draft, name, bridgeWords(after.bridge))
    if (after.bond !== null) writeParameters(draft, name, bondWords(draft, after.bond))
    if (after.vlan !== null) {
      draft.set(name, ['id'], after.vlan.id)
      draft.set(name, ['link'], draft.of(after.vlan.parent).id)
    }
    if (after.master !== null) join(draft, name, after.master)
    writeDropIns(draft, after)
  }
  return draft.result()
}

/** New links go beside what they stand on, or what stands on them. */
function define(draft: NetplanDraft, link: LinkConfig, changes: readonly LinkChange[]): void {
  const parts = changes.flatMap(({ name, before, after }) =>
    after?.master === link.name || before?.master === link.name ? [name] : [],
  )
  const near = [
    ...parts,
    ...(link.vlan === null ? [] : [link.vlan.parent]),
    ...(link.master === null ? [] : [link.master]),
  ]
  const needs: YamlValue =
    link.vlan === null ? {} : { id: link.vlan.id, link: draft.find(link.vlan.parent)?.id ?? link.vlan.parent }
  draft.define(link.name, link.kind, near, needs)
}

function leave(draft: NetplanDraft, port: string, master: string | null): void {
  const definition = master === null ? null : draft.find(master)
  const id = draft.find(port)?.id ?? port
  if (definition === null || master === null) return
  const kept = list(definition, ['interfaces']).filter((item) => item !== id) as YamlValue[]
  draft.setList(master, ['interfaces'], kept, text)
}

function join(draft: NetplanDraft, port: string, master: string): void {
  const [id, definition] = [draft.of(port).id, draft.of(master)]
  if (portsOf(definition).includes(id)) return
  draft.setList(master, ['interfaces'], [...(list(definition, ['interfaces']) as YamlValue[]), id], text)
}

const text = (item: unknown): string | null => (typeof item === 'string' ? item : null)

/** Only what changes is written: other keys among the parameters stay. */
function writeParameters(
  draft: NetplanDraft,
  name: string,
  words: Record<string, string | number | boolean | null>,
): void {
  const said = readBack(draft, name)
  for (const [key, value] of Object.entries(words)) {
    const had = said(key)
    if (value === null ? had === null : had !== null && meansSame(had, value)) continue
    draft.set(name, ['parameters', key === 'ageing-time' && said('aging-time') !== null ? 'aging-time' : key], value)
  }
}

const readBack = (draft: NetplanDraft, name: string) => (key: string) => {
  const definition = draft.of(name)
  for (const { text: yaml } of definition.docs.toReversed()) {
    const value = yaml.get(pathOf(definition, ['parameters', key]))
    if (typeof value === 'string') return value
  }
  return null
}

function meansSame(had: string, value: string | number | boolean): boolean {
  if (typeof value === 'boolean') return /^(true|on|yes|y)$/i.test(had) === value
  return had === String(value)
}

const bridgeWords = (bridge: BridgeConfig) => ({
  stp: bridge.stp,
  'forward-delay': bridge.forwardDelaySeconds,
  'hello-time': bridge.helloSeconds,
  'max-age': bridge.maxAgeSeconds,
  priority: bridge.priority,
  'ageing-time': bridge.ageingSeconds,
})

const bondWords = (draft: NetplanDraft, bond: BondConfig) => ({
  mode: bond.mode,
  'mii-monitor-interval': bond.miimonMs,
  'up-delay': bond.upDelayMs,
  'down-delay': bond.downDelayMs,
  'lacp-rate': bond.lacpRate,
  'transmit-hash-policy': bond.hashPolicy,
  primary: bond.primary === null ? null : (draft.find(bond.primary)?.id ?? bond.primary),
  'min-links': bond.minLinks,
})

/** What is said of addressing beyond the model goes with the addresses. */
const carriedKeys = [
  'dhcp4-overrides',
  'dhcp6-overrides',
  'ra-overrides',
  'ipv6-privacy',
  'ipv6-address-generation',
  'ipv6-address-token',
  'emit-lldp',
  'addresses',
  'routes',
  'routing-policy',
]

function carriedFrom(draft: NetplanDraft, name: string): Record<string, YamlValue> {
  const definition = draft.find(name)
  const carried: Record<string, YamlValue> = {}
  for (const { text: yaml } of definition?.docs ?? [])
    for (const key of carriedKeys) {
      const value = definition === null ? null : typed(yaml.get(pathOf(definition, [key])))
      if (value === null) continue
      const had = carried[key]
      carried[key] = Array.isArray(had) && Array.isArray(value) ? [...had, ...value] : value
    }
  return carried
}

/** Numbers and booleans were read as texts; they are written as people write them. */
function typed(value: unknown): YamlValue | null {
  if (Array.isArray(value)) return value.map((item) => typed(item) ?? '')
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, typed(inner) ?? '']))
  if (typeof value !== 'string') return null
  if (/^(0|[1-9]\d{0,9})$/.test(value)) return Number(value)
  return value === 'true' || value === 'false' ? value === 'true' : value
}

function dropCarried(draft: NetplanDraft, name: string): void {
  for (const key of carriedKeys) draft.set(name, [key], null)
}

/** What the taker says itself stays; lists are put right by what the model says. */
function giveCarried(draft: NetplanDraft, name: string, key: string, value: YamlValue): void {
  const definition = draft.of(name)
  const had = list(definition, [key])
  if (!Array.isArray(value)) {
    if (!definition.docs.some(({ text: yaml }) => yaml.get(pathOf(definition, [key])) !== null))
      draft.set(name, [key], value)
    return
  }
  const spelled = (item: unknown) => JSON.stringify(item)
  draft.setList(name, [key], [...(had as YamlValue[]), ...value], spelled)
}
