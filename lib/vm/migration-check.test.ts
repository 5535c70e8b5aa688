import { describe, expect, test } from 'vitest'
import type { BridgeFacts, HostFacts, LinkFacts } from '../facts/facts.ts'
import type { Domain, DomainNic } from './domain.ts'
import { checkMigration, type MigrationHost, type MigrationSituation } from './migration-check.ts'
import { readHostUuid, readMigrationNeeds } from './migration-needs.ts'

const bridgeFacts = (vlanFiltering: boolean): BridgeFacts => ({
  ports: [],
  stp: false,
  forwardDelaySeconds: null,
  vlanFiltering,
  defaultPvid: 1,
  multicastSnooping: null,
  ageingSeconds: null,
})
const link = (name: string, part: Partial<LinkFacts> = {}): LinkFacts => ({
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
  ...part,
})
const br0 = (part: Partial<LinkFacts> = {}, vlanFiltering = false) =>
  link('br0', { kind: 'bridge', bridge: bridgeFacts(vlanFiltering), ...part })
const uplink = (tagged: number[] = []) =>
  link('eno1', {
    master: 'br0',
    bridgePort: { state: 'forwarding', isolated: false, learning: true, pvid: 1, untagged: [1], tagged },
  })

type Parts = {
  links?: LinkFacts[]
  facts?: Partial<HostFacts>
  uuid?: string | null
}
const host = (name: string, { links = [br0(), uplink()], facts = {}, uuid = name }: Parts = {}): MigrationHost => ({
  name,
  uuid,
  facts: {
    cpu: { model: 'X', flags: ['avx', 'vmx'] },
    memory: { totalBytes: 8e9, availableBytes: 4e9, swapTotalBytes: 0, hugepages: [] },
    kvm: { state: 'usable', reason: 'It runs.' },
    libvirt: { state: 'running', libvirtVersion: '9.0.0', qemuVersion: '7.2.0', networks: [] },
    network: { links },
    storagePools: [],
    domains: [],
    ...facts,
  } as unknown as HostFacts,
})
const nic = (part: Partial<DomainNic> = {}): DomainNic => ({
  mac: '52:54:00:00:00:01',
  sourceKind: 'bridge',
  source: 'br0',
  mode: null,
  portGroup: null,
  model: 'virtio',
  tap: null,
  queues: null,
  rxRing: null,
  txRing: null,
  mtu: null,
  linkUp: true,
  filter: null,
  isolated: false,
  inbound: null,
  outbound: null,
  vlan: null,
  bootOrder: null,
  alias: null,
  ...part,
})
const domain = (part: Partial<Domain> = {}): Domain =>
  ({
    uuid: 'u1',
    name: 'web',
    type: 'kvm',
    machine: 'pc-q35-7.2',
    architecture: 'x86_64',
    firmware: 'bios',
    tpm: false,
    cpu: null,
    memoryBytes: 1e9,
    nics: [nic()],
    ...part,
  }) as Domain
const noNeeds: MigrationSituation['needs'] = { files: [], disks: [], cpuXml: null, hostDevices: 0 }
const situation = (part: Partial<MigrationSituation> = {}): MigrationSituation => ({
  domain: domain(),
  isRunning: true,
  persistent: true,
  hasSnapshots: false,
  hasSavedState: false,
  needs: noNeeds,
  source: host('a'),
  target: host('b'),
  machineRefusal: null,
  cpuCompared: 1,
  atSource: new Map(),
  atTarget: new Map(),
  diskBytes: new Map(),
  clockAheadMs: 5,
  address: '192.0.2.2',
  reaches: true,
  ...part,
})
const disk = { target: 'vda', path: '/images/web.qcow2', kind: 'file', format: 'qcow2' }
const pool = {
  name: 'images',
  type: 'dir',
  active: true,
  autostart: true,
  capacityBytes: 9e9,
  availableBytes: 9e8,
  path: '/images',
}
const onDisks = (part: Partial<MigrationSituation> = {}) =>
  situation({
    needs: { ...noNeeds, disks: [disk] },
    atSource: new Map([[disk.path, { fileSystem: 'xfs' }]]),
    atTarget: new Map([[disk.path, null]]),
    target: host('b', { facts: { storagePools: [pool] } }),
    ...part,
  })

test('between two hosts alike nothing is missing', () => {
  expect(checkMigration(situation())).toEqual({ possible: true, findings: [], storage: 'none', copiedDisks: [] })
})

const facts = (part: object) => ({ facts: part as Partial<HostFacts> })
const other = (part: object) => ({ uuid: 'u2', name: 'db', nics: [], ...part })

