import type { ConfigFile, Configured, RuntimeLink } from '../back-end.ts'
import { blankLink, type Ipv4Config, type Ipv6Config, type LinkConfig, type RouteConfig } from '../model.ts'
import type { Section } from '../text/sections.ts'
import { clientIdFrom } from './networkd-client-id.ts'
import {
  lastOf,
  lastOfDhcp,
  macText,
  matches,
  namesOf,
  unitsOf,
  wordsOf,
  type Candidate,
  type Unit,
} from './networkd-files.ts'
import { readNetdev } from './networkd-netdev.ts'
import { booleanOf, bytesOf, cidrOf, familyOf, integerOf, routeOf, ruleOf, vlansOf } from './networkd-values.ts'
import { isGateway } from './proof.ts'

/** A .network as far as it concerns the links above the one it is for. */
export interface Network {
  link: Omit<LinkConfig, 'name' | 'kind' | 'bridge' | 'vlan' | 'bond'>
  /** Names of VLAN interfaces on it. */
  vlans: string[]
  primary: boolean
  unmanaged: boolean
}

export function readNetworkd(files: readonly ConfigFile[], runtime: readonly RuntimeLink[] = []): Configured {
  const units = unitsOf(files)
  const networks = units.filter(({ type }) => type === 'network')
  const links = new Map<string, LinkConfig>()
  const sources: Record<string, string[]> = {}
  const unreadable: Configured['unreadable'] = []
  const refuse = (link: string, unit: Unit, reason: string) => {
    links.delete(link)
    unreadable.push({ link, path: unit.path, reason })
  }

  for (const unit of units.filter(({ type }) => type === 'netdev')) {
    const name = lastOf(unit.sections, 'NetDev', 'Name')
    if (name === null || links.has(name)) continue
    const link = readNetdev(unit.sections, name)
    sources[name] = [unit.path, ...unit.dropIns]
    if (typeof link === 'string') refuse(name, unit, link)
    else if (isGenerated(unit)) refuse(name, unit, generated)
    else links.set(name, link)
  }
  const lost = new Set(unreadable.map(({ link }) => link))
  for (const name of new Set([...networks.flatMap(namesOf), ...runtime.flatMap(nicName)]))
    if (!links.has(name) && !lost.has(name)) links.set(name, blankLink(name, 'nic'))

  const parents = new Map<string, string>()
  const primaries = new Set<string>()
  for (const [name, link] of links) {
    const found = networkFor(networks, candidateOf(link, runtime))
    if (found === null) {
      if (link.kind === 'nic') links.delete(name)
      continue
    }
    const { unit, sure } = found
    sources[name] = [unit.path, ...unit.dropIns, ...(sources[name] ?? [])]
    if (!sure) refuse(name, unit, 'its [Match] asks for more than is known of the link')
    else if (isGenerated(unit)) refuse(name, unit, generated)
    else {
      const network = readNetwork(unit.sections)
      const { mac, mtu } = network.link
      if (network.unmanaged) refuse(name, unit, 'Unmanaged=yes')
      else links.set(name, { ...link, ...network.link, mac: mac ?? link.mac, mtu: mtu ?? link.mtu })
      for (const vlan of network.vlans) parents.set(vlan, name)
      if (network.primary) primaries.add(name)
    }
  }
  for (const link of links.values()) {
    if (link.kind === 'vlan') {
      const parent = parents.get(link.name)
      const path = sources[link.name]?.[0] ?? ''
      if (parent === undefined || link.vlan === null) {
        links.delete(link.name)
        unreadable.push({ link: link.name, path, reason: `no .network says VLAN=${link.name}` })
      } else links.set(link.name, { ...link, vlan: { parent, id: link.vlan.id } })
    }
    if (link.bond !== null) {
      const primary = [...links.values()].find((port) => port.master === link.name && primaries.has(port.name))
      links.set(link.name, { ...link, bond: { ...link.bond, primary: primary?.name ?? null } })
    }
  }
  return { links: [...links.values()], sources, unreadable }
}

const generated = 'it is generated anew at each boot by another tool'
const isGenerated = (unit: Unit): boolean => unit.path.startsWith('/run/')
const nicName = (link: RuntimeLink): string[] => (link.kind === 'nic' ? [link.name] : [])

/** What [Match] may ask of this link. */
export function candidateOf(link: LinkConfig, runtime: readonly RuntimeLink[]): Candidate {
  const now = runtime.find(({ name }) => name === link.name)
  return { name: link.name, kind: link.kind, mac: link.mac ?? now?.mac ?? null }
}

/** The first .network for a link; not sure when one before it might be. */
export function networkFor(networks: readonly Unit[], link: Candidate): { unit: Unit; sure: boolean } | null {
  for (const unit of networks) {
    const answer = matches(unit, link)
    if (answer !== 'no') return { unit, sure: answer === 'yes' }
  }
  return null
}

