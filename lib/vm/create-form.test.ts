import { expect, test } from 'vitest'
import { newVmSchema, presetSpecSchema } from '../contract/vm-create.ts'
import { formFieldOf, newVmOf, presetSpecOf, vmFormOf } from './create-form.ts'

const spec = presetSpecSchema.parse({
  type: 'qemu',
  vcpus: 4,
  maxVcpus: 8,
  topology: { sockets: 1, cores: 4, threads: 2 },
  memoryBytes: 3 * 1024 ** 3,
  machine: 'q35',
  firmware: 'uefi',
  tpm: true,
  cpu: 'host-model',
  disks: [
    { from: 'new', sizeBytes: 20 * 1024 ** 3, cache: 'none', io: 'native', ioThread: true, limits: { readIops: 500 } },
    { from: 'image', image: 'debian.qcow2', imagePool: 'default', sizeBytes: 1.5 * 1024 ** 4 },
    { from: 'image', image: 'debian.qcow2', mode: 'copy', format: 'raw' },
    { from: 'volume', pool: 'default', volume: 'data.raw', bus: 'scsi', discard: null },
    { from: 'import', path: '/srv/old.vmdk', sourceFormat: 'vmdk' },
    { from: 'iso', pool: 'isos', volume: 'debian.iso' },
  ],
  nics: [
    { source: { kind: 'lan' } },
    {
      source: { kind: 'bridge', bridge: 'br1' },
      vlan: { trunk: true, tags: [10, 11, 12], native: 1 },
      queues: 4,
      rxRing: 1024,
      mtu: 9000,
      inbound: { averageKBps: 1000, peakKBps: 2000 },
      filter: 'clean-traffic',
      linkUp: false,
    },
    { source: { kind: 'network', network: 'default', portGroup: 'blue' } },
    { source: { kind: 'direct', device: 'enp2s0', mode: 'vepa' }, model: 'e1000e' },
  ],
  boot: ['cdrom', 'disk'],
  vnc: false,
  keymap: 'de',
  serial: false,
  agent: false,
  autostart: true,
  start: false,
  title: 'Shop',
  notes: 'two\nlines',
  tags: ['web', 'prod'],
  owner: 'ada',
  cloudInit: {
    hostname: 'shop',
    user: 'ada',
    sshKeys: ['ssh-ed25519 AAAA ada@example.org', 'ssh-ed25519 BBBB'],
    packages: ['nginx', 'curl'],
    userData: null,
    networks: [{ nic: 1, dhcp4: false, addresses: ['192.0.2.7/24'], gateway4: '192.0.2.1', nameservers: ['9.9.9.9'] }],
  },
})

test('what the form was made from comes out of it', () => {
  const form = vmFormOf(spec, { name: '', host: '' })
  const out = presetSpecOf(form)
  expect(out.errors).toEqual([])
  expect(presetSpecSchema.parse(out.spec)).toEqual(spec)
})

test('a form that nobody touched makes a VM', () => {
  const { vm, errors } = newVmOf(vmFormOf(null, { name: 'web-1', host: '' }), null)
  expect(errors).toEqual([])
  const parsed = newVmSchema.parse(vm)
  expect(parsed).toMatchObject({ name: 'web-1', host: null, vcpus: 2, nics: [{ source: { kind: 'lan' } }] })
  expect(parsed.cloudInit).toBeNull()
})

test('what can’t be read is named by its field', () => {
  const form = vmFormOf(null, { name: 'web-1', host: '' })
  const [disk] = form.disks
  const [nic] = form.nics
  if (disk === undefined || nic === undefined) throw new Error('a new form has a disk and a NIC')
  const { errors } = newVmOf(
    {
      ...form,
      vcpus: 'two',
      memory: '',
      disks: [{ ...disk, size: 'large' }],
      nics: [{ ...nic, queues: '-1', vlanTags: '10, blue' }],
    },
    null,
  )
  expect(errors.map(({ field, code }) => `${field} ${code}`)).toEqual([
    'vcpus formNumber',
    'memory formSize',
    'disks.0.size formSize',
    'nics.0.vlanTags formVlans',
    'nics.0.queues formNumber',
  ])
})

test.each([
  ['name', 'name'],
  ['memoryBytes', 'memory'],
  ['disks.1.sizeBytes', 'disks.1.size'],
  ['disks.1.image', 'disks.1.image'],
  ['nics.1.source.bridge', 'nics.1.bridge'],
  ['nics.3.source', 'nics.3.device'],
  ['nics.1.vlan.tags.2', 'nics.1.vlanTags'],
  ['cloudInit.userData', 'cloudInit.userData'],
  ['cloudInit.sshKeys.1', 'cloudInit.sshKeys'],
  ['cloudInit.networks.0.addresses.0', 'nics.1.guest.addresses'],
  ['tags.1', 'tags'],
])('%s of the API is %s of the form', (field, path) => {
  expect(formFieldOf(field, vmFormOf(spec, { name: '', host: '' }))).toBe(path)
})
