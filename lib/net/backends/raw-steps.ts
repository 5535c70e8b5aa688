import { noBridge, type BondConfig, type BridgeConfig, type LinkConfig, type PortConfig } from '../model.ts'
import { parseCidr } from '../names.ts'
import { routeWords, ruleWords } from './hook-commands.ts'
import { rangesOf } from './ifupdown-ports.ts'
import { routeOf, ruleOf } from './same-link.ts'
import type { LinkChange, RuntimeLink } from '../back-end.ts'
import type { Step } from '../change.ts'

/**
 * What brings the kernel from one configuration to another with iproute2 alone, for tools whose own commands take links
 * down or throw VM ports out of bridges.
 */
export interface RawSteps {
  /** Links that are new, and settings: nothing is lost by these. */
  create: string[]
  up: string[]
  /** One batch: addresses and routes to where they belong, then ports into bridges, then away from where they were. */
  move: string[]
  /** What may be there or not, each by itself. */
  tidy: Step[]
  /** The lease that moves; its address is a lone one (/32) until the DHCP client has set it anew, see `settle`. */
  lease: { from: string; to: string } | null
  /** Once the DHCP client has set the address with its lifetimes, which it would not if it stood there already. */
  settle: Step[]
}

interface Change {
  name: string
  before: LinkConfig | null
  after: LinkConfig | null
  runtime: RuntimeLink | undefined
}

export function rawSteps(changes: readonly LinkChange[], now: readonly RuntimeLink[]): RawSteps {
  const all: Change[] = changes.map((change) => ({ ...change, runtime: now.find(({ name }) => name === change.name) }))
  const isNew = ({ before, after, runtime }: Change): boolean =>
    after !== null && after.kind !== 'nic' && (runtime === undefined || isRemade({ before, after }))
  const created = all.filter(isNew)
  const create: string[] = []
  for (const { name, before, after } of all)
    if (before !== null && after !== null && isRemade({ before, after })) create.push(`link del ${name}`)
  for (const change of created) create.push(creation(change.after, all, now))
  create.push(...mtuLines(all.filter((change) => !isNew(change))))
  for (const { name, before, after, runtime } of all.filter((change) => !isNew(change))) {
    if (after === null) continue
    if (after.mac !== null && after.mac !== runtime?.mac) create.push(`link set ${name} address ${after.mac}`)
    const settings = bridgeWords(after.bridge, before?.bridge ?? null)
    if (settings !== '') create.push(`link set ${name} type bridge${settings}`)
    if (after.bond !== null) create.push(...bondLines(name, after.bond, before?.bond ?? null, now))
  }
  const leaving = all.filter(
    ({ after, runtime }) => after !== null && runtime?.master && runtime.master !== after.master,
  )
  const fromBond = leaving.filter(({ runtime }) => isBond(runtime?.master ?? '', all, now))
  const down = all.filter(({ after, runtime }) => after !== null && runtime?.up === false)
  const up = [...new Set([...created, ...down])].map(({ name }) => `link set ${name} up`)

  const moved = leases(all)
  const move: string[] = []
  // A port that leaves a bond is down afterwards, and no route can be set on it.
  for (const { name } of fromBond) move.push(`link set ${name} nomaster`, `link set ${name} up`)
  for (const change of all) move.push(...addedAddresses(change, moved))
  for (const change of all) move.push(...addedRoutes(change, moved))
  for (const { name } of leaving.filter((one) => !fromBond.includes(one))) move.push(`link set ${name} nomaster`)
  for (const { name, after, runtime } of all) {
    const master = after?.master ?? null
    if (after === null || master === null || runtime?.master === master) continue
    const bond = isBond(master, all, now)
    if (bond) move.push(`link set ${name} down`)
    move.push(`link set ${name} master ${master}`)
    if (!bond) move.push(`link set ${name} up`)
  }
  for (const { name, after } of all)
    if (after?.bond?.primary) move.push(`link set ${name} type bond primary ${after.bond.primary}`)
  for (const change of all) move.push(...droppedAddresses(change))
  for (const { name, after, runtime, before } of all.toReversed())
    if (after === null && runtime !== undefined && before?.kind !== 'nic') move.push(`link del ${name}`)

  return {
    create,
    up,
    move,
    tidy: [...staleRoutes(all), ...ruleSteps(all), ...vlanSteps(all)],
    lease: moved === null ? null : { from: moved.from.name, to: moved.to.name },
    settle: settled(moved),
  }
}

const isRemade = ({ before, after }: { before: LinkConfig | null; after: LinkConfig | null }): boolean =>
  before !== null &&
  after !== null &&
  after.vlan !== null &&
  (before.vlan?.id !== after.vlan.id || before.vlan.parent !== after.vlan.parent)

