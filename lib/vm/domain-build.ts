import type { NewVmNic } from '../contract/vm-create.ts'
import { metadataNamespace } from './domain.ts'
import type { VmSpec } from './spec.ts'

/** A disk with everything decided. */
export interface BuiltDisk {
  target: string
  device: 'disk' | 'cdrom'
  bus: 'virtio' | 'scsi' | 'sata'
  /** Null: an empty drive. */
  path: string | null
  /** Of what lies at the path. */
  kind: 'file' | 'block'
  format: string
  cache: string | null
  io: string | null
  discard: string | null
  ioThread: number | null
  limits: {
    readBytesPerSecond: number | null
    writeBytesPerSecond: number | null
    readIops: number | null
    writeIops: number | null
  } | null
  bootOrder: number | null
}

/** A NIC with everything decided. */
export interface BuiltNic extends Omit<NewVmNic, 'source' | 'mac' | 'queues'> {
  source: Exclude<NewVmNic['source'], { kind: 'lan' }>
  mac: string
  queues: number
  bootOrder: number | null
  /** Open vSwitch takes ports in another way. */
  isOvs: boolean
  /** libvirt puts the port into its VLANs; else it is only written down, and Drawbridge sees to it. */
  vlanByLibvirt: boolean
}

export interface BuiltVm {
  uuid: string
  name: string
  type: 'kvm' | 'qemu'
  architecture: string
  machine: string
  cpu: string | null
  spec: Pick<
    VmSpec,
    | 'vcpus'
    | 'maxVcpus'
    | 'topology'
    | 'memoryBytes'
    | 'firmware'
    | 'tpm'
    | 'vnc'
    | 'keymap'
    | 'serial'
    | 'agent'
    | 'title'
    | 'notes'
    | 'tags'
    | 'owner'
  >
  preset: string | null
  image: string | null
  disks: BuiltDisk[]
  nics: BuiltNic[]
}

type Attributes = Record<string, string | number | null>
interface Node {
  name: string
  attributes: Attributes
  children: (Node | string | null)[]
}

