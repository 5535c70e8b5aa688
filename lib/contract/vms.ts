import * as z from 'zod'
import { addressOrigins } from '../vm/addresses.ts'
import { powerActions } from '../vm/power.ts'
import { listOf } from './page.ts'

/** `/vms`: virtual machines over all hosts. What may be edited of them is in vm-edit.ts, making them in vm-create.ts. */

const nullableText = z.string().nullable()
const nullableNumber = z.number().nullable()

/** A UUID, or `host:name` where a name tells it apart or a UUID does not. */
export const vmParams = z.object({
  vm: z.string().min(1).max(320).describe('UUID, or `host:name`, or `host:uuid` where two hosts have the same UUID'),
})

export const vmStates = [
  'running',
  'idle',
  'paused',
  'shutting-down',
  'shut-off',
  'crashed',
  'suspended',
  'unknown',
] as const

export const vmAddressSchema = z.object({
  address: z.string(),
  prefix: nullableNumber,
  mac: z.string(),
  /** The guest agent, a DHCP lease of libvirt, the host's neighbour table, or what the host saw pass by. */
  source: z.enum(addressOrigins),
})
export type VmAddress = z.infer<typeof vmAddressSchema>

const bandwidth = z.object({ averageKBps: z.number(), peakKBps: nullableNumber, burstKB: nullableNumber })

export const vmNicSchema = z.object({
  mac: z.string(),
  sourceKind: z.string(),
  source: nullableText,
  mode: nullableText,
  portGroup: nullableText,
  model: nullableText,
  tap: nullableText,
  queues: nullableNumber,
  rxRing: nullableNumber,
  txRing: nullableNumber,
  mtu: nullableNumber,
  linkUp: z.boolean(),
  filter: nullableText,
  isolated: z.boolean(),
  inbound: bandwidth.nullable(),
  outbound: bandwidth.nullable(),
  vlan: z.object({ trunk: z.boolean(), tags: z.array(z.number()), native: nullableNumber }).nullable(),
  bootOrder: nullableNumber,
  alias: nullableText,
})
export type VmNic = z.infer<typeof vmNicSchema>

export const vmDiskSchema = z.object({
  target: z.string(),
  device: z.enum(['disk', 'cdrom', 'floppy', 'lun']),
  bus: z.string(),
  source: nullableText,
  sourceKind: z.string(),
  pool: nullableText,
  volume: nullableText,
  format: nullableText,
  cache: nullableText,
  io: nullableText,
  discard: nullableText,
  ioThread: nullableNumber,
  readOnly: z.boolean(),
  shareable: z.boolean(),
  serial: nullableText,
  backing: z.array(z.string()),
  limits: z.object({
    readBytesPerSecond: nullableNumber,
    writeBytesPerSecond: nullableNumber,
    readIops: nullableNumber,
    writeIops: nullableNumber,
  }),
  bootOrder: nullableNumber,
})
export type VmDisk = z.infer<typeof vmDiskSchema>

/** With what it holds for the guest, and what it takes on the host now; null where that is not known. */
const sizedDiskSchema = vmDiskSchema.extend({ capacityBytes: nullableNumber, allocationBytes: nullableNumber })

export const vmSchema = z
  .object({
    /** libvirt's UUID. */
    id: z.string(),
    name: z.string(),
    host: z.object({ id: z.string(), name: z.string() }),
    state: z.enum(vmStates),
    /** `kvm`, or `qemu`: emulated, slow. */
    type: z.string(),
    vcpus: z.number(),
    maxVcpus: z.number(),
    memoryBytes: z.number(),
    maxMemoryBytes: z.number(),
    autostart: z.boolean(),
    /** Without a definition it is gone when it stops. */
    persistent: z.boolean(),
    hasSavedState: z.boolean(),
    hasSnapshots: z.boolean(),
    title: nullableText,
    notes: z.string(),
    tags: z.array(z.string()),
    owner: nullableText,
    preset: nullableText,
    image: nullableText,
    nics: z.array(vmNicSchema),
    disks: z.array(sizedDiskSchema),
    /** Of all its disks, media in drives left out; null when that of one is not known. */
    diskCapacityBytes: nullableNumber,
    /** What they take on the host now. */
    diskAllocationBytes: nullableNumber,
    graphics: z.object({ kind: z.string(), keymap: nullableText }).nullable(),
    serial: z.boolean(),
    agent: z.enum(['connected', 'disconnected', 'absent']),
    addresses: z.array(vmAddressSchema),
    /** What Drawbridge does to it at this moment. */
    doing: z.enum(powerActions).nullable(),
    /** The job that does it, where it takes its time. */
    doingJob: nullableText,
    /** When the guest was asked to shut down and has not done so yet, ISO 8601. */
    shutdownAskedAt: nullableText,
    /** When its QEMU stopped answering libvirt, ISO 8601. Null while it answers, or nobody looks. */
    notRespondingSince: nullableText,
    /** Of all its vCPUs, 0 to 100. Null while it is not known, or nobody looks. */
    cpuPercent: nullableNumber,
    /** Of its memory, what the guest says it uses, else what the host gave QEMU for it. */
    memoryUsedBytes: nullableNumber,
    /** What is defined differs from what runs in these; it counts from the next start on. */
    pending: z.array(z.string()),
    /** When this was read from the host, ISO 8601. */
    readAt: z.string(),
    /** Why its host does not answer; all else is then as it was last seen. */
    gap: nullableText,
    /** Of its definition: sent with an edit, somebody else's change in between is a 409. */
    etag: z.string(),
  })
  .meta({ id: 'Vm' })
export type Vm = z.infer<typeof vmSchema>
export const vmListSchema = listOf(vmSchema).extend({
  /** Hosts whose VMs are not in here, or as they were last seen, and why. */
  gaps: z.array(z.object({ host: z.object({ id: z.string(), name: z.string() }), reason: z.string() })),
})
export type VmList = z.infer<typeof vmListSchema>

export const vmDetailSchema = vmSchema
  .extend({
    architecture: z.string(),
    machine: z.string(),
    firmware: z.enum(['bios', 'uefi']),
    secureBoot: z.boolean(),
    tpm: z.boolean(),
    topology: z.object({ sockets: z.number(), cores: z.number(), threads: z.number() }).nullable(),
    cpu: nullableText,
    bootOrder: z.array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('disk'), device: z.string() }),
        z.object({ kind: z.literal('nic'), device: z.string() }),
        z.object({ kind: z.literal('class'), class: z.string() }),
      ]),
    ),
    /** NICs and disks as the definition has them; those above are of what runs. */
    defined: z.object({
      nics: z.array(vmNicSchema),
      disks: z.array(vmDiskSchema),
      vcpus: z.number(),
      maxVcpus: z.number(),
      memoryBytes: z.number(),
      maxMemoryBytes: z.number(),
    }),
    /** As libvirt writes them, without secrets. `running` is null while it does not run. */
    xml: z.object({ defined: z.string(), running: nullableText }),
  })
  .meta({ id: 'VmDetail' })
export type VmDetail = z.infer<typeof vmDetailSchema>
