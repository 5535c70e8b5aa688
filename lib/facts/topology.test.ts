import { expect, test } from 'vitest'
import type { LinkFacts } from './facts.ts'
import { topologyOf } from './topology.ts'

const link = (name: string, more: Partial<LinkFacts>): LinkFacts =>
  ({
    name,
    kind: 'physical',
    up: true,
    carrier: true,
    master: null,
    lower: null,
    vm: null,
    bridgePort: null,
    ...more,
  }) as LinkFacts

const vm = { domain: 'web', uuid: 'u1', mac: '', queues: null, model: null }
const links = [
  link('lo', { kind: 'loopback' }),
  link('eno1', { master: 'bond0' }),
  link('eno2', { master: 'bond0', carrier: false }),
  link('bond0', { kind: 'bond' }),
  link('bond0.10', { kind: 'vlan', lower: 'bond0', master: 'br10' }),
  link('br10', { kind: 'bridge' }),
  link('vnet0', { kind: 'tap', master: 'br10', vm }),
  link('vnet1', { kind: 'tap', vm }),
  link('dummy0', { kind: 'dummy' }),
  link('vx5', { kind: 'vxlan', master: 'br10' }),
]
const managementPath = { localAddress: '', remoteAddress: '', links: ['br10', 'bond0.10', 'bond0', 'eno1'] }

test('layers run from the wire to the VM; what carries nothing is left out', () => {
  const { nodes, edges } = topologyOf({ links, managementPath })
  expect(nodes.map(({ name, layer }) => `${layer} ${name}`)).toEqual([
    'uplink eno1',
    'uplink eno2',
    'bond bond0',
    'vlan bond0.10',
    'bridge br10',
    'vm web',
    'uplink vx5',
  ])
  expect(edges.map(({ from, to, via }) => `${from} → ${to} (${via})`)).toEqual([
    'link:eno1 → link:bond0 (eno1)',
    'link:eno2 → link:bond0 (eno2)',
    'link:bond0.10 → link:br10 (bond0.10)',
    'link:bond0 → link:bond0.10 (bond0.10)',
    'link:br10 → vm:u1 (vnet0)',
    'link:vx5 → link:br10 (vx5)',
  ])
})

test('the broken edge is named, the management path is marked, a tap without a bridge stands out', () => {
  const { nodes, edges } = topologyOf({ links, managementPath })
  expect(edges.filter(({ broken }) => broken !== null).map(({ via, broken }) => [via, broken])).toEqual([
    ['eno2', 'no-carrier'],
  ])
  expect(edges.filter(({ management }) => management).map(({ via }) => via)).toEqual(['eno1', 'bond0.10', 'bond0.10'])
  expect(nodes.find(({ name }) => name === 'web')?.trouble).toBe('not-attached')
})

test('names that nothing answers to make no edges', () => {
  expect(topologyOf({ links: [link('eno1', { master: 'gone' })], managementPath: null }).edges).toEqual([])
})
