import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HostChoices, newVmSchema, type NewVm } from '../contract/vm-create.ts'
import { planVm, type MadePlan } from './create-plan.ts'
import type { ImportFacts } from './disk-plan.ts'
import { readDomain } from './domain-read.ts'
import type { Inventory } from './inventory.ts'
import { resolveSpec } from './spec.ts'

const gibibyte = 1024 ** 3
const choices: HostChoices = {
  host: { id: 'h1', name: 'kvm1' },
  kvm: { usable: true, reason: 'A boot sector ran.' },
  threads: 8,
  memoryBytes: 32 * gibibyte,
  availableMemoryBytes: 16 * gibibyte,
  architecture: 'x86_64',
  maxVcpus: 288,
  libvirtVersion: '9.0.0',
  machines: ['pc', 'q35'],
  firmwares: ['bios', 'uefi', 'uefi-secure'],
  tpm: true,
  cpus: ['host-passthrough', 'maximum', 'host-model', 'Skylake-Server'],
  bridges: [
    {
      name: 'br0',
      kind: 'linux',
      mtu: 1500,
      up: true,
      carrier: true,
      vlanAware: true,
      defaultPvid: 1,
      vlans: [1, 7],
      uplinks: ['eno1'],
      isLan: true,
    },
    {
      name: 'jumbo',
      kind: 'linux',
      mtu: 9000,
      up: true,
      carrier: false,
      vlanAware: false,
      defaultPvid: null,
      vlans: [],
      uplinks: ['eno2'],
      isLan: false,
    },
    {
      name: 'down',
      kind: 'linux',
      mtu: 1500,
      up: false,
      carrier: false,
      vlanAware: false,
      defaultPvid: null,
      vlans: [],
      uplinks: [],
      isLan: false,
    },
    {
      name: 'ovs0',
      kind: 'ovs',
      mtu: 1500,
      up: true,
      carrier: true,
      vlanAware: true,
      defaultPvid: null,
      vlans: [],
      uplinks: ['eno3'],
      isLan: false,
    },
  ],
  networks: [
    { name: 'default', active: true, mode: 'nat', bridge: 'virbr0', mtu: null, portGroups: ['blue'] },
    { name: 'off', active: false, mode: 'nat', bridge: 'virbr1', mtu: null, portGroups: [] },
  ],
  devices: [
    { name: 'eno4', mtu: 1500, carrier: true },
    { name: 'eno5', mtu: 9000, carrier: true },
  ],
  filters: ['clean-traffic'],
  pools: [
    {
      name: 'default',
      kind: 'dir',
      active: true,
      path: '/images',
      capacityBytes: 100 * gibibyte,
      availableBytes: 50 * gibibyte,
      formats: ['qcow2', 'raw'],
    },
    {
      name: 'vg',
      kind: 'logical',
      active: true,
      path: '/dev/vg',
      capacityBytes: 100 * gibibyte,
      availableBytes: 20 * gibibyte,
      formats: ['raw'],
    },
    {
      name: 'off',
      kind: 'dir',
      active: false,
      path: '/off',
      capacityBytes: null,
      availableBytes: null,
      formats: ['qcow2', 'raw'],
    },
  ],
  images: [
    image('debian.qcow2', 'qcow2', 2 * gibibyte),
    image('noise.qcow2', 'raw', gibibyte),
    { ...image('base.qcow2', 'qcow2', gibibyte), baseOf: ['web9'] },
    image('web1-vda.qcow2', 'qcow2', 10 * gibibyte),
    { ...image('install.iso', 'iso', gibibyte), kind: 'iso' },
  ],
}
function image(volume: string, format: string, capacityBytes: number): HostChoices['images'][number] {
  return {
    pool: 'default',
    volume,
    path: `/images/${volume}`,
    kind: 'disk',
    format,
    capacityBytes,
    allocationBytes: gibibyte,
    usedBy: [],
    baseOf: [],
  }
}
const inventory: Inventory = {
  vms: [
    {
      hostId: 'h1',
      hostName: 'kvm1',
      uuid: 'u1',
      name: 'web1',
      running: true,
      macs: ['52:54:00:00:00:01'],
      writes: ['/images/web1-vda.qcow2'],
    },
    {
      hostId: 'h2',
      hostName: 'kvm2',
      uuid: 'u2',
      name: 'db1',
      running: false,
      macs: ['52:54:00:00:00:02'],
      writes: [],
    },
  ],
  hostMacs: [{ mac: '52:54:00:00:00:03', hostName: 'kvm1', link: 'eno1' }],
}
const imports = new Map<string, ImportFacts>([
  ['/root/a.vmdk', { ok: true, format: 'vmdk', virtualBytes: 3 * gibibyte, actualBytes: gibibyte }],
  ['/root/a.bin', { ok: true, format: 'raw', virtualBytes: gibibyte, actualBytes: gibibyte }],
  ['/root/none', { ok: false, error: 'kvm1 has no file /root/none.' }],
])
const uuid = 'b5c0a1e2-7c0a-4d2b-9c39-1d9d3f4b5a60'
let count = 0
const random = () => Uint8Array.from([0xaa, count >> 8, count++ & 255])