const isBond = (name: string, all: readonly Change[], now: readonly RuntimeLink[]): boolean =>
  (all.find((one) => one.name === name)?.after?.kind ?? now.find((one) => one.name === name)?.kind) === 'bond'

function creation(after: LinkConfig | null, all: readonly Change[], now: readonly RuntimeLink[]): string {
  if (after === null) return ''
  const port = all.find((one) => one.after?.master === after.name)?.name
  const below = now.find(({ name }) => name === port)
  // A bridge without a MAC of its own would take one from its name, and change it with its ports.
  const mac = after.mac ?? (after.kind === 'vlan' ? null : (below?.mac ?? null))
  const head =
    `${after.vlan === null ? '' : `link ${after.vlan.parent} `}name ${after.name}` +
    (mac === null ? '' : ` address ${mac}`) +
    (after.mtu === null ? '' : ` mtu ${after.mtu}`)
  if (after.vlan !== null) return `link add ${head} type vlan id ${after.vlan.id}`
  if (after.bond !== null) return `link add ${head} type bond mode ${after.bond.mode}${bondWords(after.bond, null)}`
  const bridge = after.bridge ?? noBridge
  return `link add ${head} type bridge${bridgeWords({ ...bridge, stp: bridge.stp ?? false }, null)}`
}

// iproute2 takes the kernel's hundredths of seconds.
const bridgeKeys: [key: keyof BridgeConfig, word: string, factor: number, kernel: number][] = [
  ['stp', 'stp_state', 1, 0],
  ['forwardDelaySeconds', 'forward_delay', 100, 1500],
  ['helloSeconds', 'hello_time', 100, 200],
  ['maxAgeSeconds', 'max_age', 100, 2000],
  ['priority', 'priority', 1, 32768],
  ['ageingSeconds', 'ageing_time', 100, 30000],
  ['vlanFiltering', 'vlan_filtering', 1, 0],
  ['defaultPvid', 'vlan_default_pvid', 1, 1],
  ['multicastSnooping', 'mcast_snooping', 1, 1],
]

function bridgeWords(after: BridgeConfig | null, before: BridgeConfig | null): string {
  if (after === null) return ''
  return bridgeKeys
    .map(([key, word, factor, kernel]) => {
      const value = after[key]
      if (value === (before?.[key] ?? null)) return ''
      return ` ${word} ${value === null ? kernel : Number(value) * factor}`
    })
    .join('')
}

function bondWords(bond: BondConfig, before: BondConfig | null): string {
  const words: [value: string | number | null, old: string | number | null | undefined, word: string][] = [
    [bond.miimonMs, before?.miimonMs, 'miimon'],
    [bond.upDelayMs, before?.upDelayMs, 'updelay'],
    [bond.downDelayMs, before?.downDelayMs, 'downdelay'],
    [bond.mode === '802.3ad' ? bond.lacpRate : null, before?.lacpRate, 'lacp_rate'],
    [bond.hashPolicy, before?.hashPolicy, 'xmit_hash_policy'],
    [bond.minLinks, before?.minLinks, 'min_links'],
  ]
  return words.map(([value, old, word]) => (value === null || value === old ? '' : ` ${word} ${value}`)).join('')
}

function bondLines(name: string, bond: BondConfig, before: BondConfig | null, now: readonly RuntimeLink[]): string[] {
  const words = bondWords(bond, before)
  const offline = before !== null && (bond.mode !== before.mode || bond.lacpRate !== before.lacpRate)
  if (!offline) return words === '' ? [] : [`link set ${name} type bond${words}`]
  // The kernel changes the mode of a bond only when it is down and has no ports.
  const ports = now.filter(({ master }) => master === name).map((port) => port.name)
  return [
    ...ports.map((port) => `link set ${port} nomaster`),
    `link set ${name} down`,
    `link set ${name} type bond mode ${bond.mode}${words}`,
    `link set ${name} up`,
    ...ports.flatMap((port) => [`link set ${port} down`, `link set ${port} master ${name}`]),
  ]
}

/** Larger ones from below upwards, smaller ones from above downwards. */
function mtuLines(all: readonly Change[]): string[] {
  const wanted = all.flatMap(({ name, before, after, runtime }) => {
    const mtu = after?.mtu ?? (before?.mtu === undefined || before.mtu === null ? null : 1500)
    return after === null || mtu === null || mtu === runtime?.mtu ? [] : [{ name, mtu, had: runtime?.mtu ?? 1500 }]
  })
  const line = ({ name, mtu }: { name: string; mtu: number }): string => `link set ${name} mtu ${mtu}`
  return [
    ...wanted.filter(({ mtu, had }) => mtu > had).map(line),
    ...wanted
      .filter(({ mtu, had }) => mtu <= had)
      .map(line)
      .toReversed(),
  ]
}

