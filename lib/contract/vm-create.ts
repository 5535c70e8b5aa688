import * as z from 'zod'
import { jobSchema } from './jobs.ts'
import { listOf } from './page.ts'

/**
 * Making VMs: `POST /vms`, its dry run `POST /vms/plan`, and what may be chosen, `GET /vms/choices`. What values must be
 * is judged by lib/vm/create-check.ts, with sentences, against what the chosen host really has.
 */

const nullableText = z.string().nullable()
const nullableNumber = z.number().nullable()
const word = z.string().trim().min(1).max(255)
const sizeBytes = z
  .number()
  .int()
  .positive()
  .max(2 ** 52)
const path = z.string().min(2).max(4096)

export const firmwares = ['bios', 'uefi', 'uefi-secure'] as const
export const bootClasses = ['disk', 'cdrom', 'network'] as const
export const newDiskBuses = ['virtio', 'scsi', 'sata'] as const
export const newDiskFormats = ['qcow2', 'raw'] as const
export const nicModels = ['virtio', 'e1000e', 'e1000', 'rtl8139'] as const

const whole = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const limits = z.object({
  readBytesPerSecond: whole.nullable().default(null),
  writeBytesPerSecond: whole.nullable().default(null),
  readIops: whole.nullable().default(null),
  writeIops: whole.nullable().default(null),
})
const asDisk = {
  bus: z.enum(newDiskBuses).default('virtio'),
  cache: z.enum(['none', 'writethrough', 'writeback', 'directsync', 'unsafe']).nullable().default(null),
  io: z.enum(['native', 'threads', 'io_uring']).nullable().default(null),
  discard: z.enum(['unmap', 'ignore']).nullable().default('unmap'),
  /** Its I/O in a thread of its own. For virtio and scsi. */
  ioThread: z.boolean().default(false),
  limits: limits.nullable().default(null),
}
/** Null: the pool of the host with the most free space. */
const pool = word.nullable().default(null)
/** Of the volume that is made. Null: after the VM and the disk, `web1-vda.qcow2`. One that is there is never touched. */
const volumeName = word.nullable().default(null)

export const newVmDiskSchema = z.discriminatedUnion('from', [
  /** An empty one. */
  z.object({
    from: z.literal('new'),
    pool,
    volume: volumeName,
    sizeBytes,
    format: z.enum(newDiskFormats).default('qcow2'),
    ...asDisk,
  }),
  /** From a volume that stays as it is: copied, or as the base of a qcow2 that holds only what differs. */
  z.object({
    from: z.literal('image'),
    /** Where the image is. Null: any pool of the host that has one of that name. */
    imagePool: word.nullable().default(null),
    image: word,
    mode: z.enum(['copy', 'linked']).default('linked'),
    pool,
    volume: volumeName,
    /** Null: as large as the image. It can only be larger. */
    sizeBytes: sizeBytes.nullable().default(null),
    /** Of a copy; what is linked is qcow2. */
    format: z.enum(newDiskFormats).default('qcow2'),
    ...asDisk,
  }),
  /** A volume that is there already; the VM writes to it itself. */
  z.object({ from: z.literal('volume'), pool: word, volume: word, ...asDisk }),
  /** A file of the host (qcow2, raw, vmdk), converted into a new volume. */
  z.object({
    from: z.literal('import'),
    path,
    /** Null: by what the file says of itself. Raw is never guessed: a file that names no format is refused. */
    sourceFormat: z.enum(['qcow2', 'raw', 'vmdk']).nullable().default(null),
    pool,
    volume: volumeName,
    sizeBytes: sizeBytes.nullable().default(null),
    format: z.enum(newDiskFormats).default('qcow2'),
    ...asDisk,
  }),
  /** A CD drive with an ISO in it, or empty. */
  z.object({
    from: z.literal('iso'),
    pool: word.nullable().default(null),
    volume: word.nullable().default(null),
    bus: z.enum(['sata', 'scsi']).default('sata'),
  }),
])
export type NewVmDisk = z.output<typeof newVmDiskSchema>