const plan = (asked: Partial<NewVm>, other: Partial<HostChoices> = {}): MadePlan => {
  const { name, host: _, preset: __, ...fields } = newVmSchema.parse({ name: 'new1', ...asked })
  const spec = resolveSpec(fields, null)
  const seedBytes = spec.cloudInit === null ? null : 49_152
  return planVm({
    uuid,
    name,
    spec,
    preset: 'small',
    choices: { ...choices, ...other },
    inventory,
    imports,
    seedBytes,
    random,
  })
}
const refused = (asked: Partial<NewVm>, other?: Partial<HostChoices>): Record<string, string> =>
  Object.fromEntries(plan(asked, other).refusals.map(({ field, message }) => [field, message]))
const nic = (more: object): Partial<NewVm> => ({ nics: [{ source: { kind: 'bridge', bridge: 'br0' }, ...more }] })
const linked = { from: 'image', image: 'debian.qcow2' } as const

describe('what is refused, by field', () => {
  test.each<[string, Partial<NewVm>, string, RegExp]>([
    ['a name that destroys', { name: '..' }, 'name', /begins with a letter/],
    ['a name like an option', { name: '--help' }, 'name', /begins with a letter/],
    ['a name taken on that host', { name: 'web1' }, 'name', /kvm1 has a VM called web1/],
    ['a MAC of a VM elsewhere', nic({ mac: '52:54:00:00:00:02' }), 'nics.0.mac', /the VM db1 on kvm2/],
    ['a MAC of the host', nic({ mac: '52:54:00:00:00:03' }), 'nics.0.mac', /eno1 of the host kvm1/],
    ['a group address', nic({ mac: '01:54:00:00:00:03' }), 'nics.0.mac', /group address/],
    [
      'one MAC twice',
      { nics: [1, 2].map(() => ({ source: { kind: 'lan' as const }, mac: '52:54:00:0a:0a:0a' })) },
      'nics.1.mac',
      /Another NIC/,
    ],
    [
      'a bridge that is gone',
      { nics: [{ source: { kind: 'bridge', bridge: 'br9' } }] },
      'nics.0.source',
      /no bridge br9/,
    ],
    ['a bridge that is down', { nics: [{ source: { kind: 'bridge', bridge: 'down' } }] }, 'nics.0.source', /is down/],
    [
      'a network that is off',
      { nics: [{ source: { kind: 'network', network: 'off' } }] },
      'nics.0.source',
      /not started/,
    ],
    [
      'a port group it has not',
      { nics: [{ source: { kind: 'network', network: 'default', portGroup: 'red' } }] },
      'nics.0.source',
      /no port group red/,
    ],
    [
      'a VLAN on a bridge that keeps none apart',
      { nics: [{ source: { kind: 'bridge', bridge: 'jumbo' }, vlan: { tags: [7] } }] },
      'nics.0.vlan',
      /VLAN-aware/,
    ],
    ['a VLAN that is none', nic({ vlan: { tags: [4095] } }), 'nics.0.vlan', /1 to 4094/],
    ['two VLANs without a trunk', nic({ vlan: { tags: [7, 8] } }), 'nics.0.vlan', /one VLAN only/],
    [
      'a VLAN by macvtap',
      { nics: [{ source: { kind: 'direct', device: 'eno4' }, vlan: { tags: [7] } }] },
      'nics.0.vlan',
      /knows no VLANs/,
    ],
    [
      'an MTU by macvtap',
      { nics: [{ source: { kind: 'direct', device: 'eno4' }, mtu: 1400 }] },
      'nics.0.mtu',
      /can’t set an MTU/,
    ],
    ['more queues than vCPUs', nic({ queues: 300 }), 'nics.0.queues', /300 queues need as many vCPUs/],
    ['queues of an e1000', nic({ model: 'e1000', queues: 2 }), 'nics.0.queues', /Only virtio/],
    ['a ring that is no power of two', nic({ rxRing: 300 }), 'nics.0.rxRing', /256, 512 or 1024/],
    ['a transmit ring QEMU would refuse', nic({ txRing: 1024 }), 'nics.0.txRing', /256/],
    ['an MTU beyond the bridge', nic({ mtu: 9000 }), 'nics.0.mtu', /carries 1500/],
    ['a filter it has not', nic({ filter: 'x' }), 'nics.0.filter', /no network filter x/],
    ['an image that is missing', { disks: [{ from: 'image', image: 'x.qcow2' }] }, 'disks.0.image', /has no x.qcow2/],
    [
      'an image that is broken',
      { disks: [{ from: 'image', image: 'noise.qcow2' }] },
      'disks.0.image',
      /not in qcow2 format/,
    ],
    [
      'an overlay over a VM’s disk',
      { disks: [{ from: 'image', image: 'web1-vda.qcow2' }] },
      'disks.0.image',
      /the disk of web1/,
    ],
    [
      'a copy of what is written to',
      { disks: [{ from: 'image', image: 'web1-vda.qcow2', mode: 'copy' }] },
      'disks.0.image',
      /web1 runs/,
    ],
    [
      'a disk of another VM',
      { disks: [{ from: 'volume', pool: 'default', volume: 'web1-vda.qcow2' }] },
      'disks.0.volume',
      /disk of web1 already/,
    ],
    [
      'what others lie over, to be written to',
      { disks: [{ from: 'volume', pool: 'default', volume: 'base.qcow2' }] },
      'disks.0.volume',
      /web9 lies over/,
    ],
    ['a volume that is there', { disks: [{ ...linked, volume: 'install.iso' }] }, 'disks.0.volume', /stays as it is/],
    [
      'a volume name that leads elsewhere',
      { disks: [{ ...linked, volume: '../x' }] },
      'disks.0.volume',
      /begins with a letter/,
    ],
    ['a pool it has not', { disks: [{ ...linked, pool: 'x' }] }, 'disks.0.pool', /no storage pool x/],
    ['a pool that is off', { disks: [{ ...linked, pool: 'off' }] }, 'disks.0.pool', /not started/],
    ['an overlay among block devices', { disks: [{ ...linked, pool: 'vg' }] }, 'disks.0.mode', /full copy/],
    ['less than the image', { disks: [{ ...linked, sizeBytes: gibibyte }] }, 'disks.0.sizeBytes', /smaller/],
    [
      'too little space',
      { disks: [{ from: 'new', pool: 'vg', sizeBytes: 30 * gibibyte }] },
      'disks.0.pool',
      /10 GiB are missing/,
    ],
    ['a file that is not there', { disks: [{ from: 'import', path: '/root/none' }] }, 'disks.0.path', /no file/],
    [
      'a raw file that nobody called raw',
      { disks: [{ from: 'import', path: '/root/a.bin' }] },
      'disks.0.sourceFormat',
      /names no format/,
    ],
    [
      'another format than said',
      { disks: [{ from: 'import', path: '/root/a.vmdk', sourceFormat: 'qcow2' }] },
      'disks.0.sourceFormat',
      /it says vmdk/,
    ],
    [
      'an I/O thread on SATA',
      { disks: [{ ...linked, bus: 'sata', ioThread: true }] },
      'disks.0.ioThread',
      /virtio or scsi/,
    ],
    [
      'native I/O with a cache',
      { disks: [{ ...linked, io: 'native', cache: 'writeback' }] },
      'disks.0.io',
      /none or directsync/,
    ],
    [
      'a topology that does not add up',
      { vcpus: 4, topology: { sockets: 1, cores: 3, threads: 1 } },
      'topology',
      /makes 3 vCPUs/,
    ],
    ['more vCPUs than there can be', { vcpus: 300 }, 'vcpus', /288 vCPUs at most/],
    ['more memory than there is', { memoryBytes: 40 * gibibyte }, 'memoryBytes', /8 GiB are missing/],
    ['a machine it has not', { machine: 'virt' }, 'machine', /no machine virt/],
    ['a CPU it has not', { cpu: 'EPYC' }, 'cpu', /CPU model EPYC/],
    [
      'user-data that is no YAML',
      { cloudInit: { userData: '#cloud-config\na: [' } },
      'cloudInit.userData',
      /Line \d: .*YAML/,
    ],
    [
      'a gateway out of reach',
      {
        ...nic({}),
        cloudInit: { networks: [{ nic: 0, dhcp4: false, addresses: ['192.0.2.7/24'], gateway4: '198.51.100.1' }] },
      },
      'cloudInit.networks.0.gateway4',
      /none of the subnets/,
    ],
    ['a NIC it has not', { cloudInit: { networks: [{ nic: 3 }] } }, 'cloudInit.networks.0.nic', /no NIC number 4/],
  ])('%s', (_what, asked, field, message) => {
    expect(refused(asked)).toHaveProperty([field], expect.stringMatching(message))
  })

  test('KVM that does not work, when it was asked for; else a warning', () => {
    const kvm = { usable: false, reason: 'No vmx.' }
    expect(refused({ type: 'kvm' }, { kvm })).toHaveProperty('type', expect.stringMatching(/No vmx/))
    const made = plan({}, { kvm })
    expect(made).toMatchObject({ type: 'qemu', cpu: 'maximum', refusals: [] })
    expect(made.warnings).toContainEqual({ field: 'type', message: expect.stringMatching(/Emulated, slow/) })
  })
})

