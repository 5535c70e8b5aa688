import * as z from 'zod'
import { cloudInitSchema } from './vm-create.ts'
import { vmDetailSchema, vmParams } from './vms.ts'

/**
 * Editing VMs: `/vms/{vm}` and, below it, `nics`, `disks` and `definition`. What values must be is judged by
 * lib/vm/nic-check.ts, disk-check.ts and resources-check.ts, with sentences; the same code serves the forms.
 */

const nullableText = z.string().nullable()
const nullableNumber = z.number().nullable()
const word = z.string().trim().min(1).max(255)
const whole = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)

export const etagSchema = z.string().max(100).nullable().default(null)

/**
 * `live`: now what can change while it runs, the rest with the next start. `next-start`: only the definition. `replug`: a
 * NIC or disk is taken out and put back in, so that all of it counts now; the guest loses it for a moment.
 */
export const applyWays = ['live', 'next-start', 'replug'] as const
export type ApplyWay = (typeof applyWays)[number]
const apply = z.enum(applyWays).default('live')

/** Every edit may say from which state it began; somebody else's change in between is a 409 that says what moved. */
const edit = {
  /** `etag` of the VM as it was read. Null: whatever is now. */
  etag: etagSchema,
}

// The VM itself

export const bootDeviceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('disk'), device: word }),
  z.object({ kind: z.literal('nic'), device: word }),
  z.object({ kind: z.literal('class'), class: z.enum(['hd', 'cdrom', 'network', 'fd']) }),
])
export const topologySchema = z.object({
  sockets: z.number().int().min(1).max(1024),
  cores: z.number().int().min(1).max(1024),
  threads: z.number().int().min(1).max(64),
})

/** What is absent stays as it is. */
export const editVmSchema = z.object({
  ...edit,
  title: z.string().trim().max(200).nullable().optional(),
  notes: z.string().max(10_000).optional(),
  tags: z.array(z.string().trim().min(1).max(64)).max(64).optional(),
  owner: z.string().trim().max(255).nullable().optional(),
  autostart: z.boolean().optional(),
  /** That it has now: plugged in or out while it runs, if the guest lets it. */
  vcpus: z.number().int().min(1).max(4096).optional(),
  /** Up to which they can be plugged in; counts from the next start on. */
  maxVcpus: z.number().int().min(1).max(4096).optional(),
  topology: topologySchema.nullable().optional(),
  /** What the guest may use now. */
  memoryBytes: whole.optional(),
  /** Up to which it can grow; counts from the next start on. */
  maxMemoryBytes: whole.optional(),
  /** Devices that are left out are not booted from. */
  bootOrder: z.array(bootDeviceSchema).max(64).optional(),
})
export type EditVm = z.input<typeof editVmSchema>

// What came of it

export const editMoments = ['now', 'next-start'] as const
/** What became of one field. `message` is a sentence, e.g. why it only counts from the next start on; null: nothing to say. */
export const fieldOutcomeSchema = z.object({
  /** Name of the field in the request: `mtu`, `vcpus`, …; `nic` or `disk` for a whole device. */
  field: z.string(),
  when: z.enum(editMoments),
  message: nullableText,
})
export type FieldOutcome = z.infer<typeof fieldOutcomeSchema>

export const editedVmSchema = z
  .object({
    vm: vmDetailSchema,
    /** Of each field that changed. */
    outcome: z.array(fieldOutcomeSchema),
  })
  .meta({ id: 'EditedVm' })
export type EditedVm = z.infer<typeof editedVmSchema>

// NICs

export const nicParams = vmParams.extend({ mac: z.string().min(1).max(32).describe('MAC of the NIC') })

export const macvtapModes = ['bridge', 'vepa', 'private', 'passthrough'] as const
export const nicSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bridge'), bridge: word }),
  z.object({ kind: z.literal('network'), network: word, portGroup: word.nullable().default(null) }),
  z.object({ kind: z.literal('direct'), device: word, mode: z.enum(macvtapModes).default('bridge') }),
])

