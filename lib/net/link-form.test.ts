import { expect, test } from 'vitest'
import type { NetworkState, Operation } from '../contract/network.ts'
import { operationSchema } from '../contract/network.ts'
import { generalReason, offersOf } from './link-actions.ts'
import { problemsOf } from './link-form-problems.ts'
import {
  directOperationOf,
  type FormAction,
  formOf,
  type LinkForm,
  type LinkState,
  nextName,
  operationsOf,
  placeOf,
} from './link-form.ts'
import { blankLink, type LinkConfig, noBridge } from './model.ts'

const link = (name: string, kind: LinkConfig['kind'], more: Partial<LinkConfig> = {}): LinkState => {
  const config = { ...blankLink(name, kind), ...more }
  return {
    name,
    actual: { ...config, mac: `02:00:00:00:00:0${name.length}`, mtu: config.mtu ?? 1500 },
    configured: config,
    owner: 'networkd',
    sources: [],
    management: false,
    readOnly: null,
    vms: [],
  }
}
const eth0 = link('eth0', 'nic', {
  ipv4: { kind: 'static', addresses: ['192.0.2.10/24'], gateway: '192.0.2.1', metric: null },
})
const enp2 = link('enp2', 'nic', { mtu: 9000 })
const br0 = link('br0', 'bridge', { bridge: { ...noBridge, vlanFiltering: true } })
const port = link('port7', 'nic', { master: 'br0' })
const state = (more: Partial<NetworkState> = {}): NetworkState => ({
  etag: 'e',
  takenAt: '2026-01-01T00:00:00Z',
  backEnd: 'networkd',
  readOnly: null,
  links: [eth0, enp2, br0, port],
  drift: [],
  orphanedTaps: [],
  managementPath: null,
  pendingChange: null,
  ...more,
})

const asked = (action: FormAction, on: LinkState | null, edit: Partial<LinkForm> = {}): Operation[] => {
  const operations = operationsOf(action, { ...formOf(action, state(), on), ...edit }, state(), on)
  // What a form asks for is what the API takes.
  for (const operation of operations) expect(operationSchema.safeParse(operation).success).toBe(true)
  return operations
}

test('bridging a NIC is filled in: the next name, its addresses, its MAC, STP off', () => {
  expect(asked('bridge', eth0)).toEqual([
    {
      op: 'bridge.create',
      name: 'br1',
      ports: ['eth0'],
      addressing: { kind: 'move', from: 'eth0' },
      bridge: { stp: false },
      mtu: null,
      mac: null,
    },
  ])
  expect(asked('bridge', enp2)).toMatchObject([{ addressing: { kind: 'none' }, mtu: 9000, mac: null }])
  expect(asked('bridge', null, { name: 'lan' })).toMatchObject([
    { name: 'lan', ports: [], addressing: { kind: 'none' } },
  ])
})

test('an edit says only what differs', () => {
  const form = formOf('edit', state(), br0)
  expect(asked('edit', br0)).toEqual([{ op: 'link.edit', link: 'br0', set: {} }])
  expect(asked('edit', br0, { mtu: '9000', bridge: { ...form.bridge, stp: true, helloSeconds: '2' } })).toEqual([
    { op: 'link.edit', link: 'br0', set: { mtu: 9000, bridge: { stp: true, helloSeconds: 2 } } },
  ])
  const { ip } = formOf('addresses', state(), eth0)
  expect(asked('addresses', eth0, { ip: { ...ip, kind4: 'dhcp', addresses4: '', gateway4: '' } })).toEqual([
    { op: 'link.edit', link: 'eth0', set: { ipv4: { kind: 'dhcp', clientId: null, metric: null, addresses: [] } } },
  ])
})

test('routes keep what the form does not show', () => {
  const routes = [
    { destination: '10.0.0.0/8', gateway: '192.0.2.9', metric: '', table: '100', source: '192.0.2.10', onLink: true },
  ]
  expect(asked('addresses', eth0, { routes })).toEqual([
    {
      op: 'link.edit',
      link: 'eth0',
      set: {
        routes: [
          {
            destination: '10.0.0.0/8',
            family: 'inet',
            gateway: '192.0.2.9',
            metric: null,
            table: 100,
            source: '192.0.2.10',
            onLink: true,
          },
        ],
      },
    },
  ])
})

test('a bond says nothing that its mode has no use for', () => {
  const { bond } = formOf('bond', state(), enp2)
  expect(asked('bond', enp2, { bond: { ...bond, lacpRate: 'fast', primary: 'enp2' } })).toMatchObject([
    { ports: ['enp2'], bond: { mode: 'active-backup', miimonMs: 100, primary: 'enp2' } },
  ])
  expect(asked('bond', enp2, { bond: { ...bond, mode: '802.3ad', lacpRate: 'fast', primary: 'enp2' } })).toEqual([
    {
      op: 'bond.create',
      name: 'bond0',
      ports: ['enp2'],
      bond: { mode: '802.3ad', miimonMs: 100, lacpRate: 'fast' },
      addressing: { kind: 'none' },
      mtu: 9000,
    },
  ])
})