export function readNetwork(sections: readonly Section[]): Network {
  const last = (key: string) => lastOf(sections, 'Network', key)
  const master = last('Bridge') ?? last('Bond')
  const mac = lastOf(sections, 'Link', 'MACAddress')
  const servers = wordsOf(sections, 'Network', 'DNS').map((word) => word.replace(/#.*$/, ''))
  const routes = routesOf(sections)
  const { ipv4, ipv6, rest } = addressing(sections, master !== null, routes)
  return {
    link: {
      mac: mac === null ? null : macText(mac),
      mtu: bytesOf(lastOf(sections, 'Link', 'MTUBytes')),
      ipv4,
      ipv6,
      dns: { servers, domains: wordsOf(sections, 'Network', 'Domains') },
      routes: rest,
      rules: sections.filter(({ name }) => name === 'RoutingPolicyRule').flatMap((section) => ruleOf(section) ?? []),
      master,
      port: last('Bridge') === null ? null : portOf(sections),
    },
    vlans: wordsOf(sections, 'Network', 'VLAN'),
    primary: booleanOf(last('PrimarySlave')) ?? false,
    unmanaged: booleanOf(lastOf(sections, 'Link', 'Unmanaged')) ?? false,
  }
}

/** In the order of the lines; [Network] may have some, each [Address] one. */
export function addressesOf(sections: readonly Section[]): string[] {
  return sections.flatMap((section) => {
    if (section.name !== 'Network' && section.name !== 'Address') return []
    return section.entries.flatMap(({ key, value }) => (key === 'Address' && value !== '' ? [cidrOf(value)] : []))
  })
}

/** Each [Network] Gateway= is a route, too. */
export function routesOf(sections: readonly Section[]): RouteConfig[] {
  return sections.flatMap((section) => {
    if (section.name === 'Route') return routeOf(section) ?? []
    if (section.name !== 'Network') return []
    return section.entries.flatMap(({ key, value }) => (key === 'Gateway' && value !== '' ? [gatewayRoute(value)] : []))
  })
}

export const gatewayRoute = (gateway: string): RouteConfig => ({
  destination: 'default',
  family: familyOf(gateway),
  gateway,
  metric: null,
  table: null,
  source: null,
  onLink: false,
})

/** `DHCP=` → which families ask. */
export function dhcpOf(text: string | null): { v4: boolean; v6: boolean } {
  const yes = booleanOf(text) === true || text === 'both'
  return { v4: yes || text === 'ipv4' || text === 'v4', v6: yes || text === 'ipv6' || text === 'v6' }
}

/** Whether router advertisements are heeded, as systemd 252 decides when nothing is said. */
export function acceptsRa(sections: readonly Section[], port: boolean): boolean {
  const local = lastOf(sections, 'Network', 'LinkLocalAddressing')
  const hasLocal = local === null ? !port : local === 'ipv6' || booleanOf(local) === true || local === 'both'
  const forwards = lastOf(sections, 'Network', 'IPForward')
  const forwards6 = booleanOf(forwards) === true || forwards === 'ipv6'
  return booleanOf(lastOf(sections, 'Network', 'IPv6AcceptRA')) ?? (hasLocal && !forwards6)
}

function addressing(sections: readonly Section[], port: boolean, routes: RouteConfig[]) {
  const addresses = addressesOf(sections)
  const four = addresses.filter((address) => familyOf(address) === 'inet')
  const six = addresses.filter((address) => familyOf(address) === 'inet6')
  const dhcp = dhcpOf(lastOf(sections, 'Network', 'DHCP') ?? lastOf(sections, 'DHCP', 'DHCP'))
  const rest = [...routes]
  const take = (family: 'inet' | 'inet6') => {
    const at = rest.findIndex((route) => route.family === family && isGateway(route))
    const [route] = at < 0 ? [] : rest.splice(at, 1)
    return { gateway: route?.gateway ?? null, metric: route?.metric ?? null }
  }
  const metric = integerOf(lastOfDhcp(sections, 'RouteMetric'))
  const ipv4: Ipv4Config = dhcp.v4
    ? { kind: 'dhcp', clientId: clientIdFrom(sections), metric, addresses: four }
    : four.length > 0
      ? { kind: 'static', addresses: four, ...take('inet') }
      : { kind: 'none' }
  const ipv6: Ipv6Config = dhcp.v6
    ? { kind: 'dhcp', addresses: six }
    : acceptsRa(sections, port)
      ? { kind: 'auto', addresses: six }
      : six.length > 0
        ? { kind: 'static', addresses: six, ...take('inet6') }
        : { kind: 'none' }
  return { ipv4, ipv6, rest }
}

export function portOf(sections: readonly Section[]): LinkConfig['port'] {
  const tagged = vlansOf(wordsOf(sections, 'BridgeVLAN', 'VLAN')) ?? []
  const untagged = vlansOf(wordsOf(sections, 'BridgeVLAN', 'EgressUntagged')) ?? []
  const pvid = integerOf(lastOf(sections, 'BridgeVLAN', 'PVID'))
  if (pvid === null && tagged.length + untagged.length === 0) return null
  const all = pvid === null || untagged.includes(pvid) ? tagged : [...tagged, pvid]
  const only = [...new Set(all)].filter((id) => !untagged.includes(id))
  return { pvid, untagged, tagged: only.toSorted((a, b) => a - b) }
}