/** As libvirt means it: inbound is what the guest receives. */
const rate = z.object({
  averageKBps: whole,
  peakKBps: whole.nullable().default(null),
  burstKB: whole.nullable().default(null),
})
/** One tag without trunk: the guest sees untagged frames. A trunk: tagged ones, and untagged those of `native`. */
const vlan = z.object({
  trunk: z.boolean().default(false),
  tags: z.array(z.number().int()).min(1).max(256),
  native: z.number().int().nullable().default(null),
})
const topology = z.object({
  sockets: z.number().int().min(1).max(1024),
  cores: z.number().int().min(1).max(1024),
  threads: z.number().int().min(1).max(64),
})

export const newVmNicSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bridge'), bridge: word }),
  z.object({ kind: z.literal('network'), network: word, portGroup: word.nullable().default(null) }),
  /** macvtap: neither the host nor its bridges reach the VM over it. */
  z.object({
    kind: z.literal('direct'),
    device: word,
    mode: z.enum(['bridge', 'vepa', 'private', 'passthrough']).default('bridge'),
  }),
  /** The bridge of the host that leads to its LAN; for presets that fit several hosts. */
  z.object({ kind: z.literal('lan') }),
])
export const newVmNicSchema = z.object({
  source: newVmNicSourceSchema,
  model: z.enum(nicModels).default('virtio'),
  /** Null: one is made that no known VM or host has. */
  mac: z.string().trim().toLowerCase().max(32).nullable().default(null),
  vlan: vlan.nullable().default(null),
  /** Null: one per vCPU, eight at most. */
  queues: z.number().int().nullable().default(null),
  rxRing: z.number().int().nullable().default(null),
  txRing: z.number().int().nullable().default(null),
  /** Null: the bridge's. */
  mtu: z.number().int().nullable().default(null),
  linkUp: z.boolean().default(true),
  inbound: rate.nullable().default(null),
  outbound: rate.nullable().default(null),
  /** An nwfilter, e.g. `clean-traffic`. */
  filter: word.nullable().default(null),
  isolated: z.boolean().default(false),
})
export type NewVmNic = z.output<typeof newVmNicSchema>

/** How one NIC gets its addresses; the guest tells it by its MAC. NICs that are not named use DHCP. */
export const guestNetworkSchema = z.object({
  /** Which of `nics`, from 0. */
  nic: z.number().int().min(0).max(63),
  dhcp4: z.boolean().default(true),
  dhcp6: z.boolean().default(false),
  /** With prefix: `192.0.2.7/24`. */
  addresses: z.array(z.string().trim().max(64)).max(32).default([]),
  gateway4: z.string().trim().max(64).nullable().default(null),
  gateway6: z.string().trim().max(64).nullable().default(null),
  nameservers: z.array(z.string().trim().max(64)).max(8).default([]),
  search: z.array(z.string().trim().max(253)).max(8).default([]),
})
export type GuestNetwork = z.output<typeof guestNetworkSchema>

const guestSetup = {
  /** Null: the VM's name. */
  hostname: z.string().trim().max(253).nullable().optional(),
  /** Who may sign in; may use sudo. Null: the image's own user. */
  user: z.string().trim().max(32).nullable().optional(),
  sshKeys: z.array(z.string().trim().min(1).max(8192)).max(64).optional(),
  packages: z.array(z.string().trim().min(1).max(128)).max(128).optional(),
  /** A whole user-data of one's own instead of what the fields above make; checked, never changed. */
  userData: z.string().max(60_000).nullable().optional(),
  networks: z.array(guestNetworkSchema).max(64).optional(),
}
/** cloud-init by a NoCloud seed: an ISO image that is made with the VM. */
export const cloudInitSchema = z.object({
  ...guestSetup,
  /** Or its hash, `$6$…`. Only a hash reaches the guest; neither is kept here. */
  password: z.string().min(1).max(256).nullable().optional(),
})
/** Without a password: a preset is read by everybody. */
export const presetCloudInitSchema = z.object(guestSetup)

