import type { Draft } from './draft.ts'
import type { LinkConfig } from './model.ts'
import { holds, isLinkLocal, overlaps, parseAddress, parseCidr, parseHostCidr, type Cidr } from './names.ts'
import { say } from './sentences.ts'
import { checkVlans } from './check-vlans.ts'
import { checkMtus } from './check-mtu.ts'

/**
 * Everything that is refused because of the whole that would come out: each changed link by itself, then against all
 * others. The kernel takes most of this without a word.
 */
export function check(draft: Draft): void {
  const all = draft.all()
  const changed = [...draft.links.values()].filter((link) => link !== null)
  for (const link of changed) {
    checkAddresses(draft, link, all)
    checkBridge(draft, link)
    checkBond(draft, link, all)
    checkMac(draft, link, all)
  }
  checkDefaults(draft, changed, all)
  checkVlans(draft, changed, all)
  checkMtus(draft, changed, all)
  checkLoops(draft, changed, all)
  checkManagement(draft, all)
}

/** Where in the request the field of a link stands, as well as is known. */
export const fieldOf = (draft: Draft, link: string, field: string): string | null => {
  const at = draft.origins.get(link)
  return at === undefined ? null : `${at}.${field}`
}

export const addressesOf = ({ ipv4, ipv6 }: LinkConfig): string[] =>
  [ipv4, ipv6].flatMap((config) => (config.kind === 'none' ? [] : config.addresses))

function checkAddresses(draft: Draft, link: LinkConfig, all: ReadonlyMap<string, LinkConfig>): void {
  const own: Cidr[] = []
  const before = new Set(addressesOf(draft.before(link.name) ?? link))
  const inherited = draft.moves.some(({ to }) => to === link.name)
  for (const family of ['ipv4', 'ipv6'] as const) {
    const config = link[family]
    if (config.kind === 'none') continue
    const field = (name: string) => fieldOf(draft, link.name, `${family}.${name}`)
    config.addresses.forEach((text, index) => {
      const cidr = parseHostCidr(text)
      const at = field(`addresses.${index}`)
      if (!cidr.ok) return draft.refuse(at, cidr.error)
      if (cidr.value.family !== (family === 'ipv4' ? 'inet' : 'inet6'))
        return draft.refuse(at, say('refuse.address-form', { address: text }))
      own.push(cidr.value)
      if (isLinkLocal(cidr.value.address)) return
      for (const other of all.values()) {
        if (other.name === link.name) continue
        for (const theirs of addressesOf(other)) {
          const parsed = parseCidr(theirs)
          if (parsed === null) continue
          if (parsed.address === cidr.value.address)
            return draft.refuse(at, say('refuse.address-taken', { address: cidr.value.address, link: other.name }))
          // What was so before is the admin's affair.
          if (overlaps(parsed, cidr.value) && !before.has(text) && !inherited && !isLinkLocal(parsed.address))
            return draft.refuse(
              at,
              say('refuse.subnet-overlap', {
                network: cidr.value.network,
                link: link.name,
                other: parsed.network,
                otherLink: other.name,
              }),
            )
        }
      }
    })
    if (config.kind === 'static' && config.gateway !== null) {
      const gateway = parseAddress(config.gateway)
      if (gateway === null || gateway.family !== (family === 'ipv4' ? 'inet' : 'inet6'))
        draft.refuse(field('gateway'), say('refuse.gateway-form', { gateway: config.gateway.slice(0, 60) }))
      else if (own.some(({ address }) => address === gateway.text))
        draft.refuse(field('gateway'), say('refuse.gateway-own', { gateway: gateway.text }))
      else if (
        !isLinkLocal(gateway.text) &&
        !inherited &&
        !own.some((network) => holds(network, gateway.text) || network.prefix === (family === 'ipv4' ? 32 : 128))
      )
        draft.refuse(field('gateway'), say('refuse.gateway-outside', { gateway: gateway.text, link: link.name }))
    }
  }
  link.dns.servers.forEach((server, index) => {
    if (parseAddress(server) === null)
      draft.refuse(
        fieldOf(draft, link.name, `dns.servers.${index}`),
        say('refuse.dns-form', { server: server.slice(0, 60) }),
      )
  })
  link.routes.forEach((route, index) => {
    const isNetwork = route.destination === 'default' || parseCidr(route.destination)?.network === route.destination
    if (!isNetwork)
      draft.refuse(
        fieldOf(draft, link.name, `routes.${index}.destination`),
        say('refuse.route-form', { destination: route.destination.slice(0, 60) }),
      )
    if (route.gateway !== null && parseAddress(route.gateway) === null)
      draft.refuse(
        fieldOf(draft, link.name, `routes.${index}.gateway`),
        say('refuse.gateway-form', { gateway: route.gateway.slice(0, 60) }),
      )
  })
}

