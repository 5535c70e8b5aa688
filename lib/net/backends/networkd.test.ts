import { expect, test } from 'vitest'
import type { ConfigFile, RuntimeLink } from '../back-end.ts'
import { blankLink, noBridge, type LinkConfig } from '../model.ts'
import { networkd } from './networkd.ts'
import { netplan } from './netplan.ts'

const file = (path: string, content: string): ConfigFile => ({ path, content, mode: 0o644, uid: 0, gid: 0 })
const mac = '52:54:00:00:00:01'
const nic: RuntimeLink = {
  name: 'enp1s0',
  kind: 'nic',
  mac,
  mtu: 1500,
  up: true,
  master: null,
  addresses: [],
  routes: [],
}
const under = '/etc/systemd/network'
const bridge: LinkConfig = {
  ...blankLink('br0', 'bridge'),
  mac,
  bridge: noBridge,
  ipv4: { kind: 'dhcp', clientId: 'mac', metric: null, addresses: [] },
}
const port: LinkConfig = { ...blankLink('enp1s0', 'nic'), master: 'br0' }
const over = (before: LinkConfig | null) => [
  { name: 'br0', before: null, after: bridge },
  { name: 'enp1s0', before, after: port },
]

test('the first file that matches counts, /etc before /run before /usr/lib', () => {
  const files = [
    file('/usr/lib/systemd/network/10-a.network', '[Match]\nName=enp1s0\n[Network]\nDHCP=no\n'),
    file(`${under}/10-a.network`, '[Match]\nName=enp*\n[Network]\nDHCP=ipv4\n'),
    file(`${under}/20-b.network`, '[Match]\nName=enp1s0\n[Network]\nAddress=192.0.2.1/24\n'),
  ]
  expect(networkd.read(files, [nic]).links[0]?.ipv4).toMatchObject({ kind: 'dhcp' })
  expect(networkd.read(files, [nic]).sources['enp1s0']).toEqual([`${under}/10-a.network`])
})

test('a file that matches by MAC would match the bridge too: both get files of their own before it', () => {
  const files = [file(`${under}/10-lan.network`, `[Match]\nMACAddress=52-54-00-00-00-01\n\n[Network]\nDHCP=ipv4\n`)]
  const before = networkd.read(files, [nic]).links[0] ?? null
  expect(before?.ipv4.kind).toBe('dhcp')
  const written = networkd.write(files, over(before), [nic])
  expect(written.ok && written.value.map(({ path }) => path)).toEqual([
    `${under}/10-br0.network`,
    `${under}/10-enp1s0.network`,
    `${under}/20-br0.netdev`,
  ])
})

test('a [Match] that only the host can judge makes its links read-only', () => {
  const files = [
    file(`${under}/10-lan.network`, '[Match]\nDriver=virtio_net\n\n[Network]\nDHCP=ipv4\n'),
    file(`${under}/20-enp1s0.network`, '[Match]\nName=enp1s0\n\n[Network]\nDHCP=no\n'),
  ]
  expect(networkd.read(files, [nic])).toMatchObject({ links: [], unreadable: [{ link: 'enp1s0' }] })
  expect(networkd.write(files, over(blankLink('enp1s0', 'nic')), [nic])).toMatchObject({ ok: false })
})

test('what is generated in /run is another tool’s', () => {
  const files = [file('/run/systemd/network/10-netplan-enp1s0.network', '[Match]\nName=enp1s0\n[Network]\nDHCP=ipv4\n')]
  expect(networkd.read(files)).toMatchObject({ links: [], unreadable: [{ link: 'enp1s0' }] })
})

test('a client identifier that networkd cannot send is refused', () => {
  const odd: LinkConfig = { ...bridge, ipv4: { kind: 'dhcp', clientId: '00:61:62', metric: null, addresses: [] } }
  const written = networkd.write([], [{ name: 'br0', before: null, after: odd }])
  expect(!written.ok && written.error.text).toContain('DHCP client identifier 00:61:62')
})

test('a port that lacks the default VLAN of its bridge is refused, unless the bridge has none', () => {
  const changes = (defaultPvid: number | null) => [
    { name: 'br0', before: null, after: { ...bridge, bridge: { ...noBridge, vlanFiltering: true, defaultPvid } } },
    { name: 'enp1s0', before: null, after: { ...port, port: { pvid: 10, untagged: [10], tagged: [20] } } },
  ]
  for (const driver of [networkd, netplan]) {
    expect(driver.write([], changes(null)).ok).toBe(false)
    expect(driver.write([], changes(0)).ok).toBe(true)
  }
})

const lan = '/etc/netplan/50-cloud-init.yaml'
const fixed = 'network:\n  ethernets:\n    enp1s0: {addresses: [192.0.2.10/24], accept-ra: false}\n'

test('a list in cloud-init’s file cannot be overridden, and is refused by name', () => {
  const before = netplan.read([file(lan, fixed)]).links[0] ?? null
  const written = netplan.write([file(lan, fixed)], over(before))
  expect(!written.ok && written.error).toMatchObject({ code: 'refuse.cloud-init', values: { path: lan } })
})

test('one file for NetworkManager, or one that cannot be read, makes all of netplan read-only', () => {
  const other = file('/etc/netplan/90-nm.yaml', 'network:\n  renderer: NetworkManager\n')
  expect(netplan.read([file(lan, fixed), other])).toMatchObject({ links: [], unreadable: [{ link: null }] })
  const broken = file('/etc/netplan/90-nm.yaml', 'network: [\n')
  expect(netplan.read([file(lan, fixed), broken])).toMatchObject({ links: [], unreadable: [{ link: null }] })
})

test('a NIC matched by MAC goes by the name it has', () => {
  const text = `network:\n  ethernets:\n    lan: {match: {macaddress: "${mac}"}, dhcp4: true}\n`
  expect(netplan.read([file(lan, text)], [nic]).links[0]?.name).toBe('enp1s0')
  expect(netplan.read([file(lan, text)])).toMatchObject({ links: [], unreadable: [{ link: 'lan' }] })
})