const vcpus = z.number().int().min(1).max(4096)
const fields = {
  /** `auto`: KVM where it really works, else emulated, with a warning. */
  type: z.enum(['auto', 'kvm', 'qemu']),
  vcpus,
  /** Up to which they can be plugged in. Null: as many as it starts with. */
  maxVcpus: vcpus.nullable(),
  topology: topology.nullable(),
  memoryBytes: sizeBytes,
  /** `q35`, `pc`, or one of the host's own names. */
  machine: z.string().trim().min(1).max(64),
  firmware: z.enum(firmwares),
  tpm: z.boolean(),
  /** `host-passthrough`, `host-model`, `maximum` or a model's name. Null: what suits the type. */
  cpu: z.string().trim().min(1).max(64).nullable(),
  disks: z.array(newVmDiskSchema).max(32),
  nics: z.array(newVmNicSchema).max(32),
  /** What is tried, in order. */
  boot: z.array(z.enum(bootClasses)).min(1).max(3),
  vnc: z.boolean(),
  keymap: z.string().trim().max(16).nullable(),
  serial: z.boolean(),
  /** The channel for the guest agent. */
  agent: z.boolean(),
  autostart: z.boolean(),
  start: z.boolean(),
  title: z.string().trim().max(200).nullable(),
  notes: z.string().max(10_000),
  tags: z.array(z.string().trim().min(1).max(64)).max(64),
  owner: z.string().trim().max(255).nullable(),
}

/** What is absent is the preset's, else the default. `disks` and `nics` replace a preset's altogether, `cloudInit` by its parts. */
export const newVmSchema = z.object({
  name: z.string().trim().min(1).max(255),
  /** Id or name. Null: the one that fits best. */
  host: word.nullable().default(null),
  /** Id or name. */
  preset: word.nullable().default(null),
  ...z.object(fields).partial().shape,
  cloudInit: cloudInitSchema.nullable().optional(),
})
export type NewVm = z.input<typeof newVmSchema>
export type AskedVm = z.output<typeof newVmSchema>

/** What a preset says of a VM. */
export const presetSpecSchema = z.object({
  ...z.object(fields).partial().shape,
  cloudInit: presetCloudInitSchema.nullable().optional(),
})
export type PresetSpec = z.output<typeof presetSpecSchema>

/** A disk as it will be. */
const plannedDiskSchema = z.object({
  target: z.string(),
  device: z.enum(['disk', 'cdrom']),
  bus: z.string(),
  from: z.enum(['new', 'image', 'volume', 'import', 'iso', 'seed']),
  mode: z.enum(['copy', 'linked']).nullable(),
  /** Null: an empty drive. */
  pool: nullableText,
  volume: nullableText,
  path: nullableText,
  /** Image, volume or file that it is made from. */
  source: nullableText,
  sizeBytes: nullableNumber,
  format: nullableText,
})
const plannedNicSchema = z.object({
  mac: z.string(),
  source: z.string(),
  model: z.string(),
  queues: z.number(),
  mtu: nullableNumber,
})

const noteSchema = z.object({ field: nullableText, message: z.string() })
export const vmPlanSchema = z
  .object({
    name: z.string(),
    /** Null: no host fits, and `refusals` say why. */
    host: z.object({ id: z.string(), name: z.string(), reason: z.string() }).nullable(),
    /** What each host was judged by, best first; one when the host was named. */
    candidates: z.array(z.object({ id: z.string(), name: z.string(), fits: z.boolean(), reason: z.string() })),
    type: z.enum(['kvm', 'qemu']),
    vcpus: z.number(),
    maxVcpus: z.number(),
    memoryBytes: z.number(),
    machine: z.string(),
    firmware: z.enum(firmwares),
    cpu: nullableText,
    disks: z.array(plannedDiskSchema),
    nics: z.array(plannedNicSchema),
    /** The guest's first documents, without the password. */
    cloudInit: z.object({ metaData: z.string(), userData: z.string(), networkConfig: z.string() }).nullable(),
    xml: z.string(),
    steps: z.array(z.object({ id: z.string(), title: z.string() })),
    /** What would do the same by hand on the host. */
    commands: z.array(z.string()),
    warnings: z.array(noteSchema),
    /** Empty: it can be made. */
    refusals: z.array(noteSchema),
  })
  .meta({ id: 'VmPlan' })
export type VmPlan = z.infer<typeof vmPlanSchema>

export const startedVmSchema = z
  .object({
    job: jobSchema,
    vm: z.object({ id: z.string(), name: z.string(), host: z.object({ id: z.string(), name: z.string() }) }),
    /** What to know of it, in sentences. */
    notes: z.array(z.string()),
  })
  .meta({ id: 'StartedVm' })
export type StartedVm = z.infer<typeof startedVmSchema>

// What may be chosen

