import { nameText, wholeNumber } from '../facts/text.ts'
import type { Result } from '../kit/result.ts'
import { netmaskOf, prefixOfNetmask } from '../net/subnet.ts'
import type {
  DhcpHost,
  NetworkConfig,
  NetworkDefinition,
  NetworkIp,
  NetworkMode,
  PortGroup,
} from './libvirt-network.ts'
import {
  appendChild,
  attribute,
  children,
  content,
  ensureChild,
  path,
  readXml,
  removeChildren,
  rewriteXml,
  setAttributes,
  type Element,
} from './xml.ts'

const maxEntries = 4096

/** Reads a network's XML as libvirt writes it. Errors: a sentence. */
export function parseLibvirtNetwork(xml: string): Result<NetworkDefinition> {
  return readXml(xml, 'network', (network) => {
    const forward = path(network, 'forward')
    const bridge = short(attribute(path(network, 'bridge'), 'name'), 32)
    const device = attribute(forward, 'dev') ?? attribute(path(forward, 'interface'), 'dev')
    return {
      uuid: (content(path(network, 'uuid')) ?? '').toLowerCase().slice(0, 36),
      name: nameText(path(network, 'name')?.textContent ?? '', 255),
      mode: modeOf(forward, bridge),
      bridge,
      uplink: short(device, 32),
      mtu: wholeNumber(attribute(path(network, 'mtu'), 'size') ?? undefined),
      domain: short(attribute(path(network, 'domain'), 'name'), 253),
      ipv4: ipOf(ipElement(network, 'ipv4')),
      ipv6: ipOf(ipElement(network, 'ipv6')),
      portGroups: children(network, 'portgroup').slice(0, maxEntries).map(portGroupOf),
    }
  })
}

const short = (text: string | null, maxLength: number): string | null =>
  text === null || text === '' ? null : nameText(text, maxLength)

function modeOf(forward: Element | null, bridge: string | null): NetworkMode {
  if (forward === null) return 'isolated'
  const mode = attribute(forward, 'mode') ?? 'nat'
  switch (mode) {
    case 'nat':
    case 'route':
    case 'open':
    case 'hostdev':
      return mode
    case 'bridge':
      return bridge === null ? 'macvtap' : 'bridge'
    case 'private':
    case 'vepa':
    case 'passthrough':
      return 'macvtap'
    default:
      return 'other'
  }
}

const familyOf = (ip: Element): 'ipv4' | 'ipv6' => (attribute(ip, 'family') === 'ipv6' ? 'ipv6' : 'ipv4')

/** The first of that family, and so the one that is edited; libvirt allows more, which are kept. */
const ipElement = (network: Element, family: 'ipv4' | 'ipv6'): Element | null =>
  children(network, 'ip').find((ip) => familyOf(ip) === family) ?? null

function ipOf(ip: Element | null): NetworkIp | null {
  const address = attribute(ip, 'address')
  if (ip === null || address === null) return null
  const netmask = attribute(ip, 'netmask')
  const written = wholeNumber(attribute(ip, 'prefix') ?? undefined)
  const usual = familyOf(ip) === 'ipv4' ? 24 : 64
  const dhcp = path(ip, 'dhcp')
  return {
    address: nameText(address, 64),
    prefix: written ?? (netmask === null ? null : prefixOfNetmask(netmask)) ?? usual,
    ranges: children(dhcp, 'range')
      .slice(0, maxEntries)
      .map((range) => ({
        start: nameText(attribute(range, 'start') ?? '', 64),
        end: nameText(attribute(range, 'end') ?? '', 64),
      })),
    hosts: children(dhcp, 'host').slice(0, maxEntries).map(hostOf),
  }
}

const hostOf = (host: Element): DhcpHost => ({
  mac: short(attribute(host, 'mac')?.toLowerCase() ?? null, 64),
  duid: short(attribute(host, 'id'), 512),
  name: short(attribute(host, 'name'), 253),
  address: nameText(attribute(host, 'ip') ?? '', 64),
})

const portGroupOf = (group: Element): PortGroup => ({
  name: nameText(attribute(group, 'name') ?? '', 128),
  isDefault: attribute(group, 'default') === 'yes',
  vlans: children(path(group, 'vlan'), 'tag')
    .map((tag) => wholeNumber(attribute(tag, 'id') ?? undefined))
    .filter((id) => id !== null),
})

/** The XML of a new network. The configuration must have been checked. */
export function buildNetworkXml(config: NetworkConfig): string {
  const edited = rewriteXml('<network><name></name></network>', 'network', (network) => {
    ensureChild(network, 'name').textContent = config.name
    applyConfig(network, config)
  })
  if (!edited.ok) throw new Error(edited.error)
  return edited.value
}

/**
 * The network's XML brought to this configuration, in place: what Drawbridge does not know stays. Name and UUID stay
 * too, since libvirt takes another name for another network. Errors: a sentence.
 */
export function editNetworkXml(xml: string, config: NetworkConfig): Result<string> {
  return rewriteXml(xml, 'network', (network) => applyConfig(network, config))
}