describe('what is decided', () => {
  test('queues by vCPUs, eight at most; one without virtio', () => {
    expect(plan({ vcpus: 4, ...nic({}) }).nics[0]?.queues).toBe(4)
    expect(plan({ vcpus: 16, ...nic({}) }).nics[0]?.queues).toBe(8)
    expect(plan({ vcpus: 16, ...nic({ model: 'e1000e' }) }).nics[0]?.queues).toBe(1)
  })
  test('the MTU is the bridge’s, and told to the guest when it is not the usual', () => {
    expect(plan(nic({})).nics[0]?.mtu).toBeNull()
    expect(plan({ nics: [{ source: { kind: 'bridge', bridge: 'jumbo' } }] }).nics[0]?.mtu).toBe(9000)
  })
  test('macvtap has none of its adapter’s, which libvirt would refuse', () => {
    const direct = { nics: [{ source: { kind: 'direct' as const, device: 'eno5' } }] }
    expect(plan(direct).nics[0]).toMatchObject({ source: { kind: 'direct' }, mtu: null })
  })
  test('the LAN is the bridge that leads there', () => {
    expect(plan({ nics: [{ source: { kind: 'lan' } }] }).nics[0]?.source).toEqual({ kind: 'bridge', bridge: 'br0' })
  })
  test('the roomiest pool, names after VM and disk, and the seed beside the first disk', () => {
    const made = plan({ disks: [linked, { from: 'new', sizeBytes: gibibyte, bus: 'scsi' }], cloudInit: {} })
    expect(made.volumes.map(({ path }) => path)).toEqual(['/images/new1-vda.qcow2', '/images/new1-sda.qcow2'])
    expect(made.seed).toEqual({ pool: 'default', volume: 'new1-seed.iso', path: '/images/new1-seed.iso' })
    expect(made.disks.at(-1)?.built).toMatchObject({ target: 'sdb', bus: 'scsi', device: 'cdrom', bootOrder: null })
    expect(made.steps.map(({ id }) => id)).toEqual(['check', 'volumes', 'seed', 'define', 'start'])
  })
  test('a VLAN of a Linux bridge is written down for Drawbridge, one of Open vSwitch for libvirt', () => {
    const linux = plan(nic({ vlan: { tags: [7] } })).xml
    expect(linux).toContain("<drawbridge:tag id='7'/>")
    expect(linux).not.toContain('<vlan>')
    expect(plan(nic({ vlan: { tags: [7] } }), { libvirtVersion: '11.0.0' }).xml).toContain('<vlan>')
    const ovs = plan({
      nics: [{ source: { kind: 'bridge', bridge: 'ovs0' }, vlan: { trunk: true, tags: [7, 8], native: 7 } }],
    }).xml
    expect(ovs).toContain("<tag id='7' nativeMode='untagged'/>")
    expect(ovs).toContain("<virtualport type='openvswitch'/>")
  })
})

