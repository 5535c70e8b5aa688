import type { LinkConfig, RouteConfig } from '../model.ts'
import type { SectionText } from '../text/sections.ts'
import type { Carried } from './networkd-carry.ts'
import { clientIdEntries, clientIdFrom } from './networkd-client-id.ts'
import { lastOf, lastOfDhcp, wordsOf } from './networkd-files.ts'
import { setLast } from './networkd-netdev.ts'
import { acceptsRa, dhcpOf, gatewayRoute, readNetwork } from './networkd-read.ts'
import {
  booleanOf,
  cidrOf,
  familyOf,
  rangesOf,
  routeEntries,
  routeOf,
  routeText,
  ruleEntries,
  ruleOf,
} from './networkd-values.ts'
import { clientIdOf, isGateway } from './proof.ts'

export interface NetworkWish {
  link: LinkConfig
  masterKind: LinkConfig['kind'] | null
  /** Of a bond: it is the preferred port. */
  primary: boolean
  /** IPv6 addresses another link has until now: no duplicate of them is to be looked for. */
  takes: ReadonlySet<string>
  carried: Carried
}

/** Makes a .network say what the model says of its link; what it says besides stays. */
export function writeNetwork(file: SectionText, wish: NetworkWish): void {
  const { link } = wish
  const said = { ...readNetwork(file.sections), clientId: clientIdFrom(file.sections) }
  const put = (section: string, key: string, value: string | null) => {
    if (section === 'DHCPv4') file.remove('DHCP', key)
    if (value === null) file.remove(section, key)
    else setLast(file, section, key, value)
  }
  if (link.mtu !== said.link.mtu) put('Link', 'MTUBytes', link.mtu === null ? null : String(link.mtu))
  if (link.mac !== said.link.mac && (link.kind === 'nic' || said.link.mac !== null)) put('Link', 'MACAddress', link.mac)
  if (
    link.master !== said.link.master ||
    (link.master !== null && lastOf(file.sections, 'Network', masterKey(wish)) === null)
  ) {
    put('Network', 'Bridge', wish.masterKind === 'bridge' ? link.master : null)
    put('Network', 'Bond', wish.masterKind === 'bond' ? link.master : null)
  }
  if (wish.primary !== said.primary) put('Network', 'PrimarySlave', wish.primary ? 'yes' : null)
  const [had, dhcp] = [dhcpOf(lastOf(file.sections, 'Network', 'DHCP')), dhcpOfLink(link)]
  if (had.v4 !== dhcp.v4 || had.v6 !== dhcp.v6)
    put('Network', 'DHCP', dhcp.v4 ? (dhcp.v6 ? 'yes' : 'ipv4') : dhcp.v6 ? 'ipv6' : null)
  if (link.ipv4.kind === 'dhcp') {
    const clientId = clientIdOf(link.ipv4.clientId, link.mac)
    if (clientId !== said.clientId)
      for (const [key, value] of Object.entries(clientIdEntries(clientId) ?? {})) put('DHCPv4', key, value)
    // The same association with DHCPv6 servers, too: otherwise networkd takes one from the link's name.
    const iaid = lastOf(file.sections, 'DHCPv4', 'IAID')
    const asks6 = link.ipv6.kind === 'auto' || link.ipv6.kind === 'dhcp'
    if (clientId !== said.clientId && iaid !== null && asks6 && lastOf(file.sections, 'DHCPv6', 'IAID') === null)
      put('DHCPv6', 'IAID', iaid)
    const metric = link.ipv4.metric === null ? null : String(link.ipv4.metric)
    if (metric !== lastOfDhcp(file.sections, 'RouteMetric')) put('DHCPv4', 'RouteMetric', metric)
  }
  writeIpv6(file, link, said.link.master, put)
  writeAddresses(file, wish)
  writeRoutes(file, wish)
  writeRules(file, link)
  writeWords(file, 'DNS', link.dns.servers, said.link.dns.servers)
  writeWords(file, 'Domains', link.dns.domains, said.link.dns.domains)
  writePort(file, link, said.link.port)
  for (const name of ['Link', 'DHCP', 'DHCPv4', 'DHCPv6']) removeIfEmpty(file, name)
}

const masterKey = (wish: NetworkWish): string => (wish.masterKind === 'bond' ? 'Bond' : 'Bridge')

const dhcpOfLink = (link: LinkConfig) => ({ v4: link.ipv4.kind === 'dhcp', v6: link.ipv6.kind === 'dhcp' })