function applyConfig(network: Element, config: NetworkConfig): void {
  applyForward(network, config)
  if (config.bridge === null) {
    // libvirt gives it a name of its own; what else stands there (STP, zone) is not to be lost.
    const bridge = path(network, 'bridge')
    if (bridge !== null) setAttributes(bridge, { name: null })
  } else setAttributes(ensureChild(network, 'bridge'), { name: config.bridge })
  if (config.mode === 'bridge') return
  applyAttribute(network, 'mtu', 'size', config.mtu === null ? null : String(config.mtu))
  applyAttribute(network, 'domain', 'name', config.domain)
  applyIp(network, 'ipv4', config.ipv4)
  applyIp(network, 'ipv6', config.ipv6)
}

function applyAttribute(network: Element, name: string, key: string, value: string | null): void {
  if (value === null) removeChildren(network, name)
  else setAttributes(ensureChild(network, name), { [key]: value })
}

function applyForward(network: Element, { mode, uplink, ipv6 }: NetworkConfig): void {
  if (mode === 'isolated') return removeChildren(network, 'forward')
  const forward = ensureChild(network, 'forward')
  const before = attribute(forward, 'mode') ?? 'nat'
  setAttributes(forward, { mode })
  if (mode !== 'nat') removeChildren(forward, 'nat')
  const device = attribute(forward, 'dev') ?? attribute(path(forward, 'interface'), 'dev')
  if (device !== uplink) {
    removeChildren(forward, 'interface')
    setAttributes(forward, { dev: uplink })
    if (uplink !== null) appendChild(forward, 'interface', { dev: uplink })
  }
  // Without this, libvirt translates IPv4 alone and expects the world to know a route to the IPv6 network.
  const nat = path(forward, 'nat')
  const isNew = nat === null || before !== 'nat'
  if (mode === 'nat' && ipv6 !== null && isNew) setAttributes(ensureChild(forward, 'nat'), { ipv6: 'yes' })
}

function applyIp(network: Element, family: 'ipv4' | 'ipv6', config: NetworkIp | null): void {
  let ip = ipElement(network, family)
  if (config === null) {
    for (const one of children(network, 'ip')) if (familyOf(one) === family) network.removeChild(one)
    return
  }
  if (JSON.stringify(ipOf(ip)) === JSON.stringify(config)) return
  ip ??= appendChild(network, 'ip', family === 'ipv6' ? { family } : {})
  const isDotted = family === 'ipv4' && !ip.hasAttribute('prefix')
  setAttributes(ip, {
    address: config.address,
    netmask: isDotted ? netmaskOf(config.prefix) : null,
    prefix: isDotted ? null : String(config.prefix),
  })
  const isNothing = config.ranges.length === 0 && config.hosts.length === 0
  const dhcp = isNothing ? path(ip, 'dhcp') : ensureChild(ip, 'dhcp')
  if (dhcp === null) return
  const ranges = children(dhcp, 'range')
  for (const range of ranges) {
    const stays = config.ranges.some((one) => isRange(range, one))
    if (!stays) dhcp.removeChild(range)
  }
  for (const one of config.ranges)
    if (!ranges.some((range) => isRange(range, one))) appendChild(dhcp, 'range', { start: one.start, end: one.end })
  const hosts = children(dhcp, 'host')
  const same = (host: Element, one: DhcpHost) => JSON.stringify(hostOf(host)) === JSON.stringify(one)
  for (const host of hosts) if (!config.hosts.some((one) => same(host, one))) dhcp.removeChild(host)
  for (const one of config.hosts)
    if (!hosts.some((host) => same(host, one))) appendChild(dhcp, 'host', hostAttributes(one))
  if (isNothing && children(dhcp, 'bootp').length === 0) ip.removeChild(dhcp)
}

const isRange = (range: Element, one: { start: string; end: string }): boolean =>
  attribute(range, 'start') === one.start && attribute(range, 'end') === one.end

const hostAttributes = ({ mac, duid, name, address }: DhcpHost) => ({ mac, id: duid, name, ip: address })

/** One `<host>` or `<range>` by itself, for changes of a network that runs. */
export const hostXml = (host: DhcpHost): string => elementXml('host', hostAttributes(host))
export const rangeXml = (range: { start: string; end: string }): string =>
  elementXml('range', { start: range.start, end: range.end })

function elementXml(name: string, attributes: Record<string, string | null>): string {
  const made = rewriteXml(`<${name}/>`, name, (element) => setAttributes(element, attributes))
  if (!made.ok) throw new Error(made.error)
  return made.value
}

/** Which `<ip>` of the XML the family's first is: libvirt addresses them by number. -1: there is none. */
export function ipIndex(xml: string, family: 'ipv4' | 'ipv6'): number {
  const found = readXml(xml, 'network', (network) => children(network, 'ip').findIndex((ip) => familyOf(ip) === family))
  return found.ok ? found.value : -1
}

/**
 * Why this XML, which somebody brought, may not be defined; null when it may. libvirt's dnsmasq options would run
 * programs on the host as root.
 */
export function foreignXmlRefusal(xml: string): string | null {
  const found = readXml(xml, 'network', (network) => isForeign(network))
  if (!found.ok) return found.error
  return found.value
    ? 'The XML has elements of a foreign name space (options of dnsmasq, for example), which Drawbridge does not pass on.'
    : null
}

function isForeign(element: Element): boolean {
  if ((element.namespaceURI ?? '') !== '' || element.tagName.includes(':')) return true
  for (let node = element.firstChild; node !== null; node = node.nextSibling)
    // Only notes of other programs stand in there.
    if (node.nodeType === 1 && (node as Element).tagName !== 'metadata' && isForeign(node as Element)) return true
  return false
}
