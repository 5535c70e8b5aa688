import ipaddr from 'ipaddr.js'

export type Family = 'ipv4' | 'ipv6'

/** An address as a number, so that ranges can be counted. */
export interface Address {
  family: Family
  value: bigint
}

/** A network: its first address and the length of its prefix. */
export interface Subnet {
  family: Family
  first: bigint
  prefix: number
}

const bitsOf = (family: Family): number => (family === 'ipv4' ? 32 : 128)

/** Four numbers with dots, or IPv6 without a zone; null for anything else (`10.1`, `0x7f.1`, `::ffff:1.2.3.4`). */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { family: 'ipv4', value: valueOf(ipaddr.IPv4.parse(text)) }
  if (!/^[0-9a-fA-F:]{2,39}$/.test(text) || !ipaddr.IPv6.isValid(text)) return null
  return { family: 'ipv6', value: valueOf(ipaddr.IPv6.parse(text)) }
}

const valueOf = (address: ipaddr.IPv4 | ipaddr.IPv6): bigint =>
  address.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)

/** The address as people write it. */
export function addressText({ family, value }: Address): string {
  const bytes = Array.from({ length: bitsOf(family) / 8 }, (_, index) =>
    Number((value >> BigInt(bitsOf(family) - 8 * (index + 1))) & 0xffn),
  )
  return ipaddr.fromByteArray(bytes).toString()
}

const hostMask = (family: Family, prefix: number): bigint => (1n << BigInt(bitsOf(family) - prefix)) - 1n

/** The network that an address with this prefix lies in. */
export function subnetOf({ family, value }: Address, prefix: number): Subnet | null {
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > bitsOf(family)) return null
  return { family, first: value & ~hostMask(family, prefix), prefix }
}

/** `192.0.2.0/24`, also with host bits; null when it is none. */
export function parseCidr(text: string): { address: Address; subnet: Subnet } | null {
  const parts = /^([0-9a-fA-F.:]{2,39})\/(\d{1,3})$/.exec(text)
  const address = parts === null ? null : parseAddress(parts[1] ?? '')
  const subnet = address === null ? null : subnetOf(address, Number(parts?.[2]))
  return address === null || subnet === null ? null : { address, subnet }
}

export const subnetText = ({ family, first, prefix }: Subnet): string =>
  `${addressText({ family, value: first })}/${prefix}`

export const lastOf = ({ family, first, prefix }: Subnet): bigint => first | hostMask(family, prefix)

export const isInside = (subnet: Subnet, { family, value }: Address): boolean =>
  family === subnet.family && value >= subnet.first && value <= lastOf(subnet)

export const overlaps = (one: Subnet, other: Subnet): boolean =>
  one.family === other.family && one.first <= lastOf(other) && other.first <= lastOf(one)

/** The prefix of a dotted netmask; null when its ones are not together. */
export function prefixOfNetmask(netmask: string): number | null {
  return ipaddr.IPv4.isValidFourPartDecimal(netmask) ? ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask() : null
}

export const netmaskOf = (prefix: number): string =>
  addressText({ family: 'ipv4', value: 0xffffffffn & ~hostMask('ipv4', prefix) })

/** Can it be the address of a host in that network: not the network's own, not its broadcast. */
export function isHostAddress(subnet: Subnet, address: Address): boolean {
  if (!isInside(subnet, address)) return false
  if (subnet.family === 'ipv6') return subnet.prefix >= 127 || address.value !== subnet.first
  return subnet.prefix >= 31 || (address.value !== subnet.first && address.value !== lastOf(subnet))
}
