import type { SectionText } from '../text/sections.ts'
import { cidrOf, routeKeys, routeOf, routeText, ruleOf } from './networkd-values.ts'

type Entries = [key: string, value: string][]

/** What a .network says of its addressing beyond the model: it goes with the addresses to the link that takes them. */
export interface Carried {
  network: Entries
  sections: { name: string; entries: Entries }[]
  /** CIDR → further entries of its [Address]. */
  addresses: Map<string, Entries>
  /** Route as text → further entries of its [Route]. */
  routes: Map<string, Entries>
}

export const nothingCarried = (): Carried => ({ network: [], sections: [], addresses: new Map(), routes: new Map() })

const networkKeys = [
  'NTP',
  'LLMNR',
  'MulticastDNS',
  'DNSOverTLS',
  'DNSSEC',
  'DNSSECNegativeTrustAnchors',
  'DNSDefaultRoute',
  'IPForward',
  'IPv4Forwarding',
  'IPv6Forwarding',
  'IPMasquerade',
  'IPv6PrivacyExtensions',
  'IPv6DuplicateAddressDetection',
  'DHCPPrefixDelegation',
  'EmitLLDP',
]
const wholeSections = ['DHCP', 'DHCPv4', 'DHCPv6', 'IPv6AcceptRA', 'NextHop', 'Neighbor', 'IPv6AddressLabel']
/** The model says these itself. */
const modelled = /^(ClientIdentifier|IAID|DUIDType|DUIDRawData|RouteMetric)$/

const pairs = (entries: readonly { key: string; value: string }[]): Entries =>
  entries.map(({ key, value }) => [key, value])

/** Notes what belongs to the addresses of a file, without changing it. */
export function carriedFrom(file: SectionText): Carried {
  const carried = nothingCarried()
  for (const { name, entries } of file.sections) {
    if (name === 'Network') carried.network.push(...pairs(entries.filter(({ key }) => networkKeys.includes(key))))
    if (name === 'Address') {
      const address = entries.find(({ key }) => key === 'Address')?.value
      const more = entries.filter(({ key }) => key !== 'Address' && key !== 'DuplicateAddressDetection')
      if (address !== undefined && more.length > 0) carried.addresses.set(cidrOf(address).toLowerCase(), pairs(more))
    }
    const section = { name, nth: 0, entries }
    if (name === 'Route') {
      const route = routeOf(section)
      const more = entries.filter(({ key }) => !routeKeys.includes(key))
      if (route === null) carried.sections.push({ name, entries: pairs(entries) })
      else if (more.length > 0) carried.routes.set(routeText(route), pairs(more))
    }
    if (name === 'RoutingPolicyRule' && ruleOf(section) === null)
      carried.sections.push({ name, entries: pairs(entries) })
    if (wholeSections.includes(name)) {
      const more = entries.filter(({ key }) => !((name === 'DHCPv4' || name === 'DHCP') && modelled.test(key)))
      if (more.length > 0) carried.sections.push({ name, entries: pairs(more) })
    }
  }
  return carried
}

/** Takes all that `carriedFrom` notes, besides addresses and routes themselves, out of a file. */
export function dropCarried(file: SectionText): void {
  for (const key of networkKeys) file.remove('Network', key)
  for (const { name, nth, entries } of file.sections.toReversed()) {
    const section = { name, nth: 0, entries }
    const unsaid =
      (name === 'Route' && routeOf(section) === null) || (name === 'RoutingPolicyRule' && ruleOf(section) === null)
    if (unsaid || wholeSections.includes(name)) file.removeSection(name, nth)
  }
}

/** Puts it into the file of the link that takes the addresses; what that file says itself stays. */
export function giveCarried(file: SectionText, carried: Carried): void {
  for (const [key, value] of carried.network)
    if (!file.values('Network', key).includes(value)) file.add('Network', key, value)
  for (const { name, entries } of carried.sections) {
    const single = wholeSections.slice(0, 4).includes(name)
    if (single && file.count(name) > 0) {
      for (const [key, value] of entries) if (file.last(name, key) === null) file.set(name, key, value)
    } else if (!file.sections.some((had) => had.name === name && same(pairs(had.entries), entries)))
      file.addSection(name, entries)
  }
}

const same = (a: Entries, b: Entries): boolean => JSON.stringify(a) === JSON.stringify(b)
