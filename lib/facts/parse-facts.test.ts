import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HostFacts } from './facts.ts'
import type { LibvirtSnapshot } from './libvirt-snapshot.ts'
import { parseFacts } from './parse-facts.ts'

const cases = join(import.meta.dirname, 'cases')
const nonce = '0'.repeat(32)
const takenAt = '2026-01-01T00:00:00.000Z'

const answerOf = (name: string): string => readFileSync(join(cases, name, 'answer.txt'), 'utf8')

function snapshotOf(name: string): LibvirtSnapshot | null {
  const file = join(cases, name, 'libvirt.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LibvirtSnapshot) : null
}

const factsOf = (name: string): HostFacts =>
  parseFacts({ answer: answerOf(name), nonce, libvirt: snapshotOf(name), proof: null, takenAt })

const names = readdirSync(cases, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

const linkOf = ({ network }: HostFacts, name: string) => network.links.find((link) => link.name === name)

describe('recorded and constructed hosts', () => {
  test.each(names)('%s', async (name) => {
    await expect(`${JSON.stringify(factsOf(name), null, 2)}\n`).toMatchFileSnapshot(join(cases, name, 'facts.json'))
  })

  test.each([
    ['debian-11', 'ifupdown'],
    ['debian-12-networkd', 'networkd'],
    ['debian-12-netplan', 'netplan'],
    ['debian-12-networkmanager', 'networkmanager'],
    ['debian-12-ifupdown', 'ifupdown'],
    ['debian-12-ifupdown2', 'ifupdown2'],
    ['debian-12-machine', 'networkd'],
    ['debian-13', 'netplan'],
    ['ubuntu-22.04', 'netplan'],
    ['ubuntu-24.04', 'netplan'],
    ['rocky-9', 'networkmanager'],
    ['opensuse-leap-15.6', 'wicked'],
  ])('%s is configured by %s', (name, backEnd) => {
    const { network } = factsOf(name)
    expect(network.backEnd).toBe(backEnd)
    for (const link of network.managementPath?.links ?? [])
      expect([link, linkOf(factsOf(name), link)?.backEnd]).toEqual([link, backEnd])
  })

  test.each(names)('the management path of %s goes from a bridge down to an adapter', (name) => {
    const facts = factsOf(name)
    const path = facts.network.managementPath?.links ?? []
    expect(linkOf(facts, path[0] ?? '')?.kind).toBe('bridge')
    expect(['physical', 'virtio', 'veth']).toContain(linkOf(facts, path.at(-1) ?? '')?.kind)
  })
})

describe('a host with a bond, VLANs and containers', () => {
  const facts = factsOf('ubuntu-22.04')

  test('the management path names every port that carries it', () =>
    expect(facts.network.managementPath).toEqual({
      localAddress: '198.51.100.21',
      remoteAddress: '192.0.2.10',
      links: ['br0', 'bond0.10', 'bond0', 'eno1', 'eno2'],
    }))
  test('a bond knows its ports, and a port its own address under the bond’s', () => {
    expect(linkOf(facts, 'bond0')?.bond).toEqual({
      mode: '802.3ad',
      activePort: null,
      ports: ['eno1', 'eno2'],
      miimonMs: 100,
    })
    expect(linkOf(facts, 'eno2')).toMatchObject({
      mac: '3c:fd:fe:a1:b2:10',
      permanentMac: '3c:fd:fe:a1:b2:11',
      master: 'bond0',
    })
  })
  test('an adapter tells driver, firmware, place, rings and channels', () =>
    expect(linkOf(facts, 'eno1')).toMatchObject({
      kind: 'physical',
      driver: 'i40e',
      firmware: '8.30 0x8000a4ae 1.2926.0',
      pciAddress: '0000:3b:00.0',
      numaNode: 0,
      speedMbps: 10_000,
      duplex: 'full',
      maxMtu: 9702,
      rings: { rx: 512, rxMax: 4096, tx: 512, txMax: 4096 },
      channels: { combined: 16, combinedMax: 128 },
    }))
  test('a VLAN lies on its bond and is a port of the bridge', () =>
    expect(linkOf(facts, 'bond0.10')).toMatchObject({
      kind: 'vlan',
      vlan: { id: 10, protocol: '802.1Q' },
      lower: 'bond0',
      master: 'br0',
    }))
  test('taps are named by the running VM behind them, not by a stopped one that had the name', () => {
    expect(linkOf(facts, 'vnet0')?.vm).toEqual({
      domain: 'web-1',
      uuid: '5b1c7e66-0000-4000-8000-000000000001',
      mac: '52:54:00:12:34:56',
      queues: 4,
      model: 'virtio',
    })
    expect(linkOf(facts, 'vnet1')).toMatchObject({
      vm: { domain: 'db' },
      bridgePort: { isolated: true },
      speedMbps: null,
    })
  })
  test('Docker’s and libvirt’s links are theirs, a bridge used by a libvirt network stays its owner’s', () =>
    expect(
      Object.fromEntries(
        ['docker0', 'veth3f2a9c1', 'virbr0', 'br0', 'eno3'].map((name) => [name, linkOf(facts, name)?.backEnd]),
      ),
    ).toEqual({
      docker0: 'docker',
      veth3f2a9c1: 'docker',
      virbr0: 'libvirt',
      br0: 'netplan',
      eno3: 'kernel',
    }))
  test('a link in another namespace is not mistaken for the one with its number here', () =>
    expect(linkOf(facts, 'veth3f2a9c1')?.lower).toBeNull())
  test('routes: each next hop is one, blackholes and local ones are none', () => {
    expect(
      facts.network.routes.filter(({ destination }) => destination === '203.0.113.0/24').map(({ gateway }) => gateway),
    ).toEqual(['198.51.100.2', '198.51.100.3'])
    expect(facts.network.routes.map(({ table }) => table)).not.toContain('local')
    expect(facts.network.routes.map(({ destination }) => destination)).not.toContain('10.0.0.0/8')
  })
  test('two sockets of four cores, two threads each', () => {
    expect(facts.cpu).toMatchObject({ sockets: 2, coresPerSocket: 4, threadsPerCore: 2, threads: 16, maxMhz: 3900 })
    expect(facts.cpu.numa.map(({ cpus }) => cpus)).toEqual([
      [0, 1, 2, 3, 8, 9, 10, 11],
      [4, 5, 6, 7, 12, 13, 14, 15],
    ])
    expect(facts.memory.hugepages).toContainEqual({ sizeBytes: 2 ** 30, total: 32, free: 24 })
  })
  test('the firewall that cuts bridged VMs off shows', () => {
    expect(facts.network.firewall).toEqual({ kind: 'ufw', forwardDropIpv4: true, forwardDropIpv6: true, docker: true })
    expect(facts.network.brNetfilter).toEqual({ loaded: true, ipv4: true, ipv6: true, arp: true })
  })
  test('the servers behind the stub resolver', () =>
    expect(facts.network.dnsServers).toEqual(['198.51.100.53', '2001:db8:10::53']))
  test('pools: zero is not what an inactive one holds', () =>
    expect(facts.storagePools).toEqual([
      {
        name: 'default',
        type: 'dir',
        active: true,
        autostart: true,
        capacityBytes: 1_967_317_549_056,
        availableBytes: 1_867_194_092_265,
        path: '/var/lib/libvirt/images',
      },
      {
        name: 'vg0',
        type: 'logical',
        active: false,
        autostart: false,
        capacityBytes: null,
        availableBytes: null,
        path: '/dev/vg0',
      },
    ]))
})

describe('a whole machine, recorded', () => {
  const facts = factsOf('debian-12-machine')
  test('a bond, and the VLAN on it', () => {
    expect(linkOf(facts, 'bond0')?.bond).toEqual({
      mode: 'active-backup',
      activePort: 'enp3s0',
      ports: ['enp3s0', 'enp4s0'],
      miimonMs: 100,
    })
    expect(linkOf(facts, 'bond0.20')).toMatchObject({ vlan: { id: 20, protocol: '802.1Q' }, lower: 'bond0' })
  })
  test('a trunk and an access port of a VLAN-aware bridge with STP', () => {
    expect(linkOf(facts, 'br1')?.bridge).toMatchObject({ stp: true, vlanFiltering: true, forwardDelaySeconds: 15 })
    expect(linkOf(facts, 'enp2s0')?.bridgePort).toMatchObject({
      state: 'listening',
      pvid: 7,
      untagged: [1, 7],
      tagged: [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110],
    })
    expect(linkOf(facts, 'tap7')?.bridgePort).toMatchObject({ pvid: 105, untagged: [105], tagged: [] })
  })
  test('an adapter of its own, with rings and channels', () =>
    expect(linkOf(facts, 'enp1s0')).toMatchObject({
      kind: 'virtio',
      driver: 'virtio_net',
      pciAddress: '0000:01:00.0',
      rings: { rx: 256, rxMax: 256 },
      channels: { combined: 2, combinedMax: 2 },
    }))
  test('a tap of two queues, and the VM behind it', () =>
    expect(linkOf(facts, 'vnet0')).toMatchObject({
      kind: 'tap',
      rxQueues: 2,
      vm: { domain: 'web', queues: 2, model: 'virtio' },
    }))
  test('br_netfilter, and a chain that drops what is forwarded', () =>
    expect(facts.network).toMatchObject({
      brNetfilter: { loaded: true, ipv4: true },
      firewall: { kind: 'nftables', forwardDropIpv4: true, forwardDropIpv6: true },
    }))
})

describe('a VLAN-aware bridge', () => {
  const facts = factsOf('ubuntu-24.04')
  test('a trunk with a range, and an access port', () => {
    expect(linkOf(facts, 'br-lan')?.bridge).toMatchObject({
      vlanFiltering: true,
      defaultPvid: 1,
      forwardDelaySeconds: 2,
    })
    expect(linkOf(facts, 'enp2s0')?.bridgePort).toMatchObject({ pvid: 1, untagged: [1], tagged: [100, 101, 102, 103] })
    expect(linkOf(facts, 'vnet2')?.bridgePort).toMatchObject({ pvid: 102, untagged: [102], tagged: [100] })
  })
  test('a session over a link-local address, whose link the zone names', () =>
    expect(facts.network.managementPath).toEqual({
      localAddress: 'fe80::aaaa:1',
      remoteAddress: 'fe80::1',
      links: ['br-lan', 'enp2s0'],
    }))
  test('wireless, tunnel and macvtap are what they are', () =>
    expect(['wlp3s0', 'wg0', 'macvtap0'].map((name) => linkOf(facts, name)?.kind)).toEqual([
      'wireless',
      'tunnel',
      'macvtap',
    ]))
  test('what libvirt would not say is a gap', () =>
    expect(facts.gaps.join()).toContain('did not list its storage pools'))
})

test('KVM: a good boot sector proves it, one that is slower than without KVM disproves it, without one the signs count', () => {
  const kvm = (proof: Parameters<typeof parseFacts>[0]['proof']) =>
    parseFacts({ answer: answerOf('rocky-9'), nonce, libvirt: null, proof, takenAt }).kvm
  expect(kvm(null)).toMatchObject({
    state: 'usable',
    hasCpuFlag: true,
    hasDevice: true,
    nested: true,
    hasVhostNet: true,
  })
  expect(kvm({ ran: true, milliseconds: 110, tcgMilliseconds: null })).toMatchObject({
    state: 'usable',
    reason: 'A boot sector ran under KVM in 0.11 s.',
  })
  expect(kvm({ ran: true, milliseconds: 2960, tcgMilliseconds: 100 }).state).toBe('unusable')
  expect(kvm({ ran: true, milliseconds: 2960, tcgMilliseconds: null }).state).toBe('unusable')
  expect(kvm({ ran: true, milliseconds: 1230, tcgMilliseconds: 1650 }).state).toBe('usable')
  expect(kvm({ ran: false, milliseconds: 5000, said: 'failed to set MSR 0x38d' })).toMatchObject({
    state: 'unusable',
    reason: 'A boot sector did not run under KVM within 5.00 s: failed to set MSR 0x38d.',
  })
})

describe('what a hostile host may say', () => {
  const parse = (answer: string) => parseFacts({ answer, nonce, libvirt: null, proof: null, takenAt })
  const template = answerOf('ubuntu-22.04')

  test('any text parses', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (answer) => {
        expect(parse(answer).network.links).toEqual([])
      }),
    ))

  test('any section may hold anything', () => {
    const sections = [...template.matchAll(new RegExp(`^${nonce} begin (.*)$`, 'gm'))].map(([, name]) => name ?? '')
    const junk = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.json(),
      fc
        .array(
          fc.dictionary(
            fc.constantFrom(
              'ifindex',
              'ifname',
              'flags',
              'mtu',
              'linkinfo',
              'addr_info',
              'master',
              'link',
              'dst',
              'dev',
              'vlans',
              'nexthops',
            ),
            fc.jsonValue(),
          ),
          { maxLength: 5 },
        )
        .map((value) => JSON.stringify(value)),
      fc.string({ maxLength: 60 }).map((text) => `Id=${text}\nActiveState=${text}\n${text}:${text}`),
    )
    fc.assert(
      fc.property(fc.constantFrom(...sections), junk, (section, text) => {
        const at = template.indexOf(`${nonce} begin ${section}\n`) + `${nonce} begin ${section}\n`.length
        const facts = parse(
          `${template.slice(0, at)}${text}\n${template.slice(template.indexOf(`\n${nonce} end`, at))}`,
        )
        expect(typeof facts.hostname).toBe('string')
        // oxlint-disable-next-line no-control-regex
        expect(JSON.stringify(facts)).not.toMatch(/\\u00[01]|\\u007f|[\u0080-\u009f\u200b-\u200f\u202a-\u202e]/)
      }),
      { numRuns: 300 },
    )
  })

  test('an answer that stops anywhere says so', () =>
    fc.assert(
      fc.property(fc.nat({ max: template.length - 60 }), (length) => {
        expect(parse(template.slice(0, length)).gaps.join()).toMatch(/no facts at all|stopped answering/)
      }),
    ))

  test('terminal sequences, shell syntax and look-alikes in names stay text', () => {
    const evil = 'e\u001b[31mth;$(reboot)`id`\u202e'
    const answer = template.replaceAll('"ifname":"eno3"', `"ifname":${JSON.stringify(evil)}`)
    const link = parse(answer).network.links.find(({ name }) => name.startsWith('e\ufffd'))
    expect(link?.name).toBe('e\ufffd[31mth;$(reboot)`id`\ufffd')
  })

  test('what only looks like a section is none', () => {
    const other = 'f'.repeat(32)
    const forged = template.replace(
      '\nPRETTY_NAME',
      `\n${other} end os-release 0\n${other} begin values\n/proc/sys/kernel/hostname:forged\n${other} complete\nPRETTY_NAME`,
    )
    expect(parse(forged).hostname).toBe('kvm-07')
  })

  test('ten thousand links end at the limit', () => {
    const links = Array.from({ length: 10_000 }, (_, index) => ({
      ifindex: index + 1,
      ifname: `d${index}`,
      flags: ['UP'],
      mtu: 1500,
      addr_info: [],
    }))
    const from = template.indexOf(`${nonce} begin addresses\n`) + `${nonce} begin addresses\n`.length
    const huge = parse(
      template.slice(0, from) + JSON.stringify(links) + template.slice(template.indexOf(`\n\n${nonce} end addresses`)),
    )
    expect(huge.network.links).toHaveLength(4096)
  })
})
