import { describe, expect, test } from 'vitest'
import type { LinkFacts } from './facts.ts'
import { managementPath } from './management-path.ts'

const link = (name: string, more: Partial<LinkFacts> = {}): LinkFacts => ({
  index: 1,
  name,
  kind: 'physical',
  backEnd: 'networkd',
  up: true,
  carrier: true,
  operState: 'up',
  mac: null,
  permanentMac: null,
  mtu: 1500,
  minMtu: null,
  maxMtu: null,
  txQueueLength: null,
  rxQueues: null,
  txQueues: null,
  driver: null,
  firmware: null,
  speedMbps: null,
  duplex: null,
  pciAddress: null,
  numaNode: null,
  offloads: [],
  rings: null,
  channels: null,
  master: null,
  lower: null,
  addresses: [],
  bridge: null,
  bridgePort: null,
  bond: null,
  vlan: null,
  vm: null,
  ...more,
})
const held = (address: string): Pick<LinkFacts, 'addresses'> => ({
  addresses: [
    { family: address.includes(':') ? 'inet6' : 'inet', address, prefix: 24, scope: 'global', dynamic: false },
  ],
})
const bridge = {
  ports: [],
  stp: false,
  forwardDelaySeconds: 0,
  vlanFiltering: false,
  defaultPvid: null,
  multicastSnooping: null,
  ageingSeconds: null,
}
const bond = { mode: 'active-backup', activePort: 'eth0', ports: [], miimonMs: 100 }
const route = (device: string) => ({
  family: 'inet' as const,
  destination: 'default',
  gateway: null,
  device,
  metric: null,
  protocol: null,
  table: 'main',
  source: null,
})
const linksOf = (ssh: string, links: LinkFacts[], routes = [route('eth0')]) => managementPath(ssh, links, routes)?.links

describe('the management path', () => {
  test('is the adapter alone', () =>
    expect(linksOf('10.0.0.9 5000 10.0.0.1 22', [link('eth0', held('10.0.0.1')), link('eth1')])).toEqual(['eth0']))
  test('goes through bridge, VLAN and bond to every port', () =>
    expect(
      linksOf('10.0.0.9 5000 10.0.0.1 22', [
        link('br0', { kind: 'bridge', bridge, ...held('10.0.0.1') }),
        link('bond0.10', { kind: 'vlan', master: 'br0', lower: 'bond0' }),
        link('vnet0', { kind: 'tap', master: 'br0' }),
        link('bond0', { kind: 'bond', bond }),
        link('eth0', { master: 'bond0' }),
        link('eth1', { master: 'bond0' }),
      ]),
    ).toEqual(['br0', 'bond0.10', 'bond0', 'eth0', 'eth1']))
  test('of a VLAN on a bridge goes down through the bridge', () =>
    expect(
      linksOf('10.0.0.9 1 10.0.0.1 22', [
        link('br0.7', { kind: 'vlan', lower: 'br0', ...held('10.0.0.1') }),
        link('br0', { kind: 'bridge', bridge }),
        link('eth0', { master: 'br0' }),
      ]),
    ).toEqual(['br0.7', 'br0', 'eth0']))
  test('of an IPv4 session on an IPv6 socket is that of the IPv4 address', () =>
    expect(linksOf('::ffff:10.0.0.9 1 ::ffff:10.0.0.1 22', [link('eth0', held('10.0.0.1'))])).toEqual(['eth0']))
  test('behind address translation is that of the default route', () =>
    expect(
      linksOf('203.0.113.9 1 198.51.100.7 22', [link('eth1', held('10.0.0.1')), link('eth0', held('10.1.0.1'))]),
    ).toEqual(['eth0']))
  test('over the loopback crosses no link', () =>
    expect(
      linksOf('127.0.0.1 1 127.0.0.1 22', [link('lo', { kind: 'loopback', ...held('127.0.0.1') }), link('eth0')]),
    ).toEqual([]))
  test.each(['', 'x', '1.2.3.4 5', '$(id) 1 `id` 2', 'a b c d'])('is unknown from %j', (ssh) =>
    expect(managementPath(ssh, [link('eth0')], [])).toBeNull(),
  )
  test('ends where links hold each other', () =>
    expect(
      linksOf('10.0.0.9 1 10.0.0.1 22', [
        link('a', { kind: 'vlan', lower: 'b', ...held('10.0.0.1') }),
        link('b', { kind: 'vlan', lower: 'a' }),
      ]),
    ).toEqual(['a', 'b']))
})