/** As libvirt means it: inbound is what the guest receives. */
export const nicRateSchema = z.object({
  averageKBps: whole,
  peakKBps: whole.nullable().default(null),
  burstKB: whole.nullable().default(null),
})
/** One tag without trunk: the guest sees untagged frames. A trunk: tagged ones, and untagged those of `native`. */
export const nicVlanSchema = z.object({
  trunk: z.boolean().default(false),
  tags: z.array(z.number().int()).min(1).max(256),
  native: z.number().int().nullable().default(null),
})

const nicFields = {
  source: nicSourceSchema,
  /** `virtio`, `e1000e`, … */
  model: word.nullable(),
  mac: z.string().trim().toLowerCase().max(32).nullable(),
  vlan: nicVlanSchema.nullable(),
  /** Null: one. */
  queues: z.number().int().nullable(),
  rxRing: z.number().int().nullable(),
  txRing: z.number().int().nullable(),
  /** Null: the bridge's. */
  mtu: z.number().int().nullable(),
  linkUp: z.boolean(),
  inbound: nicRateSchema.nullable(),
  outbound: nicRateSchema.nullable(),
  /** An nwfilter, e.g. `clean-traffic`. */
  filter: word.nullable(),
  /** Isolated ports of a bridge do not see each other. */
  isolated: z.boolean(),
  bootOrder: z.number().int().min(1).max(1000).nullable(),
}

export const newNicSchema = z.object({
  ...edit,
  apply,
  source: nicFields.source,
  model: nicFields.model.default('virtio'),
  /** Null: one is made that no known VM or host has. */
  mac: nicFields.mac.default(null),
  vlan: nicFields.vlan.default(null),
  queues: nicFields.queues.default(null),
  rxRing: nicFields.rxRing.default(null),
  txRing: nicFields.txRing.default(null),
  mtu: nicFields.mtu.default(null),
  linkUp: nicFields.linkUp.default(true),
  inbound: nicFields.inbound.default(null),
  outbound: nicFields.outbound.default(null),
  filter: nicFields.filter.default(null),
  isolated: nicFields.isolated.default(false),
  bootOrder: nicFields.bootOrder.default(null),
})
export type NewNic = z.input<typeof newNicSchema>

/** What is absent stays as it is. */
export const editNicSchema = z
  .object({ ...nicFields, mac: nicFields.mac.unwrap() })
  .partial()
  .extend({ ...edit, apply })
export type EditNic = z.input<typeof editNicSchema>

const ifMatch = z.string().max(100).optional().describe('`etag` of the VM as it was read')
export const removeNicQuery = z.object({ etag: ifMatch, apply: z.enum(['live', 'next-start']).default('live') })

export const addedNicSchema = editedVmSchema.extend({ mac: z.string() }).meta({ id: 'AddedNic' })
export type AddedNic = z.infer<typeof addedNicSchema>

/** A NIC as the guest itself sees it, by its agent. */
export const guestNicSchema = z
  .object({
    /** Why the guest could not be asked, or null. The rest is null then. */
    reason: nullableText,
    name: nullableText,
    mtu: nullableNumber,
    linkUp: z.boolean().nullable(),
    rxQueues: nullableNumber,
    txQueues: nullableNumber,
    /** With prefix: `192.0.2.7/24`. */
    addresses: z.array(z.string()),
    /** Where the guest's side is not what the NIC is set to, in sentences. */
    findings: z.array(z.string()),
  })
  .meta({ id: 'GuestNic' })
export type GuestNic = z.infer<typeof guestNicSchema>

// Disks

export const diskParams = vmParams.extend({ target: z.string().min(1).max(32).describe('`vda`, `sda`, …') })

