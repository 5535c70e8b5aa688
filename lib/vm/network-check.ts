import type { FieldError } from '../kit/problem.ts'
import {
  addressText,
  isHostAddress,
  isInside,
  overlaps,
  parseAddress,
  parseCidr,
  subnetOf,
  subnetText,
  type Subnet,
} from '../net/subnet.ts'
import { type DhcpHost, type NetworkConfig, type NetworkIp, usesOwnBridge } from './libvirt-network.ts'

/** What a network must get along with. */
export interface NetworkSurroundings {
  /** The other networks of this libvirt. */
  networks: readonly NetworkConfig[]
  links: readonly { name: string; kind: string; addresses: readonly { address: string; prefix: number }[] }[]
  routes: readonly { destination: string; device: string }[]
}

// libvirt refuses longer ones.
const longestRange = 65_535n

/** Why this network can't be, with the field that is wrong; empty when it can. `before`: the one that is edited. */
export function checkNetwork(
  config: NetworkConfig,
  surroundings: NetworkSurroundings,
  before: NetworkConfig | null = null,
): FieldError[] {
  const errors: FieldError[] = []
  const wrong = (field: string, message: string | null) => {
    if (message !== null) errors.push({ field, message })
  }
  wrong('name', nameProblem(config.name, surroundings, before))
  wrong('mode', modeProblem(config, before))
  wrong('bridge', bridgeProblem(config, surroundings, before))
  if (config.uplink !== null) wrong('uplink', uplinkProblem(config, surroundings))
  if (config.mtu !== null) wrong('mtu', mtuProblem(config))
  if (config.domain !== null && !/^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(config.domain))
    wrong('domain', 'A domain name has letters, digits, dots and hyphens.')
  if (config.mode === 'bridge') {
    if (config.ipv4 !== null || config.ipv6 !== null)
      wrong('mode', 'On a bridge of the host libvirt gives out no addresses: what is on that LAN does.')
    if (config.domain !== null) wrong('domain', 'On a bridge of the host libvirt answers no names.')
    return errors
  }
  const ownBridges = [before?.bridge, config.bridge]
  const taken = takenSubnets(surroundings, ownBridges)
  for (const family of ['ipv4', 'ipv6'] as const) {
    const ip = config[family]
    if (ip !== null) for (const error of checkIp(family, ip, taken)) wrong(`${family}.${error.field}`, error.message)
  }
  if ((config.mode === 'nat' || config.mode === 'route') && config.ipv4 === null && config.ipv6 === null)
    wrong('ipv4.address', 'A network that forwards needs an address on its bridge.')
  return errors
}

function nameProblem(name: string, { networks }: NetworkSurroundings, before: NetworkConfig | null): string | null {
  if (before !== null)
    return before.name === name ? null : 'libvirt can’t rename a network. Make a new one, and delete this one.'
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name))
    return 'Use letters, digits, . _ - and start with a letter or digit (at most 63).'
  return networks.some((network) => network.name === name) ? `There is a network named ${name} already.` : null
}

function modeProblem({ mode }: NetworkConfig, before: NetworkConfig | null): string | null {
  if (mode !== 'bridge' && !usesOwnBridge(mode)) return 'Drawbridge does not make or edit networks of this kind.'
  if (before === null || before.mode === mode) return null
  return usesOwnBridge(before.mode) && usesOwnBridge(mode)
    ? null
    : 'A network of its own can’t become one on a bridge of the host, nor the other way. Make a new one.'
}

/** Names that mean something to Linux or belong to another program. */
export function bridgeNameProblem(name: string): string | null {
  if (name.length > 15) return `Bridge name is ${name.length} characters; Linux allows 15.`
  if (!/^[A-Za-z][A-Za-z0-9._-]*$/.test(name)) return 'Use a–z, 0–9, . _ -, starting with a letter.'
  if (['lo', 'all', 'default'].includes(name)) return `“${name}” means something to the kernel itself.`
  if (/^(docker\d*|br-[0-9a-f]{12})$/.test(name)) return `“${name}” is managed by Docker.`
  return /^(vnet|macvtap|tap|veth|fwbr|fwpr|fwln)\d/.test(name)
    ? `“${name}” looks like a port that comes and goes by itself.`
    : null
}

