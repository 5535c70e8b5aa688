import { parseAddress, parseCidr } from '../names.ts'
import type { RouteConfig, RuleConfig } from '../model.ts'

/** The plain forms of ip and bridge commands that stand in hook lines (`post-up …`) of interfaces(5). */
export type HookCommand =
  | { kind: 'route'; action: 'add' | 'del'; dev: string | null; route: RouteConfig }
  | { kind: 'rule'; action: 'add' | 'del'; rule: RuleConfig }
  | { kind: 'bridge'; setting: 'vlan_filtering' | 'mcast_snooping' | 'vlan_default_pvid'; value: number }
  | { kind: 'bond'; minLinks: number }
  | {
      kind: 'port-vlan'
      action: 'add' | 'del'
      port: string
      first: number
      last: number
      pvid: boolean
      untagged: boolean
      self: boolean
    }

/**
 * Reads a hook line of a link. Null: something else, which is nobody's but its author's (variables, pipes, options not
 * known here).
 */
export function parseHook(text: string, link: string): HookCommand | null {
  const plain = text
    .replace(/\s*\|\|\s*true\s*$/, '')
    .replaceAll(/"?\$(?:IFACE\b|\{IFACE\})"?/g, link)
    .trim()
  if (/[$`|&;<>()"'\\*?]/.test(plain)) return null
  const [program = '', ...words] = plain.split(/\s+/)
  const tool = /^(?:\/(?:usr\/)?s?bin\/)?(ip|bridge)$/.exec(program)?.[1]
  if (tool === 'bridge') return words.shift() === 'vlan' ? parsePortVlan(words) : null
  if (tool !== 'ip') return null
  const family = words[0] === '-4' ? 'inet' : words[0] === '-6' ? 'inet6' : null
  if (family !== null) words.shift()
  const [object, action, ...args] = words
  if (object === undefined || action === undefined) return null
  if (/^r(o(ute?)?)?$/.test(object)) return parseRoute(action, args, family)
  if (/^ru(le?)?$/.test(object)) return parseRule(action, args, family)
  return /^l(ink?)?$/.test(object) && action === 'set' ? parseSetting(args, link) : null
}

function parseRoute(action: string, args: string[], family: 'inet' | 'inet6' | null): HookCommand | null {
  const verb = /^(add|append|replace|a)$/.test(action) ? 'add' : /^(del|delete)$/.test(action) ? 'del' : null
  const destination = args.shift()
  const options = pairs(args, ['via', 'dev', 'metric', 'table', 'src'], ['onlink'])
  if (verb === null || destination === undefined || options === null) return null
  const gateway = addressOf(options['via'])
  const source = addressOf(options['src'])
  const metric = numberOf(options['metric'])
  const table = options['table'] === 'main' ? null : numberOf(options['table'])
  if ([gateway, source, metric, table].includes(undefined)) return null
  const all = destination === 'default' || destination === '0.0.0.0/0' || destination === '::/0'
  const host = parseAddress(destination)
  const network = parseCidr(host === null ? destination : `${host.text}/${host.family === 'inet' ? 32 : 128}`)
  if (!all && network === null) return null
  const of =
    network?.family ??
    (destination === '::/0' ? 'inet6' : (family ?? parseAddress(gateway ?? source ?? '')?.family ?? 'inet'))
  return {
    kind: 'route',
    action: verb,
    dev: options['dev'] ?? null,
    route: {
      destination: all ? 'default' : (network?.text ?? destination),
      family: all && family !== null ? family : of,
      gateway: gateway ?? null,
      metric: metric ?? null,
      table: table ?? null,
      source: source ?? null,
      onLink: options['onlink'] !== undefined,
    },
  }
}

function parseRule(action: string, args: string[], family: 'inet' | 'inet6' | null): HookCommand | null {
  const verb = action === 'add' ? 'add' : /^(del|delete)$/.test(action) ? 'del' : null
  const options = pairs(args, ['from', 'to', 'table', 'lookup', 'priority', 'pref', 'prio'], [])
  if (verb === null || options === null) return null
  const table = numberOf(options['table'] ?? options['lookup'])
  const priority = numberOf(options['priority'] ?? options['pref'] ?? options['prio'])
  const from = options['from'] === 'all' ? null : selectorOf(options['from'])
  const to = options['to'] === 'all' ? null : selectorOf(options['to'])
  if (table === undefined || table === null || [priority, from, to].includes(undefined)) return null
  const named = family ?? ((from ?? to ?? '').includes(':') ? 'inet6' : 'inet')
  return {
    kind: 'rule',
    action: verb,
    rule: { family: named, priority: priority ?? null, from: from ?? null, to: to ?? null, table },
  }
}

function parseSetting(args: string[], link: string): HookCommand | null {
  if (args[0] === 'dev') args.shift()
  const [name, type, kind, setting, value, ...rest] = args
  const number = numberOf(value)
  if (name !== link || type !== 'type' || number === null || number === undefined || rest.length > 0) return null
  if (kind === 'bond' && setting === 'min_links') return { kind: 'bond', minLinks: number }
  if (kind !== 'bridge') return null
  if (setting === 'vlan_filtering' || setting === 'mcast_snooping' || setting === 'vlan_default_pvid')
    return { kind: 'bridge', setting, value: number }
  return null
}

function parsePortVlan(words: string[]): HookCommand | null {
  const action = words.shift()
  const options = pairs(words, ['dev', 'vid'], ['pvid', 'untagged', 'self', 'master'])
  const range = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(options?.['vid'] ?? '')
  const port = options?.['dev']
  if (options === null || range === null || port === undefined || (action !== 'add' && action !== 'del')) return null
  return {
    kind: 'port-vlan',
    action,
    port,
    first: Number(range[1]),
    last: Number(range[2] ?? range[1]),
    pvid: options['pvid'] !== undefined,
    untagged: options['untagged'] !== undefined,
    self: options['self'] !== undefined,
  }
}

/** Words as `name value` and lone flags; null when there is one not named here. */
function pairs(words: string[], named: string[], flags: string[]): Record<string, string> | null {
  const found: Record<string, string> = {}
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (flags.includes(word)) found[word] = ''
    else if (named.includes(word) && words[at + 1] !== undefined) found[word] = words[++at] ?? ''
    else return null
  }
  return found
}

// Undefined: said, but not in a form that is understood; null: not said.
function numberOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return null
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function addressOf(text: string | undefined): string | null | undefined {
  return text === undefined ? null : parseAddress(text)?.text
}

function selectorOf(text: string | undefined): string | null | undefined {
  if (text === undefined) return null
  return parseAddress(text)?.text ?? parseCidr(text)?.text
}

const ip = (family: 'inet' | 'inet6'): string => (family === 'inet6' ? 'ip -6' : 'ip')

/** `link`: as the tool is to see it, `$IFACE` in a hook line. */
export function routeWords(route: RouteConfig, link: string): string {
  return [
    route.destination,
    ...(route.gateway === null ? [] : ['via', route.gateway]),
    'dev',
    link,
    ...(route.source === null ? [] : ['src', route.source]),
    ...(route.metric === null ? [] : ['metric', route.metric]),
    ...(route.table === null ? [] : ['table', route.table]),
    ...(route.onLink ? ['onlink'] : []),
  ].join(' ')
}

export const routeHook = (action: 'add' | 'del', route: RouteConfig): string =>
  `${ip(route.family)} route ${action} ${routeWords(route, '$IFACE')}`

export function ruleWords(rule: RuleConfig): string {
  return [
    'from',
    rule.from ?? 'all',
    ...(rule.to === null ? [] : ['to', rule.to]),
    'table',
    rule.table,
    ...(rule.priority === null ? [] : ['priority', rule.priority]),
  ].join(' ')
}

export const ruleHook = (action: 'add' | 'del', rule: RuleConfig): string =>
  `${ip(rule.family)} rule ${action} ${ruleWords(rule)}`