const el = (name: string, attributes: Attributes = {}, ...children: (Node | string | null)[]): Node => ({
  name,
  attributes,
  children,
})
const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' }
// XML has no way to write the others at all.
const escaped = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replaceAll(/[&<>'"]/g, (c) => escapes[c] ?? c)

function write({ name, attributes, children }: Node, indent: string): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}='${escaped(String(value))}'`)
    .join('')
  const inside = children.filter((child) => child !== null)
  if (inside.length === 0) return `${indent}<${name}${given}/>`
  const [only] = inside
  if (inside.length === 1 && typeof only === 'string') return `${indent}<${name}${given}>${escaped(only)}</${name}>`
  const lines = inside.map((child) => (typeof child === 'string' ? escaped(child) : write(child, `${indent}  `)))
  return `${indent}<${name}${given}>\n${lines.join('\n')}\n${indent}</${name}>`
}

// q35 has one free slot by default: without more of them nothing can be plugged in while it runs.
const hotplugPorts = 14

/** The XML of a new domain. It must have been checked. */
export function buildDomainXml(vm: BuiltVm): string {
  const { spec } = vm
  const ioThreads = Math.max(0, ...vm.disks.map(({ ioThread }) => ioThread ?? 0))
  const isSecure = spec.firmware === 'uefi-secure'
  return `${write(
    el(
      'domain',
      { type: vm.type },
      el('name', {}, vm.name),
      el('uuid', {}, vm.uuid),
      spec.title === null || spec.title === '' ? null : el('title', {}, spec.title),
      spec.notes === '' ? null : el('description', {}, spec.notes),
      metadata(vm),
      el('memory', { unit: 'KiB' }, String(Math.ceil(spec.memoryBytes / 1024))),
      el(
        'vcpu',
        { placement: 'static', current: spec.maxVcpus === spec.vcpus ? null : spec.vcpus },
        String(spec.maxVcpus),
      ),
      ioThreads === 0 ? null : el('iothreads', {}, String(ioThreads)),
      el(
        'os',
        { firmware: spec.firmware === 'bios' ? null : 'efi' },
        el('type', { arch: vm.architecture, machine: vm.machine }, 'hvm'),
        spec.firmware === 'bios'
          ? null
          : el(
              'firmware',
              {},
              el('feature', { enabled: isSecure ? 'yes' : 'no', name: 'secure-boot' }),
              isSecure ? el('feature', { enabled: 'yes', name: 'enrolled-keys' }) : null,
            ),
        isSecure ? el('loader', { secure: 'yes' }) : null,
      ),
      el('features', {}, el('acpi'), el('apic'), isSecure ? el('smm', { state: 'on' }) : null),
      cpu(vm),
      el(
        'clock',
        { offset: 'utc' },
        el('timer', { name: 'rtc', tickpolicy: 'catchup' }),
        el('timer', { name: 'pit', tickpolicy: 'delay' }),
        el('timer', { name: 'hpet', present: 'no' }),
      ),
      el('on_poweroff', {}, 'destroy'),
      el('on_reboot', {}, 'restart'),
      el('on_crash', {}, 'destroy'),
      el('devices', {}, ...devices(vm)),
    ),
    '',
  )}\n`
}

function metadata({ spec, preset, image, nics }: BuiltVm): Node | null {
  const wished = nics.filter(({ vlan, vlanByLibvirt }) => vlan !== null && !vlanByLibvirt)
  const own = [
    spec.tags.length === 0 ? null : el('drawbridge:tags', {}, ...spec.tags.map((tag) => el('drawbridge:tag', {}, tag))),
    spec.owner === null || spec.owner === '' ? null : el('drawbridge:owner', {}, spec.owner),
    preset === null ? null : el('drawbridge:preset', {}, preset),
    image === null ? null : el('drawbridge:image', {}, image),
    wished.length === 0 ? null : el('drawbridge:vlans', {}, ...wished.map(wishedVlan)),
  ].filter((node) => node !== null)
  return own.length === 0
    ? null
    : el('metadata', {}, el('drawbridge:vm', { 'xmlns:drawbridge': metadataNamespace }, ...own))
}

const wishedVlan = ({ mac, vlan }: BuiltNic): Node =>
  el(
    'drawbridge:vlan',
    { mac, trunk: vlan?.trunk === true ? 'yes' : null },
    ...(vlan?.tags ?? []).map((id) => el('drawbridge:tag', { id, native: id === vlan?.native ? 'yes' : null })),
  )

function cpu({ cpu: model, spec: { topology } }: BuiltVm): Node | null {
  const shape = topology === null ? null : el('topology', { ...topology, dies: null })
  if (model === null) return shape === null ? null : el('cpu', {}, shape)
  if (model === 'host-passthrough') return el('cpu', { mode: model, check: 'none', migratable: 'on' }, shape)
  if (model === 'host-model' || model === 'maximum') return el('cpu', { mode: model }, shape)
  return el(
    'cpu',
    { mode: 'custom', match: 'exact', check: 'partial' },
    el('model', { fallback: 'forbid' }, model),
    shape,
  )
}

function devices(vm: BuiltVm): (Node | null)[] {
  const { spec, disks, nics, name } = vm
  const isQ35 = vm.machine === 'q35' || vm.machine.includes('q35')
  const ports = isQ35
    ? Array.from({ length: hotplugPorts }, () => el('controller', { type: 'pci', model: 'pcie-root-port' }))
    : []
  const scsiThread = disks.find(({ bus, ioThread }) => bus === 'scsi' && ioThread !== null)?.ioThread ?? null
  const hasScsi = disks.some(({ bus }) => bus === 'scsi')
  const log = el('log', { file: `/var/log/libvirt/qemu/${name}-serial0.log`, append: 'on' })
  return [
    isQ35 ? el('controller', { type: 'pci', index: 0, model: 'pcie-root' }) : null,
    ...ports,
    el('controller', { type: 'usb', model: isQ35 ? 'qemu-xhci' : 'piix3-uhci' }),
    hasScsi
      ? el(
          'controller',
          { type: 'scsi', index: 0, model: 'virtio-scsi' },
          scsiThread === null ? null : el('driver', { iothread: scsiThread }),
        )
      : null,
    spec.agent ? el('controller', { type: 'virtio-serial', index: 0 }) : null,
    ...disks.map(diskNode),
    ...nics.map(nicNode),
    ...(spec.serial
      ? [
          el('serial', { type: 'pty' }, log, el('target', { type: 'isa-serial', port: 0 })),
          el('console', { type: 'pty' }, log, el('target', { type: 'serial', port: 0 })),
        ]
      : []),
    spec.agent
      ? el('channel', { type: 'unix' }, el('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' }))
      : null,
    // A tablet knows where the pointer is; a mouse only how far it moved.
    spec.vnc ? el('input', { type: 'tablet', bus: 'usb' }) : null,
    // On a socket: nothing listens for anybody else.
    spec.vnc ? el('graphics', { type: 'vnc', keymap: spec.keymap }, el('listen', { type: 'socket' })) : null,
    spec.vnc ? el('video', {}, el('model', { type: 'vga' })) : null,
    spec.tpm ? el('tpm', { model: 'tpm-crb' }, el('backend', { type: 'emulator', version: '2.0' })) : null,
    el('memballoon', { model: 'virtio' }),
    el('rng', { model: 'virtio' }, el('backend', { model: 'random' }, '/dev/urandom')),
  ]
}

function diskNode(disk: BuiltDisk): Node {
  const isDisk = disk.device === 'disk'
  const { limits } = disk
  return el(
    'disk',
    { type: disk.kind, device: disk.device },
    el('driver', {
      name: 'qemu',
      type: disk.format,
      cache: disk.cache,
      io: disk.io,
      discard: isDisk ? disk.discard : null,
      // Of scsi it is its controller's.
      iothread: disk.bus === 'virtio' ? disk.ioThread : null,
    }),
    disk.path === null ? null : el('source', disk.kind === 'block' ? { dev: disk.path } : { file: disk.path }),
    el('target', { dev: disk.target, bus: disk.bus }),
    limits === null
      ? null
      : el(
          'iotune',
          {},
          limit('read_bytes_sec', limits.readBytesPerSecond),
          limit('write_bytes_sec', limits.writeBytesPerSecond),
          limit('read_iops_sec', limits.readIops),
          limit('write_iops_sec', limits.writeIops),
        ),
    isDisk ? null : el('readonly'),
    disk.bootOrder === null ? null : el('boot', { order: disk.bootOrder }),
  )
}

const limit = (name: string, value: number | null): Node | null =>
  value === null || value === 0 ? null : el(name, {}, String(value))

function nicNode(nic: BuiltNic): Node {
  const { source } = nic
  const isVirtio = nic.model === 'virtio'
  const rate = (name: string, of: BuiltNic['inbound']) =>
    of === null || of.averageKBps === 0
      ? null
      : el(name, { average: of.averageKBps, peak: of.peakKBps, burst: of.burstKB })
  const inbound = rate('inbound', nic.inbound)
  const outbound = rate('outbound', nic.outbound)
  const hasDriver = isVirtio && (nic.queues > 1 || nic.rxRing !== null || nic.txRing !== null)
  return el(
    'interface',
    { type: source.kind },
    el('mac', { address: nic.mac }),
    source.kind === 'bridge'
      ? el('source', { bridge: source.bridge })
      : source.kind === 'network'
        ? el('source', { network: source.network, portgroup: source.portGroup })
        : el('source', { dev: source.device, mode: source.mode }),
    nic.vlan === null || !nic.vlanByLibvirt
      ? null
      : el(
          'vlan',
          { trunk: nic.vlan.trunk ? 'yes' : null },
          ...nic.vlan.tags.map((id) =>
            el('tag', { id, nativeMode: nic.vlan?.native === id && nic.vlan.trunk ? 'untagged' : null }),
          ),
        ),
    nic.isOvs ? el('virtualport', { type: 'openvswitch' }) : null,
    el('model', { type: nic.model }),
    hasDriver
      ? el('driver', {
          queues: nic.queues > 1 ? nic.queues : null,
          rx_queue_size: nic.rxRing,
          tx_queue_size: nic.txRing,
        })
      : null,
    nic.filter === null ? null : el('filterref', { filter: nic.filter }),
    inbound === null && outbound === null ? null : el('bandwidth', {}, inbound, outbound),
    nic.mtu === null ? null : el('mtu', { size: nic.mtu }),
    nic.isolated ? el('port', { isolated: 'yes' }) : null,
    nic.linkUp ? null : el('link', { state: 'down' }),
    nic.bootOrder === null ? null : el('boot', { order: nic.bootOrder }),
  )
}
