import { addressText, overlaps, parseAddress, parseCidr, subnetOf } from '../net/subnet.ts'
import type { NetworkSurroundings } from './network-check.ts'
import type { NetworkConfig, NetworkIp } from './libvirt-network.ts'

/** The first free 192.168.N.0/24, as libvirt's own default network has it (N from 122); null when all are taken. */
export function suggestIpv4({ networks, links, routes }: NetworkSurroundings): NetworkIp | null {
  const taken = [
    ...networks.flatMap(({ ipv4 }) => (ipv4 === null ? [] : [`${ipv4.address}/${ipv4.prefix}`])),
    ...links.flatMap(({ addresses }) => addresses.map(({ address, prefix }) => `${address}/${prefix}`)),
    ...routes.map(({ destination }) => destination),
  ].flatMap((text) => {
    const subnet = parseCidr(text)?.subnet
    return subnet === undefined || subnet.prefix === 0 ? [] : [subnet]
  })
  for (let third = 122; third < 255; third++) {
    const address = parseAddress(`192.168.${third}.1`)
    const subnet = address === null ? null : subnetOf(address, 24)
    if (subnet === null || taken.some((one) => overlaps(one, subnet))) continue
    const at = (last: bigint) => addressText({ family: 'ipv4', value: subnet.first + last })
    return { address: at(1n), prefix: 24, ranges: [{ start: at(2n), end: at(254n) }], hosts: [] }
  }
  return null
}

/** What the form begins with, and what “default” is where libvirt has lost its own. */
export function suggestNetwork(name: string, surroundings: NetworkSurroundings): NetworkConfig {
  return {
    name,
    mode: 'nat',
    bridge: null,
    uplink: null,
    mtu: null,
    domain: null,
    ipv4: suggestIpv4(surroundings),
    ipv6: null,
  }
}

/** The usual range of a network whose bridge has this address: all the others. Null when the address is none. */
export function rangeAround(address: string, prefix: number): { start: string; end: string } | null {
  const own = parseAddress(address)
  const subnet = own === null || own.family !== 'ipv4' || prefix < 16 || prefix > 30 ? null : subnetOf(own, prefix)
  if (own === null || subnet === null) return null
  const last = subnet.first + (1n << BigInt(32 - prefix)) - 2n
  const first = subnet.first + 1n
  const [start, end] = own.value - first >= last - own.value ? [first, own.value - 1n] : [own.value + 1n, last]
  return start > end
    ? null
    : { start: addressText({ family: 'ipv4', value: start }), end: addressText({ family: 'ipv4', value: end }) }
}
