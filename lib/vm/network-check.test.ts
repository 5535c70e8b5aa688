import { describe, expect, test } from 'vitest'
import type { NetworkConfig, NetworkIp } from './libvirt-network.ts'
import { checkNetwork, type NetworkSurroundings } from './network-check.ts'
import { rangeAround, suggestIpv4, suggestNetwork } from './network-suggest.ts'

const ipv4: NetworkIp = {
  address: '10.20.0.1',
  prefix: 24,
  ranges: [{ start: '10.20.0.2', end: '10.20.0.254' }],
  hosts: [],
}
const lab: NetworkConfig = {
  name: 'lab',
  mode: 'nat',
  bridge: null,
  uplink: null,
  mtu: null,
  domain: null,
  ipv4,
  ipv6: null,
}
const surroundings: NetworkSurroundings = {
  networks: [
    {
      ...lab,
      name: 'default',
      bridge: 'virbr0',
      ipv4: { address: '192.168.122.1', prefix: 24, ranges: [], hosts: [] },
    },
    { ...lab, name: 'lan', mode: 'bridge', bridge: 'br0', ipv4: null },
  ],
  links: [
    { name: 'lo', kind: 'loopback', addresses: [{ address: '127.0.0.1', prefix: 8 }] },
    {
      name: 'br0',
      kind: 'bridge',
      addresses: [
        { address: '10.99.2.11', prefix: 24 },
        { address: 'fe80::1', prefix: 64 },
      ],
    },
    { name: 'virbr0', kind: 'bridge', addresses: [{ address: '192.168.122.1', prefix: 24 }] },
    { name: 'enp1s0', kind: 'physical', addresses: [] },
  ],
  routes: [
    { destination: 'default', device: 'br0' },
    { destination: '172.30.0.0/16', device: 'br0' },
  ],
}
const withIp = (change: Partial<NetworkIp>): NetworkConfig => ({ ...lab, ipv4: { ...ipv4, ranges: [], ...change } })
const host = (change: object) =>
  withIp({ hosts: [{ mac: '52:54:00:00:00:01', duid: null, name: null, address: '10.20.0.9', ...change }] })
const v6: NetworkIp = { address: 'fd20::1', prefix: 64, ranges: [], hosts: [] }

test('what is right passes', () => {
  expect(checkNetwork(lab, surroundings)).toEqual([])
  expect(checkNetwork({ ...lab, ipv6: v6 }, surroundings)).toEqual([])
  expect(checkNetwork({ ...lab, mode: 'bridge', bridge: 'br0', ipv4: null }, surroundings)).toEqual([])
  expect(checkNetwork({ ...lab, mode: 'isolated', ipv4: null, bridge: 'virbr5' }, surroundings)).toEqual([])
})

