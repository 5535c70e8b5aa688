import ipaddr from 'ipaddr.js'
import { err, ok, type Result } from '../kit/result.ts'
import { say, type Sentence } from './sentences.ts'

/** Names, addresses and numbers as people type them, judged with a sentence. Used by forms and planner alike. */

const maxNameBytes = 15

/** Names that other tools take for theirs, with whose they are. */
const reserved: [RegExp, string][] = [
  [/^virbr/, 'libvirt'],
  [/^vnet/, 'libvirt'],
  [/^macvtap/, 'libvirt'],
  [/^docker/, 'Docker'],
  [/^br-[0-9a-f]{12}$/, 'Docker'],
  [/^tap/, 'QEMU'],
  [/^ovs-/, 'Open vSwitch'],
  [/^(lxc|lxd)br/, 'LXC'],
  [/^wg-?docker/, 'Docker'],
]
const special = new Set(['lo', 'all', 'default', 'any', 'none', 'self', 'bonding_masters'])

export type LinkWord = 'Bridge' | 'VLAN' | 'Bond'

/** A name for a link that is to be made. */
export function parseNewName(what: LinkWord, text: string): Result<string, Sentence> {
  const length = new TextEncoder().encode(text).length
  if (length > maxNameBytes) return err(say('refuse.name-long', { what, length }))
  if (!/^[A-Za-z][A-Za-z0-9._-]*$/.test(text)) return err(say('refuse.name-characters'))
  if (special.has(text.toLowerCase())) return err(say('refuse.name-special', { name: text }))
  const owner = reserved.find(([pattern]) => pattern.test(text))?.[1]
  return owner === undefined ? ok(text) : err(say('refuse.name-reserved', { name: text, owner }))
}

/** Is this a name that a link made by somebody else may have and that can be written into files safely? */
export const isSafeName = (name: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(name) && name.length <= maxNameBytes && !special.has(name)

export function parseMac(text: string): Result<string, Sentence> {
  const mac = text.trim().toLowerCase().replaceAll('-', ':')
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) return err(say('refuse.mac-form', { mac: text.slice(0, 40) }))
  if (mac === '00:00:00:00:00:00') return err(say('refuse.mac-zero'))
  if (Number.parseInt(mac.slice(0, 2), 16) % 2 === 1) return err(say('refuse.mac-multicast', { mac }))
  return ok(mac)
}

export interface Cidr {
  family: 'inet' | 'inet6'
  address: string
  prefix: number
  /** The network, e.g. `192.0.2.0/24`. */
  network: string
  /** `192.0.2.10/24`, in canonical spelling. */
  text: string
}

/** An address a link can have, with its prefix. */
export function parseHostCidr(text: string): Result<Cidr, Sentence> {
  const cidr = parseCidr(text)
  if (cidr === null) return err(say('refuse.address-form', { address: text.slice(0, 60) }))
  const address = cidr.text
  const { family, prefix } = cidr
  const parsed = ipaddr.parse(cidr.address)
  const range = parsed.range()
  if (range === 'multicast') return err(say('refuse.address-multicast', { address }))
  if (range === 'broadcast') return err(say('refuse.address-broadcast', { address }))
  if (range === 'unspecified' || range === 'loopback' || range === 'ipv4Mapped')
    return err(say('refuse.address-unusable', { address }))
  if (family === 'inet' && prefix < 31) {
    if (cidr.network === `${cidr.address}/${prefix}`) return err(say('refuse.address-network', { address }))
    if (ipaddr.IPv4.broadcastAddressFromCIDR(cidr.text).toString() === cidr.address)
      return err(say('refuse.address-broadcast', { address }))
  }
  if (family === 'inet6' && prefix < 127 && cidr.network === `${cidr.address}/${prefix}`)
    return err(say('refuse.address-network', { address }))
  return ok(cidr)
}

/** Any address with a prefix, or null. */
export function parseCidr(text: string): Cidr | null {
  const found = /^\s*([0-9a-f:.]+)\/(\d{1,3})\s*$/i.exec(text)
  if (found === null) return null
  const [, raw = '', digits = ''] = found
  const address = parseAddress(raw)
  const prefix = Number(digits)
  if (address === null || prefix > (address.family === 'inet' ? 32 : 128)) return null
  const { family } = address
  const parsed = family === 'inet' ? ipaddr.IPv4 : ipaddr.IPv6
  const network = `${parsed.networkAddressFromCIDR(`${address.text}/${prefix}`).toString()}/${prefix}`
  return { family, address: address.text, prefix, network, text: `${address.text}/${prefix}` }
}

/** An address in canonical spelling, or null. Octets with leading zeros and short forms like `10.1` are none. */
export function parseAddress(text: string): { family: 'inet' | 'inet6'; text: string } | null {
  const raw = text.trim()
  if (ipaddr.IPv4.isValidFourPartDecimal(raw)) return { family: 'inet', text: ipaddr.IPv4.parse(raw).toString() }
  if (raw.includes(':') && !raw.includes('%') && ipaddr.IPv6.isValid(raw))
    return { family: 'inet6', text: ipaddr.IPv6.parse(raw).toString() }
  return null
}

/** Does this network hold that address? Both were parsed. */
export function holds(network: Cidr, address: string): boolean {
  const parsed = parseAddress(address)
  if (parsed === null || parsed.family !== network.family) return false
  const kind = network.family === 'inet' ? ipaddr.IPv4 : ipaddr.IPv6
  return kind.networkAddressFromCIDR(`${parsed.text}/${network.prefix}`).toString() === network.network.split('/')[0]
}

export const overlaps = (one: Cidr, other: Cidr): boolean =>
  one.prefix <= other.prefix ? holds(one, other.address) : holds(other, one.address)

export const isLinkLocal = (address: string): boolean => /^(fe[89ab][0-9a-f]:|169\.254\.)/i.test(address)

/** VLANs as people write them, `10,20,100-110`: ascending, each once. Null: not such a list. */
export function parseVlanList(text: string): number[] | null {
  const ids = new Set<number>()
  for (const part of text.split(/[\s,]+/).filter((word) => word !== '')) {
    const found = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part)
    if (found === null) return null
    const first = Number(found[1])
    const last = Number(found[2] ?? found[1])
    if (first < 1 || last > 4094 || last < first) return null
    for (let id = first; id <= last; id++) ids.add(id)
  }
  return [...ids].sort((a, b) => a - b)
}

/** `[10, 20, 21, 22]` as `10,20-22`. */
export function vlanListText(ids: readonly number[]): string {
  const parts: string[] = []
  const sorted = [...new Set(ids)].sort((a, b) => a - b)
  for (let at = 0; at < sorted.length;) {
    let end = at
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++
    const first = sorted[at] ?? 0
    parts.push(end === at ? `${first}` : `${first}-${sorted[end] ?? first}`)
    at = end + 1
  }
  return parts.join(',')
}