test('what libvirt reads of the XML is what was asked for', () => {
  const text = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .map((s) => s.replaceAll(/[\p{C}\u2028\u2029]/gu, '').trim())
  const asked = fc.record({
    vcpus: fc.integer({ min: 1, max: 16 }),
    memoryMib: fc.integer({ min: 64, max: 16_384 }),
    title: text,
    tag: text.filter((s) => s !== ''),
    firmware: fc.constantFrom('bios' as const, 'uefi' as const, 'uefi-secure' as const),
    bus: fc.constantFrom('virtio' as const, 'scsi' as const, 'sata' as const),
    mtu: fc.option(fc.integer({ min: 576, max: 1500 })),
    linkUp: fc.boolean(),
    isolated: fc.boolean(),
    readIops: fc.option(fc.integer({ min: 1, max: 10_000 })),
    machine: fc.constantFrom('q35', 'pc'),
  })
  fc.assert(
    fc.property(asked, (one) => {
      const made = plan({
        vcpus: one.vcpus,
        memoryBytes: one.memoryMib * 1024 ** 2,
        title: one.title,
        tags: [one.tag],
        firmware: one.machine === 'pc' && one.firmware === 'uefi-secure' ? 'uefi' : one.firmware,
        machine: one.machine,
        disks: [{ ...linked, bus: one.bus, limits: { readIops: one.readIops } }],
        ...nic({ mtu: one.mtu, linkUp: one.linkUp, isolated: one.isolated }),
      })
      expect(made.refusals).toEqual([])
      const read = readDomain(made.xml)
      expect(read).toMatchObject({
        ok: true,
        value: {
          uuid,
          name: 'new1',
          type: 'kvm',
          vcpus: one.vcpus,
          memoryBytes: one.memoryMib * 1024 ** 2,
          tags: [one.tag],
          preset: 'small',
          disks: [{ bus: one.bus, source: made.volumes[0]?.path, bootOrder: 1, limits: { readIops: one.readIops } }],
          nics: [{ source: 'br0', mac: made.nics[0]?.mac, mtu: one.mtu, linkUp: one.linkUp, isolated: one.isolated }],
          graphics: { kind: 'vnc', port: null },
        },
      })
    }),
    { numRuns: 60 },
  )
})
