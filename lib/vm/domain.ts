/** What a domain's XML says, as the rest of the product speaks of it. Every text is a stranger's: cleaned and limited. */
export interface Domain {
  uuid: string
  name: string
  title: string | null
  /** `<description>`: notes of people, several lines. */
  notes: string
  /** `kvm`, `qemu`, … */
  type: string
  architecture: string
  /** As libvirt resolved it: `pc-q35-7.2`. */
  machine: string
  firmware: 'bios' | 'uefi'
  secureBoot: boolean
  tpm: boolean
  /** Started with. */
  vcpus: number
  /** Can be plugged in up to. */
  maxVcpus: number
  topology: { sockets: number; cores: number; threads: number } | null
  /** `host-passthrough`, `host-model`, a model's name, or null: the machine's default. */
  cpu: string | null
  /** The balloon's size; what the guest has now. */
  memoryBytes: number
  maxMemoryBytes: number
  /** In order, by `<os><boot>` or each device's `<boot order>`. */
  bootOrder: BootDevice[]
  nics: DomainNic[]
  disks: DomainDisk[]
  graphics: DomainGraphics | null
  /** There is a serial console. */
  serial: boolean
  /** There is a channel for the guest agent; live XML tells whether anybody speaks on it. */
  agent: 'connected' | 'disconnected' | 'absent'
  /** Of ours, in `<metadata>`. */
  tags: string[]
  owner: string | null
  /** Name of the preset and of the image it was made from. */
  preset: string | null
  image: string | null
}

/** A device by what stands in `<target>` (`vda`), a NIC by its MAC, or a class of devices. */
export type BootDevice = { kind: 'disk' | 'nic'; device: string } | { kind: 'class'; class: string }

export interface DomainNic {
  /** Lower case. It tells NICs of a domain apart. */
  mac: string
  /** `bridge`, `network`, `direct` (macvtap), `user`, … */
  sourceKind: string
  /** Bridge, network or device. */
  source: string | null
  /** Of macvtap: `bridge`, `vepa`, `private`, `passthrough`. */
  mode: string | null
  portGroup: string | null
  model: string | null
  /** Of a running domain: the tap. */
  tap: string | null
  queues: number | null
  rxRing: number | null
  txRing: number | null
  mtu: number | null
  linkUp: boolean
  /** nwfilter, e.g. `clean-traffic`. */
  filter: string | null
  isolated: boolean
  /** As libvirt means them: from the guest's side inbound is what it receives. kB/s; null without limit. */
  inbound: Bandwidth | null
  outbound: Bandwidth | null
  vlan: { trunk: boolean; tags: number[]; native: number | null } | null
  bootOrder: number | null
  /** `ua-…` is ours or a person's, `net0` libvirt's (running only). */
  alias: string | null
}

export interface Bandwidth {
  averageKBps: number
  peakKBps: number | null
  burstKB: number | null
}

export interface DomainDisk {
  /** `vda`, `sda`, …: tells disks of a domain apart. */
  target: string
  device: 'disk' | 'cdrom' | 'floppy' | 'lun'
  bus: string
  /** Path, or `pool/volume`, or a network source's name. Null: an empty drive. */
  source: string | null
  sourceKind: string
  pool: string | null
  volume: string | null
  /** `qcow2`, `raw`, … */
  format: string | null
  cache: string | null
  io: string | null
  discard: string | null
  ioThread: number | null
  readOnly: boolean
  shareable: boolean
  serial: string | null
  /** Paths below it, nearest first; only in live XML. */
  backing: string[]
  limits: {
    readBytesPerSecond: number | null
    writeBytesPerSecond: number | null
    readIops: number | null
    writeIops: number | null
  }
  bootOrder: number | null
}

export interface DomainGraphics {
  kind: string
  /** TCP; null while off, or when it listens on a socket alone. */
  port: number | null
  listen: string | null
  socket: string | null
  keymap: string | null
  hasPassword: boolean
}

/** The namespace of what Drawbridge keeps in a domain's `<metadata>`. */
export const metadataNamespace = 'https://drawbridge.dev/xmlns/vm/1'