/** A volume or file that exists. It is neither made nor written to by being named here. */
export const diskSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('volume'), pool: word, volume: word }),
  z.object({ kind: z.literal('file'), path: z.string().min(2).max(4096) }),
  z.object({ kind: z.literal('block'), path: z.string().min(2).max(4096) }),
])
export const diskBuses = ['virtio', 'scsi', 'sata', 'usb'] as const
export const diskCaches = ['default', 'none', 'writethrough', 'writeback', 'directsync', 'unsafe'] as const
export const diskIos = ['native', 'threads', 'io_uring'] as const
export const diskDiscards = ['unmap', 'ignore'] as const
export const diskFormats = ['qcow2', 'raw', 'vmdk', 'vdi', 'vhdx', 'vpc', 'qed'] as const

export const diskLimitsSchema = z.object({
  readBytesPerSecond: whole.nullable().default(null),
  writeBytesPerSecond: whole.nullable().default(null),
  readIops: whole.nullable().default(null),
  writeIops: whole.nullable().default(null),
})
const diskFields = {
  bus: z.enum(diskBuses),
  cache: z.enum(diskCaches).nullable(),
  io: z.enum(diskIos).nullable(),
  discard: z.enum(diskDiscards).nullable(),
  /** Number of an I/O thread of the VM; it is made if there are fewer. */
  ioThread: z.number().int().min(1).max(64).nullable(),
  readOnly: z.boolean(),
  limits: diskLimitsSchema,
  bootOrder: z.number().int().min(1).max(1000).nullable(),
}

/** An empty volume, made for this VM; it is removed again when it does not become its disk. */
export const newVolumeSourceSchema = z.object({
  kind: z.literal('new'),
  pool: word,
  /** Null: after the VM and the disk, `web1-vdb.qcow2`. One that is there is never touched. */
  volume: word.nullable().default(null),
  sizeBytes: z
    .number()
    .int()
    .positive()
    .max(2 ** 52),
  /** Volumes of LVM and ZFS are raw. */
  format: z.enum(['qcow2', 'raw']).default('qcow2'),
})
export const newDiskSchema = z.object({
  ...edit,
  apply: z.enum(['live', 'next-start']).default('live'),
  device: z.enum(['disk', 'cdrom']).default('disk'),
  /** Null: an empty drive, for `cdrom` alone. */
  source: z.union([diskSourceSchema, newVolumeSourceSchema]).nullable(),
  bus: diskFields.bus.default('virtio'),
  /** Null: as the volume says. A raw disk's content is never guessed at. */
  format: z.enum(diskFormats).nullable().default(null),
  cache: diskFields.cache.default(null),
  io: diskFields.io.default(null),
  discard: diskFields.discard.default(null),
  ioThread: diskFields.ioThread.default(null),
  readOnly: diskFields.readOnly.default(false),
  limits: diskLimitsSchema.nullable().default(null),
  bootOrder: diskFields.bootOrder.default(null),
})
export type NewDisk = z.input<typeof newDiskSchema>

/** What is absent stays as it is. */
export const editDiskSchema = z
  .object(diskFields)
  .partial()
  .extend({ ...edit, apply: z.enum(['live', 'next-start']).default('live') })
export type EditDisk = z.input<typeof editDiskSchema>

export const addedDiskSchema = editedVmSchema.extend({ target: z.string() }).meta({ id: 'AddedDisk' })
export type AddedDisk = z.infer<typeof addedDiskSchema>

export const removeDiskQuery = z.object({
  etag: ifMatch,
  apply: z.enum(['live', 'next-start']).default('live'),
  deleteVolume: z
    .string()
    .max(4096)
    .optional()
    .describe('The disk’s `source`, word for word: what is on it is deleted too. Without it the volume stays.'),
})
export const insertMediaSchema = z.object({ ...edit, source: diskSourceSchema })
export type InsertMedia = z.input<typeof insertMediaSchema>
export const ejectMediaSchema = z.object({
  ...edit,
  /** Also when the guest has locked its drive. */
  force: z.boolean().default(false),
})
export const resizeDiskSchema = z.object({
  ...edit,
  /** Larger than it is: a disk never shrinks. */
  sizeBytes: whole,
})
export type ResizeDisk = z.input<typeof resizeDiskSchema>