function checkDefaults(draft: Draft, changed: LinkConfig[], all: ReadonlyMap<string, LinkConfig>): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const defaults = [...all.values()].flatMap((link) => {
      const config = link[family]
      return config.kind === 'static' && config.gateway !== null
        ? [{ name: link.name, metric: config.metric ?? 0 }]
        : []
    })
    for (const { name } of changed) {
      const own = defaults.find((other) => other.name === name)
      const clash = defaults.find((other) => other.name !== name && own?.metric === other.metric)
      if (own !== undefined && clash !== undefined)
        draft.refuse(
          fieldOf(draft, name, `${family}.gateway`),
          say('refuse.two-defaults', { link: name, other: clash.name, metric: own.metric }),
        )
    }
  }
}

const bridgeRanges = {
  helloSeconds: [1, 10],
  maxAgeSeconds: [6, 40],
  priority: [0, 65_535],
  ageingSeconds: [0, 1_000_000],
  defaultPvid: [0, 4094],
} as const

function checkBridge(draft: Draft, link: LinkConfig): void {
  const { bridge } = link
  if (bridge === null) return
  const field = (name: string) => fieldOf(draft, link.name, `bridge.${name}`)
  for (const [setting, [min, max]] of Object.entries(bridgeRanges)) {
    const value = bridge[setting as keyof typeof bridgeRanges]
    if (value !== null && (!Number.isFinite(value) || value < min || value > max))
      draft.refuse(field(setting), say('refuse.range', { setting, min, max }))
  }
  const { stp, forwardDelaySeconds, helloSeconds, maxAgeSeconds } = bridge
  if (forwardDelaySeconds !== null && (stp === true ? forwardDelaySeconds < 2 : forwardDelaySeconds < 0))
    draft.refuse(field('forwardDelaySeconds'), say('refuse.forward-delay'))
  else if ((forwardDelaySeconds ?? 0) > 30) draft.refuse(field('forwardDelaySeconds'), say('refuse.forward-delay'))
  else if (stp === true) {
    const maxAge = maxAgeSeconds ?? 20
    // IEEE 802.1D, 8.10.2
    if (2 * ((forwardDelaySeconds ?? 15) - 1) < maxAge || maxAge < 2 * ((helloSeconds ?? 2) + 1))
      draft.refuse(field('maxAgeSeconds'), say('refuse.stp-timers'))
  }
}

function checkBond(draft: Draft, link: LinkConfig, all: ReadonlyMap<string, LinkConfig>): void {
  const { bond } = link
  if (bond === null) return
  const field = (name: string) => fieldOf(draft, link.name, `bond.${name}`)
  const { mode } = bond
  if (bond.lacpRate !== null && mode !== '802.3ad')
    draft.refuse(field('lacpRate'), say('refuse.bond-setting', { setting: 'lacpRate', mode }))
  if (bond.primary !== null) {
    if (!['active-backup', 'balance-tlb', 'balance-alb'].includes(mode))
      draft.refuse(field('primary'), say('refuse.bond-setting', { setting: 'primary', mode }))
    else if (all.get(bond.primary)?.master !== link.name)
      draft.refuse(field('primary'), say('refuse.bond-primary', { primary: bond.primary, link: link.name }))
  }
  if (bond.hashPolicy !== null && !['802.3ad', 'balance-xor', 'balance-tlb'].includes(mode))
    draft.refuse(field('hashPolicy'), say('refuse.bond-setting', { setting: 'hashPolicy', mode }))
  for (const setting of ['miimonMs', 'upDelayMs', 'downDelayMs'] as const) {
    const value = bond[setting]
    if (value !== null && !(value >= 0 && value <= 60_000))
      draft.refuse(field(setting), say('refuse.range', { setting, min: 0, max: 60_000 }))
  }
}

