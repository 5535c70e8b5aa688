import type { RouteConfig, RuleConfig } from '../model.ts'
import type { Section } from '../text/sections.ts'

/** systemd's booleans; null when it is none. */
export function booleanOf(text: string | null): boolean | null {
  if (text === null) return null
  if (/^(1|yes|y|true|t|on)$/i.test(text)) return true
  return /^(0|no|n|false|f|off)$/i.test(text) ? false : null
}

const unitSeconds: Record<string, number> = {
  us: 1e-6,
  ms: 0.001,
  '': 1,
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
  hr: 3600,
}

/** A time span (`5`, `2s`, `1min 30s`, `100ms`) in seconds. */
export function secondsOf(text: string | null): number | null {
  if (text === null || !/^(\d+(\.\d+)?\s*[a-z]*\s*)+$/.test(text)) return null
  let total = 0
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    const factor = unitSeconds[unit]
    if (factor === undefined) return null
    total += Number(amount) * factor
  }
  return Math.round(total * 1e6) / 1e6
}

/** Plain or with K, M, G (1024, as systemd counts bytes). */
export function bytesOf(text: string | null): number | null {
  const found = /^(\d+)([KMG]?)$/.exec(text ?? '')
  if (found === null) return null
  return Number(found[1]) * 1024 ** ['', 'K', 'M', 'G'].indexOf(found[2] ?? '')
}

export const integerOf = (text: string | null): number | null =>
  text !== null && /^\d+$/.test(text) ? Number(text) : null

export const familyOf = (text: string): 'inet' | 'inet6' => (text.includes(':') ? 'inet6' : 'inet')

export const cidrOf = (text: string): string =>
  text.includes('/') ? text : `${text}/${familyOf(text) === 'inet' ? 32 : 128}`

/** `1-3 7` → 1, 2, 3, 7; null when it is no such list. */
export function vlansOf(words: readonly string[]): number[] | null {
  const list: number[] = []
  for (const word of words) {
    const [, from, to = from] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(word) ?? []
    if (from === undefined) return null
    for (let id = Number(from); id <= Math.min(Number(to), 4094); id++) list.push(id)
  }
  return [...new Set(list)].toSorted((a, b) => a - b)
}

/** 1, 2, 3, 7 → `1-3`, `7` */
export function rangesOf(ids: readonly number[]): string[] {
  const ranges: { from: number; to: number }[] = []
  for (const id of [...new Set(ids)].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.to === id - 1) last.to = id
    else ranges.push({ from: id, to: id })
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`))
}

const entriesOf = (section: Section): Map<string, string> =>
  new Map(section.entries.filter(({ value }) => value !== '').map(({ key, value }) => [key, value]))

const tables: Record<string, number | null> = { main: null, '254': null, default: 253, local: 255 }
const tableOf = (text: string | undefined): number | null | undefined => {
  if (text === undefined) return null
  if (text in tables) return tables[text]
  return integerOf(text) ?? undefined
}

/** Keys that only say more of a route that the model can hold. */
const routeExtras = /^(Scope|MTUBytes|TCP.*|Initial.*|QuickAck|FastOpenNoCookie|TTLPropagate|IPv6Preference|Protocol)$/

/** Null when the section says what the model has no words for: it is kept and not shown. */
export function routeOf(section: Section): RouteConfig | null {
  const said = entriesOf(section)
  for (const key of said.keys())
    if (!routeKeys.includes(key) && !routeExtras.test(key) && !(key === 'Type' && said.get(key) === 'unicast'))
      return null
  const gateway = said.get('Gateway') ?? null
  if (gateway !== null && !/^[0-9a-f.:]+$/i.test(gateway)) return null
  const destination = said.get('Destination') ?? null
  if (destination === null && gateway === null) return null
  const table = tableOf(said.get('Table'))
  if (table === undefined) return null
  const everything = destination === null || destination === '0.0.0.0/0' || destination === '::/0'
  return {
    destination: everything ? 'default' : cidrOf(destination),
    family: familyOf(destination ?? gateway ?? ''),
    gateway,
    metric: integerOf(said.get('Metric') ?? null) || null,
    table,
    source: said.get('PreferredSource') ?? null,
    onLink: booleanOf(said.get('GatewayOnLink') ?? null) ?? false,
  }
}
export const routeKeys = ['Destination', 'Gateway', 'Metric', 'Table', 'PreferredSource', 'GatewayOnLink']

export function routeEntries(route: RouteConfig): [string, string][] {
  const everything = route.family === 'inet' ? '0.0.0.0/0' : '::/0'
  const entries: [string, string][] = []
  if (route.destination !== 'default') entries.push(['Destination', route.destination])
  else if (route.gateway === null) entries.push(['Destination', everything])
  if (route.gateway !== null) entries.push(['Gateway', route.gateway])
  if (route.onLink) entries.push(['GatewayOnLink', 'yes'])
  if (route.metric !== null) entries.push(['Metric', String(route.metric)])
  if (route.table !== null) entries.push(['Table', String(route.table)])
  if (route.source !== null) entries.push(['PreferredSource', route.source])
  return entries
}

export const ruleKeys = ['From', 'To', 'Table', 'Priority', 'Family']

export function ruleOf(section: Section): RuleConfig | null {
  const said = entriesOf(section)
  if ([...said.keys()].some((key) => !ruleKeys.includes(key))) return null
  const [from, to, family] = [said.get('From') ?? null, said.get('To') ?? null, said.get('Family')]
  const table = tableOf(said.get('Table'))
  if (table === undefined || family === 'both') return null
  const given = from ?? to
  return {
    family: given === null ? (family === 'ipv6' ? 'inet6' : 'inet') : familyOf(given),
    priority: integerOf(said.get('Priority') ?? null),
    from: from === null ? null : cidrOf(from),
    to: to === null ? null : cidrOf(to),
    table: table ?? 254,
  }
}

export function ruleEntries(rule: RuleConfig): [string, string][] {
  const entries: [string, string][] = []
  if (rule.from !== null) entries.push(['From', rule.from])
  if (rule.to !== null) entries.push(['To', rule.to])
  if (rule.from === null && rule.to === null && rule.family === 'inet6') entries.push(['Family', 'ipv6'])
  entries.push(['Table', String(rule.table)])
  if (rule.priority !== null) entries.push(['Priority', String(rule.priority)])
  return entries
}

/** The same text for routes that mean the same. */
export const routeText = (route: RouteConfig): string => {
  const { destination, family, gateway, metric, table, source, onLink } = route
  const to = destination === '0.0.0.0/0' || destination === '::/0' ? 'default' : destination
  return JSON.stringify([to, family, gateway, metric, table === 254 ? null : table, source, onLink]).toLowerCase()
}