/** The link that asks DHCP now, and the one that did before. */
interface MovedLease {
  from: Change
  to: Change
}

function leases(all: readonly Change[]): MovedLease | null {
  const given = all.filter(({ before, after }) => before?.ipv4.kind === 'dhcp' && after?.ipv4.kind !== 'dhcp')
  const taken = all.filter(({ before, after }) => before?.ipv4.kind !== 'dhcp' && after?.ipv4.kind === 'dhcp')
  const [from] = given
  const [to] = taken
  return from !== undefined && to !== undefined && given.length === 1 && taken.length === 1 ? { from, to } : null
}

const isV6 = (cidr: string): boolean => cidr.includes(':')

const staticsOf = (link: LinkConfig | null): string[] =>
  link === null
    ? []
    : [
        ...(link.ipv4.kind === 'none' ? [] : link.ipv4.addresses),
        ...(link.ipv6.kind === 'none' ? [] : link.ipv6.addresses),
      ]

const leased = ({ before, runtime }: Change): string[] =>
  (runtime?.addresses ?? []).map(({ cidr }) => cidr).filter((cidr) => !isV6(cidr) && !staticsOf(before).includes(cidr))

const alone = (cidr: string): string => `${cidr.split('/')[0]}/32`

function settled(moved: MovedLease | null): Step[] {
  if (moved === null) return []
  return leased(moved.from).flatMap((cidr) => [
    attempt(['ip', 'addr', 'del', alone(cidr), 'dev', moved.to.name]),
    attempt(['ip', 'route', 'del', parseCidr(cidr)?.network ?? cidr, 'dev', moved.to.name, 'proto', 'boot']),
  ])
}

function addedAddresses({ name, after, runtime }: Change, moved: MovedLease | null): string[] {
  const had = (runtime?.addresses ?? []).map(({ cidr }) => cidr)
  const lease = moved?.to.name === name ? leased(moved.from).map(alone) : []
  const wanted = [...lease, ...staticsOf(after)]
  return (
    wanted
      .filter((cidr) => !had.includes(cidr))
      // Without nodad the kernel keeps an IPv6 address back for a second and more.
      .map((cidr) => `addr replace ${cidr} dev ${name}${isV6(cidr) ? ' nodad' : ''}`)
  )
}

function addedRoutes({ name, before, after }: Change, moved: MovedLease | null): string[] {
  if (after === null) return []
  const lines: string[] = []
  const from = moved?.to.name === name ? moved.from : null
  for (const cidr of from === null ? [] : leased(from)) {
    const source = cidr.split('/')[0] ?? ''
    lines.push(`route replace ${parseCidr(cidr)?.network ?? cidr} dev ${name} src ${source} scope link proto boot`)
  }
  for (const route of from?.runtime?.routes ?? []) {
    if (route.family !== 'inet' || route.gateway === null) continue
    if (route.table !== 'main') continue
    const metric = route.metric === null || route.metric === 0 ? '' : ` metric ${route.metric}`
    lines.push(`route replace ${route.destination} via ${route.gateway} dev ${name}${metric}`)
  }
  for (const [family, own, old] of [
    ['inet', after.ipv4, before?.ipv4],
    ['inet6', after.ipv6, before?.ipv6],
  ] as const) {
    if (own.kind !== 'static' || own.gateway === null) continue
    if (old?.kind === 'static' && old.gateway === own.gateway && old.metric === own.metric) continue
    const all = family === 'inet' ? 'default' : '::/0'
    const metric = own.metric === null ? '' : ` metric ${own.metric}`
    lines.push(`route replace ${all} via ${own.gateway} dev ${name}${metric} onlink`)
  }
  const had = new Set((before?.routes ?? []).map((route) => JSON.stringify(routeOf(route))))
  for (const route of after.routes)
    if (!had.has(JSON.stringify(routeOf(route)))) {
      const destination = route.destination === 'default' && route.family === 'inet6' ? '::/0' : route.destination
      lines.push(`route replace ${routeWords({ ...route, destination }, name)}`)
    }
  return lines
}

function droppedAddresses({ name, before, after, runtime }: Change): string[] {
  if (after === null && before?.kind !== 'nic') return []
  const wanted = staticsOf(after)
  const old = staticsOf(before)
  const keeps4 = after?.ipv4.kind === 'dhcp'
  const keeps6 = after?.ipv6.kind === 'auto' || after?.ipv6.kind === 'dhcp'
  return (runtime?.addresses ?? [])
    .filter(({ cidr, dynamic }) => {
      if (wanted.includes(cidr)) return false
      if (after !== null && after.master !== null && after.master !== before?.master) return true
      return dynamic ? !(isV6(cidr) ? keeps6 || before?.ipv6.kind === 'none' : keeps4) : old.includes(cidr)
    })
    .map(({ cidr }) => `addr del ${cidr} dev ${name}`)
}

