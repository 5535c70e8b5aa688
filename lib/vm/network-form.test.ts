import { expect, test } from 'vitest'
import { formFieldOf, formOfNetwork, networkOfForm } from './network-form.ts'

const config = {
  name: 'lab',
  mode: 'nat' as const,
  bridge: 'virbr7',
  uplink: null,
  mtu: 9000,
  domain: null,
  ipv4: {
    address: '10.20.0.1',
    prefix: 24,
    ranges: [{ start: '10.20.0.2', end: '10.20.0.99' }],
    hosts: [
      { mac: '52:54:00:00:00:01', duid: null, name: 'web', address: '10.20.0.100' },
      { mac: '52:54:00:00:00:02', duid: null, name: null, address: '10.20.0.101' },
      { mac: null, duid: null, name: 'by-name', address: '10.20.0.102' },
    ],
  },
  ipv6: {
    address: 'fd20::1',
    prefix: 64,
    ranges: [],
    hosts: [
      { mac: null, duid: '00:01:00:01:aa', name: null, address: 'fd20::9' },
      { mac: null, duid: null, name: 'web', address: 'fd20::a' },
    ],
  },
}

test('what is shown is what is sent again', () =>
  expect(networkOfForm(formOfNetwork(config))).toEqual({ config, errors: [] }))

test('on a bridge of the host nothing else is sent', () =>
  expect(networkOfForm({ ...formOfNetwork(config), mode: 'bridge', bridge: 'br0' }).config).toEqual({
    name: 'lab',
    mode: 'bridge',
    bridge: 'br0',
    uplink: null,
    mtu: null,
    domain: null,
    ipv4: null,
    ipv6: null,
  }))

test('lines that can’t be read are named', () => {
  const form = { ...formOfNetwork(config), mtu: 'x', ipv4Address: '10.1', ipv4Ranges: '10.0.0.1', ipv4Hosts: 'web' }
  expect(networkOfForm(form).errors.map(({ field, line }) => `${field}: ${line}`)).toEqual([
    'mtu: x',
    'ipv4Address: 10.1',
    'ipv4Ranges: 10.0.0.1',
    'ipv4Hosts: web',
  ])
  expect(networkOfForm({ ...formOfNetwork(config), ipv4Ranges: '10.20.0.5-10.20.0.9' }).config.ipv4?.ranges).toEqual([
    { start: '10.20.0.5', end: '10.20.0.9' },
  ])
})

test.each([
  ['ipv4.ranges.0', 'ipv4Ranges'],
  ['ipv6.prefix', 'ipv6Address'],
  ['ipv4.hosts.1', 'ipv4Hosts'],
  ['bridge', 'bridge'],
  ['xml', null],
])('%s of the API is %s of the form', (field, named) => expect(formFieldOf(field)).toBe(named))