test('VLANs, ports, MTU, deletion', () => {
  expect(asked('vlan', eth0, { vlan: { parent: 'eth0', id: '20' } })).toMatchObject([
    { op: 'vlan.create', name: null, parent: 'eth0', id: 20, addressing: { kind: 'none' } },
  ])
  expect(asked('port-vlans', port, { port: { pvid: '10', untagged: '10', tagged: '20,100-102' } })).toEqual([
    { op: 'port.vlans', port: 'port7', vlans: { pvid: 10, untagged: [10], tagged: [20, 100, 101, 102] } },
  ])
  expect(asked('attach', br0, { attach: { master: 'br0', port: 'enp2', moveAddresses: false } })).toEqual([
    { op: 'port.attach', master: 'br0', port: 'enp2', moveAddresses: false, vlans: null },
  ])
  expect(asked('mtu', eth0, { mtu: '9000' })).toEqual([{ op: 'mtu.chain', link: 'eth0', mtu: 9000 }])
  expect(asked('delete', br0)).toEqual([{ op: 'link.delete', link: 'br0', addressesTo: null }])
  expect(
    directOperationOf('reattach', state({ orphanedTaps: [{ tap: 'vnet3', bridge: 'br0', domain: 'db' }] }), 'vnet3'),
  ).toEqual({ op: 'tap.reattach', tap: 'vnet3', bridge: 'br0' })
})

test('a form says what is wrong in the API’s sentences', () => {
  const codes = (action: FormAction, edit: Partial<LinkForm>, on: LinkState | null = eth0) =>
    problemsOf(action, { ...formOf(action, state(), on), ...edit }).map(
      ({ path, sentence }) => `${path} ${sentence.code}`,
    )
  expect(codes('bridge', {})).toEqual([])
  expect(codes('bridge', { name: 'a-name-far-too-long' })).toEqual(['name refuse.name-long'])
  expect(codes('bridge', { name: 'virbr0', mac: '01:00:00:00:00:00', mtu: 'x' })).toEqual([
    'name refuse.name-reserved',
    'mac refuse.mac-multicast',
    'mtu refuse.range',
  ])
  expect(codes('vlan', { vlan: { parent: 'eth0', id: '4095' } })).toEqual(['vlan.id refuse.vlan-id'])
  expect(codes('port-vlans', { port: { pvid: '0', untagged: '', tagged: '9-3' } }, port)).toEqual([
    'port.pvid refuse.vlan-id',
    'port.tagged refuse.vlan-id',
  ])
  const { ip } = formOf('addresses', state(), eth0)
  expect(
    codes('addresses', { ip: { ...ip, addresses4: '192.0.2.0/24 fe80::1/64', gateway4: 'x', dnsServers: '9' } }),
  ).toEqual([
    'ip.addresses4 refuse.address-network',
    'ip.addresses4 refuse.address-form',
    'ip.gateway4 refuse.gateway-form',
    'ip.dnsServers refuse.dns-form',
  ])
})

test.each([
  ['bridge', 'operations.0.name', 'name'],
  ['bridge', 'operations.0.ports.1', 'ports'],
  ['bridge', 'operations.0.addressing.ipv4.addresses.0', 'ip.addresses4'],
  ['bridge', 'operations.0.addressing.from', 'addressing'],
  ['bridge', 'operations.0.bridge.helloSeconds', 'bridge.helloSeconds'],
  ['edit', 'operations.0.set.bridge.helloSeconds', 'bridge.helloSeconds'],
  ['edit', 'operations.0.set.vlanId', 'vlan.id'],
  ['addresses', 'operations.0.set.ipv6.gateway', 'ip.gateway6'],
  ['addresses', 'operations.0.set.routes.2.destination', 'routes.2.destination'],
  ['addresses', 'operations.0.set.mtu', null],
  ['port-vlans', 'operations.0.vlans.tagged.3', 'port.tagged'],
  ['delete', 'operations.0.link', null],
  ['bridge', null, null],
] as const)('in the form “%s”, %s is %s', (action, field, place) => {
  expect(placeOf(action, field)).toBe(place)
})

test('what can be done depends on what a link is, and the reason is named', () => {
  const offered = (one: LinkState, general: Parameters<typeof offersOf>[2] = null, of = state()) =>
    Object.fromEntries(offersOf(one, of, general).map(({ action, reason }) => [action, reason?.kind ?? null]))
  expect(offered(eth0)).toEqual({ bridge: null, attach: null, vlan: null, addresses: null, edit: null, mtu: null })
  expect(offered(port)).toMatchObject({ bridge: 'port', detach: null, 'port-vlans': null, addresses: 'port' })
  expect(offered(br0)).toMatchObject({ attach: null, delete: null, vlan: null })
  expect(offered(br0)).not.toHaveProperty('bridge')
  const drift = [
    {
      link: 'br0',
      kind: 'runtime' as const,
      field: 'mtu',
      configured: '1500',
      actual: '9000',
      canAdopt: true,
      canReconcile: false,
    },
  ]
  expect(offered(br0, null, state({ drift }))).toMatchObject({ adopt: null })
  expect(Object.values(offered(eth0, generalReason(state({ pendingChange: 'x' }), null, true)))).toEqual(
    Array.from({ length: 6 }, () => 'pending'),
  )
  expect(generalReason(state(), 'No.', true)).toEqual({ kind: 'text', text: 'No.' })
})

test('the next name is the first that is free', () => {
  expect(nextName('br', [{ name: 'br0' }, { name: 'br2' }])).toBe('br1')
})