/** IPv4 routes go with the last address of a link, IPv6 defaults do not. */
function staleRoutes(all: readonly Change[]): Step[] {
  const steps: Step[] = []
  for (const { name, before, after } of all) {
    if (before === null || (after === null && before.kind !== 'nic')) continue
    const kept = new Set((after?.routes ?? []).map((route) => JSON.stringify(routeOf(route))))
    for (const [flag, old, own] of [
      ['-4', before.ipv4, after?.ipv4],
      ['-6', before.ipv6, after?.ipv6],
    ] as const) {
      if (old.kind !== 'static' || old.gateway === null) continue
      const metric = old.metric === null ? [] : ['metric', String(old.metric)]
      if (own?.kind === 'static' && own.gateway === old.gateway && own.metric === old.metric) continue
      steps.push(attempt(['ip', flag, 'route', 'del', 'default', 'via', old.gateway, 'dev', name, ...metric]))
    }
    for (const route of before.routes) {
      if (kept.has(JSON.stringify(routeOf(route)))) continue
      const flag = route.family === 'inet6' ? '-6' : '-4'
      steps.push(attempt(['ip', flag, 'route', 'del', ...routeWords(route, name).split(' ')]))
    }
  }
  return steps
}

function ruleSteps(all: readonly Change[]): Step[] {
  const old = all.flatMap(({ before }) => before?.rules ?? [])
  const wanted = all.flatMap(({ after }) => after?.rules ?? [])
  const lacks = (some: typeof old, one: (typeof old)[number]): boolean =>
    !some.some((rule) => JSON.stringify(ruleOf(rule)) === JSON.stringify(ruleOf(one)))
  const step = (verb: string, rule: (typeof old)[number]): Step =>
    attempt(['ip', rule.family === 'inet6' ? '-6' : '-4', 'rule', verb, ...ruleWords(rule).split(' ')])
  return [
    ...wanted.filter((rule) => lacks(old, rule)).map((rule) => step('add', rule)),
    ...old.filter((rule) => lacks(wanted, rule)).map((rule) => step('del', rule)),
  ]
}

function vlanSteps(all: readonly Change[]): Step[] {
  const steps: Step[] = []
  for (const { name, before, after } of all) {
    if (after === null) continue
    const bridge = all.find((one) => one.name === after.master)?.after?.bridge ?? null
    const first = bridge?.defaultPvid ?? 1
    const initial: PortConfig =
      first === 0 ? { pvid: null, untagged: [], tagged: [] } : { pvid: first, untagged: [first], tagged: [] }
    const rejoined = before?.master !== after.master
    const old = rejoined ? initial : (before?.port ?? initial)
    const port = after.port ?? (before?.port === undefined || before.port === null ? null : initial)
    if (port !== null && after.master !== null) steps.push(...portSteps(name, old, port))
    const parent = all.find((one) => one.name === after.vlan?.parent)?.after ?? null
    if (after.vlan !== null && parent?.bridge?.vlanFiltering === true)
      steps.push(attempt(['bridge', 'vlan', 'add', 'dev', after.vlan.parent, 'vid', String(after.vlan.id), 'self']))
  }
  return steps
}

function portSteps(name: string, old: PortConfig, port: PortConfig): Step[] {
  const run = (verb: string, vids: string, ...flags: string[]): Step => ({
    kind: 'run',
    argv: ['bridge', 'vlan', verb, 'dev', name, 'vid', vids, ...flags],
    timeoutSeconds: 10,
  })
  const kept = [...port.untagged, ...port.tagged]
  const without = (ids: readonly number[]): string[] => rangesOf(ids.filter((id) => id !== port.pvid))
  const flags = port.pvid !== null && port.untagged.includes(port.pvid) ? ['pvid', 'untagged'] : ['pvid']
  const gone = [...old.untagged, ...old.tagged].filter((id) => !kept.includes(id)).sort((a, b) => a - b)
  return [
    ...(port.pvid === null ? [] : [run('add', String(port.pvid), ...flags)]),
    ...without(port.untagged).map((vids) => run('add', vids, 'untagged')),
    ...without(port.tagged).map((vids) => run('add', vids)),
    ...rangesOf(gone).map((vids) => run('del', vids)),
  ]
}

export const attempt = (argv: string[], timeoutSeconds = 10): Step => ({
  kind: 'run',
  argv,
  timeoutSeconds,
  mayFail: true,
})