function removeIfEmpty(file: SectionText, name: string): void {
  for (let nth = file.count(name) - 1; nth >= 0; nth--)
    if (file.sections.some((section) => section.name === name && section.nth === nth && section.entries.length === 0))
      file.removeSection(name, nth)
}

type Put = (section: string, key: string, value: string | null) => void

function writeIpv6(file: SectionText, link: LinkConfig, hadMaster: string | null, put: Put): void {
  const port = link.master !== null
  const local = lastOf(file.sections, 'Network', 'LinkLocalAddressing')
  const bare = link.ipv4.kind === 'none' && link.ipv6.kind === 'none'
  if (port && bare && hadMaster === null && local === null) put('Network', 'LinkLocalAddressing', 'no')
  if (!port && !bare && hadMaster !== null && local === 'no') put('Network', 'LinkLocalAddressing', null)
  if (link.ipv6.kind === 'none') {
    if (!acceptsRa(file.sections, port)) return
    // A port's IPv6 addresses are those of its bridge or bond; a bare link is only there for others.
    if (bare) put('Network', 'LinkLocalAddressing', 'no')
    if (bare && port) put('Network', 'IPv6AcceptRA', null)
    else put('Network', 'IPv6AcceptRA', 'no')
    return
  }
  if (port) {
    if (local === null || booleanOf(local) === false) put('Network', 'LinkLocalAddressing', 'ipv6')
  } else if (local !== null && (booleanOf(local) === false || local === 'ipv4'))
    put('Network', 'LinkLocalAddressing', local === 'ipv4' ? 'yes' : null)
  const wanted = link.ipv6.kind !== 'static'
  if (acceptsRa(file.sections, port) === wanted) return
  put('Network', 'IPv6AcceptRA', null)
  if (acceptsRa(file.sections, port) !== wanted) put('Network', 'IPv6AcceptRA', wanted ? 'yes' : 'no')
}

interface Place {
  section: 'Network' | 'Address'
  nth: number
  cidr: string
}

function placesOf(file: SectionText): Place[] {
  return file.sections.flatMap(({ name, nth, entries }) =>
    name === 'Network' || name === 'Address'
      ? entries.flatMap(({ key, value }) =>
          key === 'Address' && value !== '' ? [{ section: name, nth, cidr: cidrOf(value) } as const] : [],
        )
      : [],
  )
}

function writeAddresses(file: SectionText, { link, takes, carried }: NetworkWish): void {
  const four = link.ipv4.kind === 'none' ? [] : link.ipv4.addresses
  const six = link.ipv6.kind === 'none' ? [] : link.ipv6.addresses
  const wanted = [...four, ...six]
  const inOrder = () => {
    const got = placesOf(file).map(({ cidr }) => cidr)
    const of = (family: string) =>
      got
        .filter((cidr) => familyOf(cidr) === family)
        .join()
        .toLowerCase()
    return of('inet') === four.join().toLowerCase() && of('inet6') === six.join().toLowerCase()
  }
  if (inOrder()) return
  const extras = new Map(carried.addresses)
  for (const { name, nth, entries } of file.sections) {
    const address = name === 'Address' ? file.values(name, 'Address', nth)[0] : undefined
    const more = entries.flatMap(({ key, value }): [string, string][] => (key === 'Address' ? [] : [[key, value]]))
    if (address !== undefined && more.length > 0) extras.set(cidrOf(address).toLowerCase(), more)
  }
  const drop = (keep: (cidr: string) => boolean) => {
    for (const { section, nth, cidr } of placesOf(file).toReversed()) {
      if (keep(cidr)) continue
      if (section === 'Address') file.removeSection('Address', nth)
      else
        file.set(
          'Network',
          'Address',
          file.values('Network', 'Address', nth).filter((had) => cidrOf(had) !== cidr),
          nth,
        )
    }
  }
  const give = (cidrs: readonly string[]) => {
    const sections: [string, [string, string][]][] = []
    for (const cidr of cidrs) {
      const more = extras.get(cidr.toLowerCase()) ?? []
      const quick: [string, string][] =
        takes.has(cidr.toLowerCase()) && familyOf(cidr) === 'inet6' ? [['DuplicateAddressDetection', 'none']] : []
      const all = [...more.filter(([key]) => key !== 'DuplicateAddressDetection' || quick.length === 0), ...quick]
      if (all.length === 0) file.add('Network', 'Address', cidr)
      else sections.push([cidr, all])
    }
    for (const [cidr, all] of sections) file.addSection('Address', [['Address', cidr], ...all])
  }
  drop((cidr) => wanted.some((want) => want.toLowerCase() === cidr.toLowerCase()))
  const kept = placesOf(file).map(({ cidr }) => cidr.toLowerCase())
  give(wanted.filter((cidr) => !kept.includes(cidr.toLowerCase())))
  if (inOrder()) return
  // The first address of a family is the one the host speaks from: their order counts.
  drop(() => false)
  give(wanted)
  if (inOrder()) return
  drop(() => false)
  for (const cidr of wanted) file.addSection('Address', [['Address', cidr], ...(extras.get(cidr.toLowerCase()) ?? [])])
}

