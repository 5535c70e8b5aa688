import type { AskedVm, GuestNetwork, NewVmDisk, NewVmNic, PresetSpec } from '../contract/vm-create.ts'

export interface CloudInit {
  /** Null: the VM's name. */
  hostname: string | null
  user: string | null
  sshKeys: string[]
  packages: string[]
  userData: string | null
  networks: GuestNetwork[]
}

/** What a VM shall be, nothing left open but what only its host can say. */
export interface VmSpec {
  type: 'auto' | 'kvm' | 'qemu'
  vcpus: number
  maxVcpus: number
  topology: { sockets: number; cores: number; threads: number } | null
  memoryBytes: number
  machine: string
  firmware: 'bios' | 'uefi' | 'uefi-secure'
  tpm: boolean
  cpu: string | null
  disks: NewVmDisk[]
  nics: NewVmNic[]
  boot: ('disk' | 'cdrom' | 'network')[]
  vnc: boolean
  keymap: string | null
  serial: boolean
  agent: boolean
  autostart: boolean
  start: boolean
  title: string | null
  notes: string
  tags: string[]
  owner: string | null
  /** Without its password, which goes another way. */
  cloudInit: CloudInit | null
}

const gibibyte = 1024 ** 3

const defaults: VmSpec = {
  type: 'auto',
  vcpus: 2,
  maxVcpus: 2,
  topology: null,
  memoryBytes: 2 * gibibyte,
  machine: 'q35',
  firmware: 'bios',
  tpm: false,
  cpu: null,
  disks: [],
  nics: [],
  boot: ['disk', 'cdrom', 'network'],
  vnc: true,
  keymap: null,
  serial: true,
  agent: true,
  autostart: false,
  start: true,
  title: null,
  notes: '',
  tags: [],
  owner: null,
  cloudInit: null,
}

/** What is asked, over what the preset says, over the defaults. */
export function resolveSpec(asked: Omit<AskedVm, 'name' | 'host' | 'preset'>, preset: PresetSpec | null): VmSpec {
  const { cloudInit: askedInit, ...own } = given(asked)
  const { cloudInit: presetInit, ...others } = preset === null ? {} : given(preset)
  const base = { ...defaults, ...others, ...own }
  const cloudInit = askedInit === null ? null : (askedInit ?? presetInit ?? null)
  return {
    ...base,
    maxVcpus: Math.max(base.vcpus, own.maxVcpus ?? others.maxVcpus ?? base.vcpus),
    cloudInit: cloudInit === null ? null : filled({ ...presetInit, ...cloudInit }),
  }
}

/** A key that is there and undefined is not given. */
const given = <T extends object>(from: T): Partial<T> =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Partial<T>

/** What is absent is none. */
export function filled(from: NonNullable<PresetSpec['cloudInit']>): CloudInit {
  return {
    hostname: from.hostname ?? null,
    user: from.user ?? null,
    sshKeys: from.sshKeys ?? [],
    packages: from.packages ?? [],
    userData:
      from.userData === undefined || from.userData === null || from.userData.trim() === '' ? null : from.userData,
    networks: from.networks ?? [],
  }
}

/** The presets of `POST /presets/usual`: they name no pool and no bridge, so that they fit any host. */
export function usualPresets(image: string | null): { name: string; description: string; spec: PresetSpec }[] {
  const disk = (sizeBytes: number): NewVmDisk => {
    const how = { bus: 'virtio', cache: null, io: null, discard: 'unmap', ioThread: false, limits: null } as const
    const where = { pool: null, volume: null, sizeBytes, format: 'qcow2' } as const
    return image === null
      ? { from: 'new', ...where, ...how }
      : { from: 'image', imagePool: null, image, mode: 'linked', ...where, ...how }
  }
  const nic: NewVmNic = {
    source: { kind: 'lan' },
    model: 'virtio',
    mac: null,
    vlan: null,
    queues: null,
    rxRing: null,
    txRing: null,
    mtu: null,
    linkUp: true,
    inbound: null,
    outbound: null,
    filter: null,
    isolated: false,
  }
  const of = (name: string, vcpus: number, memoryGib: number, diskGib: number) => ({
    name,
    description: 'On the LAN',
    spec: {
      vcpus,
      memoryBytes: memoryGib * gibibyte,
      disks: [disk(diskGib * gibibyte)],
      nics: [nic],
      ...(image === null ? {} : { cloudInit: {} }),
    },
  })
  return [of('small', 1, 1, 10), of('medium', 2, 4, 40), of('large', 4, 16, 100)]
}