function bridgeProblem(
  { mode, bridge }: NetworkConfig,
  { networks, links }: NetworkSurroundings,
  before: NetworkConfig | null,
): string | null {
  if (mode === 'bridge') {
    if (bridge === null) return 'Choose the bridge of the host that the VMs shall be on.'
    const link = links.find(({ name }) => name === bridge)
    if (link === undefined) return `The host has no bridge named ${bridge}. Make it first, on the tab Network.`
    if (link.kind !== 'bridge') return `${bridge} is no bridge.`
    const owner = networks.find((network) => network.bridge === bridge && usesOwnBridge(network.mode))
    return owner === undefined ? null : `${bridge} belongs to the network ${owner.name}; attach VMs to that one.`
  }
  if (bridge === null || bridge === before?.bridge) return null
  const other = networks.find((network) => network.bridge === bridge)
  if (other !== undefined) return `${bridge} belongs to the network ${other.name} already.`
  if (links.some(({ name }) => name === bridge)) return `The host has a link named ${bridge} already.`
  return bridgeNameProblem(bridge)
}

function uplinkProblem({ mode, uplink, bridge }: NetworkConfig, { links }: NetworkSurroundings): string | null {
  if (mode !== 'nat' && mode !== 'route') return 'Only NAT and routed networks leave by a device.'
  if (uplink === bridge) return 'The network can’t leave by its own bridge.'
  return links.some(({ name }) => name === uplink) ? null : `The host has no link named ${uplink}.`
}

function mtuProblem({ mode, mtu, ipv6 }: NetworkConfig): string | null {
  if (mtu === null) return null
  if (mode === 'bridge') return 'The MTU is that of the host’s bridge; change it there.'
  if (!Number.isInteger(mtu) || mtu < 68 || mtu > 65_535) return 'MTU must be 68–65535.'
  return ipv6 !== null && mtu < 1280 ? 'IPv6 needs an MTU of at least 1280.' : null
}

/** Networks that are somebody's already, each with whose. */
function takenSubnets(
  { networks, links, routes }: NetworkSurroundings,
  ownBridges: readonly (string | null | undefined)[],
): { subnet: Subnet; owner: string }[] {
  // A network that is running has its address on its bridge: that is one place, and the network's name says more.
  const networkBridges = new Set(networks.filter(({ mode }) => usesOwnBridge(mode)).map(({ bridge }) => bridge))
  const isOwn = (link: string) => ownBridges.includes(link) || networkBridges.has(link)
  const ofNetworks = networks.flatMap(({ name, ipv4, ipv6 }) =>
    [ipv4, ipv6].flatMap((ip) =>
      ip === null ? [] : [{ text: `${ip.address}/${ip.prefix}`, owner: `the network ${name}` }],
    ),
  )
  const ofLinks = links
    .filter(({ name }) => !isOwn(name))
    .flatMap(({ name, addresses }) =>
      addresses.map(({ address, prefix }) => ({ text: `${address}/${prefix}`, owner: `${name} of the host` })),
    )
  const ofRoutes = routes
    .filter(({ device, destination }) => !isOwn(device) && destination !== 'default' && !destination.endsWith('/0'))
    .map(({ device, destination }) => ({ text: destination, owner: `a route of the host over ${device}` }))
  return [...ofNetworks, ...ofLinks, ...ofRoutes].flatMap(({ text, owner }) => {
    const subnet = parseCidr(text)?.subnet
    return subnet === undefined || isEverywhere(subnet) ? [] : [{ subnet, owner }]
  })
}

/** Link-local and multicast stand on every link; a route to one address is no network to overlap with. */
function isEverywhere({ family, first, prefix }: Subnet): boolean {
  if (family === 'ipv4') return prefix === 0 || prefix === 32 || first >> 16n === 0xa9fen || first >> 28n === 0xen
  return prefix === 0 || prefix === 128 || first >> 118n === 0x3fan || first >> 120n === 0xffn
}