// The definition itself

export const diffLineSchema = z.object({
  /** `gap`: unchanged lines that are left out. */
  kind: z.enum(['same', 'removed', 'added', 'gap']),
  text: z.string(),
})
export type DiffLine = z.infer<typeof diffLineSchema>

const xml = z.string().min(1).max(200_000)
export const definitionSchema = z
  .object({
    /** Without secrets; those that are there stay when it is sent back without them. */
    xml: z.string(),
    etag: z.string(),
    /** What runs; null while it does not. */
    runningXml: nullableText,
    /** From what runs to what is defined. Empty while it does not run. */
    pending: z.array(diffLineSchema),
  })
  .meta({ id: 'VmDefinition' })
export type VmDefinition = z.infer<typeof definitionSchema>

export const putDefinitionSchema = z.object({
  xml,
  etag: etagSchema,
  /** libvirt's schema: without it, what libvirt does not know vanishes in silence. */
  validate: z.boolean().default(true),
})
export type PutDefinition = z.input<typeof putDefinitionSchema>
export const storedDefinitionSchema = editedVmSchema
  .extend({
    /** From what was defined before to what is now: libvirt fills in and reorders. */
    diff: z.array(diffLineSchema),
  })
  .meta({ id: 'StoredDefinition' })
export type StoredDefinition = z.infer<typeof storedDefinitionSchema>

export const checkDefinitionSchema = z.object({ xml })
export const checkedDefinitionSchema = z
  .object({
    /** Empty: it may be stored. */
    errors: z.array(z.object({ line: nullableNumber, message: z.string() })),
    /** False: the host has no tool for it; libvirt itself checks when it is stored. */
    schemaChecked: z.boolean(),
    /** From what is defined to this. */
    diff: z.array(diffLineSchema),
  })
  .meta({ id: 'CheckedDefinition' })
export type CheckedDefinition = z.infer<typeof checkedDefinitionSchema>

// What may be chosen

export const vmChoicesSchema = z
  .object({
    bridges: z.array(
      z.object({
        name: z.string(),
        /** `ovs`: Open vSwitch. */
        kind: z.enum(['linux', 'ovs']),
        mtu: z.number(),
        up: z.boolean(),
        carrier: z.boolean().nullable(),
        /** Only such a bridge keeps VLANs apart. */
        vlanAware: z.boolean(),
        defaultPvid: nullableNumber,
        /** VLANs that its uplinks carry, so that a tag is of use. */
        vlans: z.array(z.number()),
        /** Adapters, bonds and VLANs below it. Empty: it leads nowhere but to its VMs and the host. */
        uplinks: z.array(z.string()),
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
    devices: z.array(
      z.object({ name: z.string(), mtu: z.number(), carrier: z.boolean().nullable(), master: nullableText }),
    ),
    filters: z.array(z.string()),
    pools: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        active: z.boolean(),
        volumes: z.array(
          z.object({
            name: z.string(),
            path: z.string(),
            format: nullableText,
            capacityBytes: nullableNumber,
            /** By its name or format: something to insert into a drive. */
            isIso: z.boolean(),
            /** Names of VMs of this host that have it as a disk. */
            usedBy: z.array(z.string()),
          }),
        ),
      }),
    ),
    host: z.object({ threads: z.number(), memoryBytes: z.number() }),
    /** Unused by any VM or host that is known. */
    freeMac: z.string(),
  })
  .meta({ id: 'VmChoices' })
export type VmChoices = z.infer<typeof vmChoicesSchema>

// cloud-init

/** What the guest is told at its next boot, as when a VM is made. */
export const againCloudInitSchema = z.object({ ...edit, cloudInit: cloudInitSchema })
export type AgainCloudInit = z.input<typeof againCloudInitSchema>