function checkMac(draft: Draft, link: LinkConfig, all: ReadonlyMap<string, LinkConfig>): void {
  if (link.mac === null || draft.before(link.name)?.mac === link.mac) return
  const holders = [
    ...[...all.values()].map(({ name, mac }) => ({ name, mac })),
    ...[...draft.state.links.values()].map(({ name, mac }) => ({ name, mac })),
  ]
  const owner =
    holders.find(({ name, mac }) => {
      const other = all.get(name)
      if (mac !== link.mac || name === link.name) return false
      return other === undefined || !(isBound(other, link) || isBound(link, other))
    })?.name ?? draft.state.raw.facts.domains.find(({ nics }) => nics.some(({ mac }) => mac === link.mac))?.name
  if (owner !== undefined)
    draft.refuse(fieldOf(draft, link.name, 'mac'), say('refuse.mac-taken', { mac: link.mac, owner }))
}

/** A bridge, a bond and a VLAN share the MAC of what is beneath them. */
const isBound = (upper: LinkConfig, lower: LinkConfig): boolean =>
  lower.master === upper.name ||
  upper.vlan?.parent === lower.name ||
  (upper.master !== null && upper.master === lower.master)

/** Two ways into one segment: the same network beyond both, as neighbours or a VLAN of a NIC beside the NIC itself. */
function checkLoops(draft: Draft, changed: LinkConfig[], all: ReadonlyMap<string, LinkConfig>): void {
  const bridges = new Set(changed.flatMap(({ master, kind, name }) => [master, kind === 'bridge' ? name : null]))
  for (const bridge of [...all.values()].filter(({ name, kind }) => kind === 'bridge' && bridges.has(name))) {
    if (bridge.bridge?.stp === true) continue
    const ports = [...all.values()].filter(({ master }) => master === bridge.name)
    const seen = new Map<string, string>()
    for (const port of ports) {
      for (const segment of segmentsOf(draft, port, all)) {
        const first = seen.get(segment)
        if (first !== undefined && first !== port.name) {
          const field = fieldOf(draft, port.name, 'ports') ?? fieldOf(draft, bridge.name, 'ports')
          draft.refuse(field, say('refuse.loop', { first, second: port.name }))
          return
        }
        seen.set(segment, port.name)
      }
    }
  }
}

/** What is known of the segment a port leads to: the networks that were on it, unless they move there together. */
function segmentsOf(draft: Draft, port: LinkConfig, all: ReadonlyMap<string, LinkConfig>): string[] {
  if (port.vlan !== null) return []
  const now = draft.state.actual.get(port.name)
  const isPortAlready = now?.master === port.master
  const networks = isPortAlready
    ? addressesOf(all.get(port.master ?? '') ?? port).concat(
        addressesOf(draft.state.actual.get(port.master ?? '') ?? port),
      )
    : addressesOf(now ?? port)
  return networks.flatMap((text) => {
    const cidr = parseCidr(text)
    return cidr === null || isLinkLocal(cidr.address) ? [] : [cidr.network]
  })
}

/** The address Drawbridge comes in by must stay on something that leads out. */
function checkManagement(draft: Draft, all: ReadonlyMap<string, LinkConfig>): void {
  const path = draft.state.raw.facts.network.managementPath
  const [top] = path?.links ?? []
  if (path === null || top === undefined) return
  const touched = path.links.some((name) => draft.links.has(name))
  if (!touched) return
  const holder = draft.state.actual.get(top)
  const isLeased =
    (holder?.ipv4.kind === 'dhcp' || holder?.ipv6.kind === 'auto' || holder?.ipv6.kind === 'dhcp') &&
    !addressesOf(holder).some((text) => parseCidr(text)?.address === path.localAddress)
  const nics = path.links.filter((name) => all.get(name)?.kind === 'nic')
  const leadsOut = (link: LinkConfig): boolean => {
    const below = [
      ...(link.vlan === null ? [] : [all.get(link.vlan.parent)]),
      ...[...all.values()].filter(({ master }) => master === link.name),
    ].filter((lower) => lower !== undefined)
    if (link.kind === 'nic') return nics.includes(link.name) && link.master !== link.name
    return below.some(leadsOut)
  }
  const isKept = [...all.values()].some((link) => {
    if (link.master !== null || !leadsOut(link)) return false
    if (addressesOf(link).some((text) => parseCidr(text)?.address === path.localAddress)) return true
    return isLeased && (link.ipv4.kind === 'dhcp' || link.ipv6.kind === 'auto' || link.ipv6.kind === 'dhcp')
  })
  if (isKept) return
  const field = path.links.map((name) => draft.origins.get(name)).find((at) => at !== undefined) ?? null
  draft.refuse(field, say('refuse.last-path'))
}