function checkIp(
  family: 'ipv4' | 'ipv6',
  ip: NetworkIp,
  taken: readonly { subnet: Subnet; owner: string }[],
): FieldError[] {
  const address = parseAddress(ip.address)
  if (address === null || address.family !== family)
    return [{ field: 'address', message: `“${ip.address}” is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address.` }]
  const subnet = subnetOf(address, ip.prefix)
  const longest = family === 'ipv4' ? 30 : 126
  if (subnet === null || ip.prefix < 8 || ip.prefix > longest)
    return [{ field: 'prefix', message: `The prefix must be 8–${longest}.` }]
  // dnsmasq refuses to start with others, and the network with it.
  if (family === 'ipv6' && ip.prefix !== 64)
    return [{ field: 'prefix', message: 'VMs take their IPv6 addresses from networks with the prefix 64.' }]
  if (!isHostAddress(subnet, address))
    return [{ field: 'address', message: `${ip.address} is the address of the network itself, or its broadcast.` }]
  const errors: FieldError[] = []
  const other = taken.find((one) => overlaps(one.subnet, subnet))
  if (other !== undefined)
    errors.push({
      field: 'address',
      message: `${subnetText(subnet)} overlaps ${subnetText(other.subnet)}, ${other.owner}.`,
    })
  errors.push(...checkRanges(ip, subnet, address.value), ...checkHosts(family, ip, subnet, address.value))
  return errors
}

function checkRanges({ ranges }: NetworkIp, subnet: Subnet, own: bigint): FieldError[] {
  const errors: FieldError[] = []
  const seen: { start: bigint; end: bigint; text: string }[] = []
  for (const [index, { start, end }] of ranges.entries()) {
    const wrong = (message: string) => errors.push({ field: `ranges.${index}`, message })
    const first = parseAddress(start)
    const last = parseAddress(end)
    if (first === null || last === null) {
      wrong(`“${first === null ? start : end}” is no address.`)
      continue
    }
    const text = `${start}–${end}`
    const overlapping = seen.find((one) => one.start <= last.value && first.value <= one.end)
    if (!isInside(subnet, first) || !isInside(subnet, last)) wrong(`${text} is not within ${subnetText(subnet)}.`)
    else if (first.value > last.value) wrong(`${text} ends before it begins.`)
    else if (!isHostAddress(subnet, first) || !isHostAddress(subnet, last))
      wrong(`${text} contains the address of the network itself, or its broadcast.`)
    else if (first.value <= own && own <= last.value)
      wrong(`${text} contains ${addressText({ family: subnet.family, value: own })}, the bridge’s own address.`)
    else if (last.value - first.value + 1n > longestRange)
      wrong(`${text} is too long; libvirt allows 65,535 addresses.`)
    else if (overlapping !== undefined) wrong(`${text} overlaps ${overlapping.text}.`)
    seen.push({ start: first.value, end: last.value, text })
  }
  return errors
}

function checkHosts(family: 'ipv4' | 'ipv6', { hosts }: NetworkIp, subnet: Subnet, own: bigint): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Map<string, number>()
  for (const [index, host] of hosts.entries()) {
    const wrong = (message: string) => errors.push({ field: `hosts.${index}`, message })
    const address = parseAddress(host.address)
    const identity = identityProblem(family, host)
    if (identity !== null) wrong(identity)
    else if (address === null) wrong(`“${host.address}” is no address.`)
    else if (!isHostAddress(subnet, address)) wrong(`${host.address} is not for a VM of ${subnetText(subnet)}.`)
    else if (address.value === own) wrong(`${host.address} is the bridge’s own address.`)
    for (const key of [host.mac, host.duid, host.address]) {
      if (key === null) continue
      if (seen.has(key)) wrong(`${key} is in the list twice.`)
      seen.set(key, index)
    }
  }
  return errors
}

function identityProblem(family: 'ipv4' | 'ipv6', { mac, duid, name }: DhcpHost): string | null {
  if (name !== null && !/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(name))
    return `“${name}” is no host name.`
  if (family === 'ipv6') {
    if (mac !== null) return 'DHCPv6 knows VMs by name or DUID, not by MAC.'
    if (duid !== null && !/^([0-9a-f]{1,2}:)*[0-9a-f]{1,2}$/i.test(duid)) return `“${duid}” is no DUID.`
    return name === null && duid === null ? 'Give a name or a DUID.' : null
  }
  if (duid !== null) return 'DUIDs are for IPv6; give a MAC.'
  if (mac === null) return name === null ? 'Give a MAC address.' : null
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return `“${mac}” is no MAC address: six bytes with colons.`
  if (mac === '00:00:00:00:00:00') return 'A MAC of zeros is none.'
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 ? `${mac} is a multicast address.` : null
}