describe('is refused with its sentence', () => {
  test.each<[NetworkConfig, string, RegExp]>([
    [{ ...lab, name: '..' }, 'name', /start with a letter or digit/],
    [{ ...lab, name: 'default' }, 'name', /named default already/],
    [{ ...lab, mode: 'macvtap' }, 'mode', /does not make/],
    [{ ...lab, bridge: 'a-very-long-bridge' }, 'bridge', /18 characters; Linux allows 15/],
    [{ ...lab, bridge: 'br0;reboot' }, 'bridge', /starting with a letter/],
    [{ ...lab, bridge: 'vnet3' }, 'bridge', /comes and goes/],
    [{ ...lab, bridge: 'docker0' }, 'bridge', /managed by Docker/],
    [{ ...lab, bridge: 'virbr0' }, 'bridge', /belongs to the network default/],
    [{ ...lab, bridge: 'enp1s0' }, 'bridge', /link named enp1s0 already/],
    [{ ...lab, mode: 'bridge', ipv4: null }, 'bridge', /Choose the bridge/],
    [{ ...lab, mode: 'bridge', ipv4: null, bridge: 'br9' }, 'bridge', /no bridge named br9/],
    [{ ...lab, mode: 'bridge', ipv4: null, bridge: 'enp1s0' }, 'bridge', /is no bridge/],
    [{ ...lab, mode: 'bridge', ipv4: null, bridge: 'virbr0' }, 'bridge', /belongs to the network default/],
    [{ ...lab, mode: 'bridge', bridge: 'br0' }, 'mode', /gives out no addresses/],
    [{ ...lab, uplink: 'eth7' }, 'uplink', /no link named eth7/],
    [{ ...lab, mode: 'isolated', uplink: 'br0' }, 'uplink', /Only NAT and routed/],
    [{ ...lab, mtu: 10 }, 'mtu', /68–65535/],
    [{ ...lab, mtu: 1200, ipv6: v6 }, 'mtu', /at least 1280/],
    [{ ...lab, domain: 'a b' }, 'domain', /letters, digits/],
    [{ ...lab, ipv4: null }, 'ipv4.address', /needs an address/],
    [withIp({ address: '10.1' }), 'ipv4.address', /no IPv4 address/],
    [withIp({ address: 'fd00::1' }), 'ipv4.address', /no IPv4 address/],
    [withIp({ prefix: 31 }), 'ipv4.prefix', /8–30/],
    [withIp({ address: '10.20.0.0' }), 'ipv4.address', /address of the network itself/],
    [withIp({ address: '10.99.2.1' }), 'ipv4.address', /10.99.2.0\/24 overlaps 10.99.2.0\/24, br0 of the host/],
    [withIp({ address: '192.168.0.1', prefix: 16 }), 'ipv4.address', /192.168.122.0\/24, the network default/],
    [withIp({ address: '172.30.5.1' }), 'ipv4.address', /a route of the host over br0/],
    [withIp({ ranges: [{ start: '10.20.1.2', end: '10.20.1.9' }] }), 'ipv4.ranges.0', /not within 10.20.0.0\/24/],
    [withIp({ ranges: [{ start: '10.20.0.9', end: '10.20.0.2' }] }), 'ipv4.ranges.0', /ends before it begins/],
    [withIp({ ranges: [{ start: '10.20.0.1', end: '10.20.0.9' }] }), 'ipv4.ranges.0', /bridge’s own address/],
    [withIp({ ranges: [{ start: '10.20.0.2', end: '10.20.0.255' }] }), 'ipv4.ranges.0', /its broadcast/],
    [withIp({ ranges: [{ start: 'x', end: '10.20.0.9' }] }), 'ipv4.ranges.0', /“x” is no address/],
    [
      withIp({
        ranges: [
          { start: '10.20.0.2', end: '10.20.0.9' },
          { start: '10.20.0.9', end: '10.20.0.19' },
        ],
      }),
      'ipv4.ranges.1',
      /overlaps 10.20.0.2–10.20.0.9/,
    ],
    [host({ mac: null }), 'ipv4.hosts.0', /Give a MAC/],
    [host({ mac: '01:00:5e:00:00:01' }), 'ipv4.hosts.0', /multicast/],
    [host({ mac: '52:54' }), 'ipv4.hosts.0', /no MAC address/],
    [host({ address: '10.20.0.1' }), 'ipv4.hosts.0', /bridge’s own/],
    [host({ address: '10.20.9.1' }), 'ipv4.hosts.0', /not for a VM of/],
    [host({ name: '-x' }), 'ipv4.hosts.0', /no host name/],
    [{ ...lab, ipv6: { ...v6, prefix: 80 } }, 'ipv6.prefix', /prefix 64/],
  ])('%j', (config, field, message) => {
    const errors = checkNetwork(config, surroundings)
    expect(errors.find((error) => error.field === field)?.message ?? JSON.stringify(errors)).toMatch(message)
  })

  test('a network that is edited does not stand in its own way, and keeps its name and kind', () => {
    const before = { ...lab, bridge: 'virbr4' }
    const running = {
      ...surroundings,
      links: [
        ...surroundings.links,
        { name: 'virbr4', kind: 'bridge', addresses: [{ address: '10.20.0.1', prefix: 24 }] },
      ],
      routes: [...surroundings.routes, { destination: '10.20.0.0/24', device: 'virbr4' }],
    }
    expect(checkNetwork(before, running, before)).toEqual([])
    expect(checkNetwork({ ...before, name: 'other' }, running, before)[0]?.message).toMatch(/can’t rename/)
    expect(checkNetwork({ ...before, mode: 'bridge', bridge: 'br0', ipv4: null }, running, before)[0]?.message).toMatch(
      /Make a new one/,
    )
  })
})

test('the suggestion passes, and steps aside for what is there', () => {
  expect(suggestIpv4(surroundings)?.address).toBe('192.168.123.1')
  expect(checkNetwork(suggestNetwork('other', surroundings), surroundings)).toEqual([])
  expect(rangeAround('10.0.0.1', 24)).toEqual({ start: '10.0.0.2', end: '10.0.0.254' })
  expect(rangeAround('10.0.0.254', 24)).toEqual({ start: '10.0.0.1', end: '10.0.0.253' })
  expect(rangeAround('fd00::1', 64)).toBeNull()
})