export const hostChoicesSchema = z
  .object({
    host: z.object({ id: z.string(), name: z.string() }),
    kvm: z.object({ usable: z.boolean(), reason: z.string() }),
    threads: z.number(),
    memoryBytes: z.number(),
    availableMemoryBytes: nullableNumber,
    architecture: z.string(),
    maxVcpus: z.number(),
    /** From 11.0 on libvirt itself puts a port of a Linux bridge into its VLANs; before, Drawbridge does at each start. */
    libvirtVersion: nullableText,
    /** Aliases first: `q35`, `pc`. */
    machines: z.array(z.string()),
    firmwares: z.array(z.enum(firmwares)),
    tpm: z.boolean(),
    /** Modes and models that it can run, by KVM or, without it, emulated. */
    cpus: z.array(z.string()),
    bridges: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['linux', 'ovs']),
        mtu: z.number(),
        up: z.boolean(),
        carrier: z.boolean().nullable(),
        /** Only such a bridge keeps VLANs apart. */
        vlanAware: z.boolean(),
        defaultPvid: nullableNumber,
        /** VLANs that its uplinks carry. */
        vlans: z.array(z.number()),
        uplinks: z.array(z.string()),
        /** What `lan` means on this host. */
        isLan: z.boolean(),
      }),
    ),
    networks: z.array(
      z.object({
        name: z.string(),
        active: z.boolean(),
        mode: z.string(),
        bridge: nullableText,
        mtu: nullableNumber,
        portGroups: z.array(z.string()),
      }),
    ),
    /** For macvtap. */
    devices: z.array(z.object({ name: z.string(), mtu: z.number(), carrier: z.boolean().nullable() })),
    filters: z.array(z.string()),
    pools: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        active: z.boolean(),
        path: nullableText,
        capacityBytes: nullableNumber,
        availableBytes: nullableNumber,
        /** Of volumes that can be made in it. */
        formats: z.array(z.string()),
      }),
    ),
    images: z.array(
      z.object({
        pool: z.string(),
        volume: z.string(),
        path: z.string(),
        kind: z.enum(['disk', 'iso']),
        format: nullableText,
        capacityBytes: z.number(),
        allocationBytes: z.number(),
        /** VMs of this host that have it as a disk. */
        usedBy: z.array(z.string()),
        /** VMs and volumes that lie over it: whoever writes to it breaks them. */
        baseOf: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'HostChoices' })
export type HostChoices = z.infer<typeof hostChoicesSchema>
export const choicesSchema = listOf(hostChoicesSchema).extend({
  /** Hosts that can't be asked, and why. */
  gaps: z.array(z.object({ host: z.object({ id: z.string(), name: z.string() }), reason: z.string() })),
  /** Unused by any VM or host that is known. */
  freeMac: z.string(),
})
export type Choices = z.infer<typeof choicesSchema>

// From a VM that is there

export const cloneVmSchema = z.object({
  name: z.string().trim().min(1).max(255),
  /** `full`: every disk is copied. `linked`: its disks become the base of the clone's, so it may not be started any more. */
  mode: z.enum(['full', 'linked']).default('full'),
  /** Where the copies go. Null: beside the originals. */
  pool: word.nullable().default(null),
  start: z.boolean().default(false),
})
export type CloneVm = z.input<typeof cloneVmSchema>

export const templateVmSchema = z.object({
  /** Of the preset and, with it, of the image. */
  name: z.string().trim().min(1).max(64),
  description: z.string().max(2000).default(''),
  pool: word.nullable().default(null),
})
export type TemplateVm = z.input<typeof templateVmSchema>

export const removeVmSchema = z.object({
  /** What is on them is deleted with the VM: each by its target and, word for word, its source. All others stay. */
  disks: z
    .array(z.object({ target: z.string().min(1).max(32), source: z.string().min(1).max(4096) }))
    .max(64)
    .default([]),
  /** Also when it runs: it is forced off first. */
  force: z.boolean().default(false),
  /** Also when it has snapshots, which are forgotten with it. */
  snapshots: z.boolean().default(false),
})
export type RemoveVm = z.input<typeof removeVmSchema>
export const removedVmSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    deleted: z.array(z.string()),
    /** Disks that stay on the host. */
    kept: z.array(z.string()),
    /** Disks that were named and could not be deleted, each with the reason. */
    failed: z.array(z.object({ source: z.string(), reason: z.string() })),
  })
  .meta({ id: 'RemovedVm' })
export type RemovedVm = z.infer<typeof removedVmSchema>