export function allRoutes(link: LinkConfig): RouteConfig[] {
  const gateways = [link.ipv4, link.ipv6].flatMap((of) =>
    of.kind === 'static' && of.gateway !== null ? [{ ...gatewayRoute(of.gateway), metric: of.metric }] : [],
  )
  return [...gateways, ...link.routes]
}

function writeRoutes(file: SectionText, { link, carried }: NetworkWish): void {
  const missing = allRoutes(link)
  const wants = (route: RouteConfig): boolean => {
    const at = missing.findIndex((want) => routeText(want) === routeText(route))
    if (at >= 0) missing.splice(at, 1)
    return at >= 0
  }
  const gone: number[] = []
  for (const section of file.sections) {
    if (section.name === 'Network') {
      const had = file.values('Network', 'Gateway', section.nth)
      const kept = had.filter(
        (gateway) => gateway === '' || !/^[0-9a-f.:]+$/i.test(gateway) || wants(gatewayRoute(gateway)),
      )
      if (kept.length < had.length) file.set('Network', 'Gateway', kept, section.nth)
    } else if (section.name === 'Route') {
      const route = routeOf(section)
      if (route !== null && !wants(route)) gone.push(section.nth)
    }
  }
  for (const nth of gone.toReversed()) file.removeSection('Route', nth)
  for (const route of missing) {
    const more = carried.routes.get(routeText(route)) ?? []
    if (isGateway(route) && route.metric === null && more.length === 0)
      file.add('Network', 'Gateway', route.gateway ?? '')
    else file.addSection('Route', [...routeEntries(route), ...more])
  }
}

function writeRules(file: SectionText, link: LinkConfig): void {
  const textOf = ({ family, priority, from, to, table }: LinkConfig['rules'][number]) =>
    JSON.stringify([family, priority, from, to, table])
  const missing = link.rules.map(textOf)
  const rules = [...link.rules]
  const gone: number[] = []
  for (const section of file.sections) {
    const rule = section.name === 'RoutingPolicyRule' ? ruleOf(section) : null
    if (rule === null) continue
    const at = missing.indexOf(textOf(rule))
    if (at < 0) gone.push(section.nth)
    else {
      missing.splice(at, 1)
      rules.splice(at, 1)
    }
  }
  for (const nth of gone.toReversed()) file.removeSection('RoutingPolicyRule', nth)
  for (const rule of rules) file.addSection('RoutingPolicyRule', ruleEntries(rule))
}

function writeWords(file: SectionText, key: string, wanted: readonly string[], had: readonly string[]): void {
  if (wanted.join(' ') === had.join(' ')) return
  for (let nth = file.count('Network') - 1; nth > 0; nth--) file.set('Network', key, [], nth)
  // As many as stay keep what they say besides, e.g. a server's name behind #.
  const before = wordsOf(file.sections, 'Network', key)
  file.set(
    'Network',
    key,
    wanted.map((word) => before.find((old) => old.replace(/#.*$/, '') === word) ?? word),
  )
}

export function writePort(file: SectionText, link: LinkConfig, had: LinkConfig['port']): void {
  const { port } = link
  if (JSON.stringify(port) === JSON.stringify(had)) return
  for (let nth = file.count('BridgeVLAN') - 1; nth >= 0; nth--) file.removeSection('BridgeVLAN', nth)
  if (port === null) return
  const entries: [string, string][] = []
  if (port.pvid !== null) entries.push(['PVID', String(port.pvid)])
  for (const range of rangesOf(port.untagged)) entries.push(['EgressUntagged', range])
  for (const range of rangesOf([...port.untagged, ...port.tagged])) entries.push(['VLAN', range])
  if (entries.length > 0) file.addSection('BridgeVLAN', entries)
}