describe('what is missing is named', () => {
  test.each<[string, MigrationSituation, RegExp]>([
    ['snapshots', situation({ hasSnapshots: true }), /has snapshots/],
    ['state', situation({ isRunning: false, hasSavedState: true }), /saved state/],
    ['firmware', situation({ isRunning: false, domain: domain({ firmware: 'uefi' }) }), /only while it runs|move only/],
    ['devices', situation({ needs: { ...noNeeds, hostDevices: 1 } }), /PCI or USB/],
    ['host', situation({ target: host('b', { uuid: 'a' }) }), /host_uuid/],
    ['name', situation({ target: host('b', facts({ domains: [other({ name: 'web' })] })) }), /another VM named web/],
    ['name', situation({ target: host('b', facts({ domains: [other({ uuid: 'u1' })] })) }), /same UUID/],
    ['mac', situation({ target: host('b', facts({ domains: [other({ nics: [{ mac: nic().mac }] })] })) }), /MAC of db/],
    ['machine', situation({ machineRefusal: 'libvirt says: no.' }), /pc-q35-7\.2/],
    [
      'kvm',
      situation({ target: host('b', facts({ kvm: { state: 'unusable', reason: 'No.' } })) }),
      /KVM is not usable/,
    ],
    [
      'version',
      situation({
        target: host(
          'b',
          facts({ libvirt: { state: 'running', libvirtVersion: '9.0.0', qemuVersion: '6.10.9', networks: [] } }),
        ),
      }),
      /older/,
    ],
    [
      'cpu',
      situation({
        domain: domain({ cpu: 'host-passthrough' }),
        target: host('b', facts({ cpu: { model: 'X', flags: ['vmx'] } })),
      }),
      /lacks avx/,
    ],
    ['cpu', situation({ cpuCompared: 0 }), /CPU of b lacks/],
    ['memory', situation({ domain: domain({ memoryBytes: 5e9 }) }), /954 MiB too little/],
    ['bridge', situation({ target: host('b', { links: [] }) }), /no bridge named br0/],
    ['bridge', situation({ target: host('b', { links: [link('br0')] }) }), /no bridge named br0/],
    ['bridge', situation({ target: host('b', { links: [br0({ up: false }), uplink()] }) }), /is down/],
    ['mtu', situation({ source: host('a', { links: [br0({ mtu: 9000 })] }) }), /MTU 1500 on b, less than the 9000/],
    ['vlan', situation({ target: host('b', { links: [br0({}, true), uplink()] }) }), /VLAN-aware on b and not on a/],
    [
      'vlan',
      situation({
        domain: domain({ nics: [nic({ vlan: { trunk: false, tags: [20], native: null } })] }),
        source: host('a', { links: [br0({}, true), uplink([20])] }),
        target: host('b', { links: [br0({}, true), uplink([30])] }),
      }),
      /does not carry VLAN 20/,
    ],
    [
      'network',
      situation({ domain: domain({ nics: [nic({ sourceKind: 'network', source: 'nat' })] }) }),
      /no libvirt network/,
    ],
    ['interface', situation({ domain: domain({ nics: [nic({ sourceKind: 'direct', source: 'eno9' })] }) }), /eno9/],
    [
      'iso',
      situation({
        needs: { ...noNeeds, files: [{ role: 'iso', path: '/iso/a.iso' }] },
        atTarget: new Map([['/iso/a.iso', null]]),
      }),
      /Eject it/,
    ],
    ['storage', onDisks({ isRunning: false }), /off are not copied/],
    ['storage', onDisks({ target: host('b') }), /no storage pool over \/images/],
    ['storage', onDisks({ atTarget: new Map([[disk.path, { fileSystem: 'xfs' }]]) }), /overwritten/],
    ['storage', onDisks({ diskBytes: new Map([['vda', 1e9]]) }), /96 MiB too little room/],
    ['storage', onDisks({ needs: { ...noNeeds, disks: [{ ...disk, kind: 'block' }] } }), /only files are copied/],
    ['way', situation({ reaches: false }), /a does not reach b at 192\.0\.2\.2/],
  ])('%s', (about, given, text) => {
    const { possible, findings } = checkMigration(given)
    expect(possible).toBe(false)
    const [first, ...rest] = findings.filter(({ level }) => level === 'missing')
    expect(first).toMatchObject({ about, text: expect.stringMatching(text) })
    expect(rest).toEqual([])
  })
})

test('what is only to be known hinders nothing', () => {
  const { possible, findings } = checkMigration(
    situation({
      domain: domain({ cpu: 'host-passthrough' }),
      clockAheadMs: -9000,
      target: host('b', { links: [br0()], facts: { cpu: { model: 'Y', flags: ['avx', 'vmx'] } as HostFacts['cpu'] } }),
    }),
  )
  expect(possible).toBe(true)
  expect(findings.map(({ about, level }) => `${about} ${level}`)).toEqual([
    'cpu warning',
    'bridge warning',
    'clock warning',
  ])
})

test('disks on shared storage stay, others are copied', () => {
  const nfs = new Map([[disk.path, { fileSystem: 'nfs' }]])
  expect(checkMigration(onDisks({ atSource: nfs, atTarget: nfs }))).toMatchObject({ possible: true, storage: 'shared' })
  expect(checkMigration(onDisks())).toMatchObject({ possible: true, storage: 'copied', copiedDisks: ['vda'] })
})

test('what a domain needs is read out of its XML', () => {
  const read =
    readMigrationNeeds(`<domain><os><kernel>/k</kernel><loader>/fw</loader><nvram template='/vars'>/n</nvram></os>
    <cpu mode='custom'><model>qemu64</model></cpu><devices>
    <disk type='file' device='disk'><driver type='qcow2'/><source file='/d'/><target dev='vda'/></disk>
    <disk type='file' device='cdrom'><source file='/i'/><target dev='sda'/><readonly/></disk>
    <disk type='file' device='cdrom'><target dev='sdb'/></disk>
    <disk type='network' device='disk'><source protocol='rbd' name='p/v'/><target dev='vdb'/></disk>
    <hostdev mode='subsystem' type='pci'/></devices></domain>`)
  expect(read).toEqual({
    ok: true,
    value: {
      files: [
        { role: 'kernel', path: '/k' },
        { role: 'firmware', path: '/fw' },
        { role: 'firmware', path: '/vars' },
        { role: 'iso', path: '/i' },
      ],
      disks: [
        { target: 'vda', path: '/d', kind: 'file', format: 'qcow2' },
        { target: 'vdb', path: null, kind: 'network', format: null },
      ],
      cpuXml: `<cpu mode="custom"><model>qemu64</model></cpu>`,
      hostDevices: 1,
    },
  })
  expect(readHostUuid('<capabilities><host><uuid>x</uuid></host></capabilities>')).toBe('x')
  expect(readHostUuid('<capabilities/>')).toBeNull()
})
