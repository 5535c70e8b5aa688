import * as z from 'zod'
import type { PoolConfig } from '../vm/pool.ts'
import { volumeFormats } from '../vm/volume.ts'
import { listOf } from './page.ts'

/** `/hosts/{host}/pools` and `/hosts/{host}/images`. What may be made is judged by lib/vm/pool.ts and volume.ts. */

const word = z.string().trim().max(255)
const place = z.string().trim().max(512)
const nullableText = z.string().nullable()
const nullableNumber = z.number().nullable()
const bytes = z.number().int().nonnegative()

export const poolConfigSchema = z.discriminatedUnion('kind', [
  z.object({ name: word, kind: z.literal('dir'), path: place }),
  z.object({ name: word, kind: z.literal('logical'), volumeGroup: word }),
  z.object({ name: word, kind: z.literal('netfs'), host: word, export: place, path: place }),
  z.object({ name: word, kind: z.literal('zfs'), dataset: word }),
]) satisfies z.ZodType<PoolConfig>
export const newPoolSchema = z.intersection(
  poolConfigSchema,
  z.object({
    /** With the host. */
    autostart: z.boolean().default(true),
  }),
)
export type NewPool = z.input<typeof newPoolSchema>
export const patchPoolSchema = z.object({ autostart: z.boolean() })

/** Who needs a volume: a VM by its disk or as what its disk lies over, or another volume that lies over it. */
export const volumeUserSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('vm'),
    uuid: z.string(),
    name: z.string(),
    running: z.boolean(),
    /** `file`: its definition names it elsewhere, as a kernel or firmware. */
    as: z.enum(['disk', 'cdrom', 'backing', 'file']),
  }),
  z.object({ kind: z.literal('volume'), pool: z.string(), name: z.string() }),
])
export type VolumeUser = z.infer<typeof volumeUserSchema>

export const volumeSchema = z
  .object({
    name: z.string(),
    pool: z.string(),
    /** `file`, `block`, `dir`, `network` */
    kind: z.string(),
    path: nullableText,
    format: nullableText,
    /** What a guest sees. */
    capacityBytes: z.number(),
    /** What it takes of the pool now. */
    allocationBytes: z.number(),
    backing: z.object({ path: z.string(), format: nullableText }).nullable(),
    usedBy: z.array(volumeUserSchema),
  })
  .meta({ id: 'Volume' })
export type Volume = z.infer<typeof volumeSchema>
export const volumeListSchema = listOf(volumeSchema)

export const poolSchema = z
  .object({
    uuid: z.string(),
    name: z.string(),
    kind: z.string(),
    state: z.enum(['inactive', 'building', 'running', 'degraded', 'inaccessible']),
    autostart: z.boolean(),
    persistent: z.boolean(),
    path: nullableText,
    /** Where it comes from: server and export, volume group, dataset, devices. */
    source: nullableText,
    /** Null while it does not run. */
    capacityBytes: nullableNumber,
    allocationBytes: nullableNumber,
    availableBytes: nullableNumber,
    volumes: nullableNumber,
    /** VMs with a disk in it. */
    vms: z.array(z.object({ uuid: z.string(), name: z.string(), running: z.boolean() })),
    /** Images can be put into it: its volumes are files. */
    holdsImages: z.boolean(),
    xml: z.string(),
  })
  .meta({ id: 'StoragePool' })
export type StoragePool = z.infer<typeof poolSchema>
export const poolListSchema = listOf(poolSchema).extend({
  /** The kinds of pools this host's libvirt can do, of those Drawbridge makes. */
  offered: z.array(z.string()),
})
export type PoolList = z.infer<typeof poolListSchema>

export const newVolumeSchema = z.object({
  name: word,
  capacityBytes: bytes,
  /** Null: the pool's own. */
  format: z.enum(volumeFormats).nullable().default(null),
  /** All of it at once instead of as it is written. */
  preallocate: z.boolean().default(false),
})
export type NewVolume = z.input<typeof newVolumeSchema>
export const resizeVolumeSchema = z.object({
  /** Larger than it is: what shrinks loses data, and is not done. */
  capacityBytes: bytes,
})
export const cloneVolumeSchema = z.object({
  name: word,
  /** Into which pool; default: the same. */
  pool: word.nullable().default(null),
  /** Converted to it; default: as it is. */
  format: z.enum(volumeFormats).nullable().default(null),
})
export type CloneVolume = z.input<typeof cloneVolumeSchema>

export const imageSchema = z
  .object({
    name: z.string(),
    pool: z.string(),
    path: z.string(),
    /** What to do with it: boot from it, or copy a disk from it. */
    kind: z.enum(['iso', 'disk']),
    format: z.string(),
    /** What a guest sees. */
    virtualBytes: z.number(),
    /** What it takes of the pool. */
    sizeBytes: z.number(),
    usedBy: z.array(volumeUserSchema),
  })
  .meta({ id: 'Image' })
export type Image = z.infer<typeof imageSchema>
export const imageListSchema = listOf(imageSchema).extend({
  /** Uploads and fetches that were begun and have not ended. */
  unfinished: z.array(
    z.object({
      id: z.string(),
      pool: z.string(),
      name: z.string(),
      sizeBytes: nullableNumber,
      receivedBytes: z.number(),
    }),
  ),
})
export type ImageList = z.infer<typeof imageListSchema>

const hex = z.string().trim().toLowerCase()
/** A sum that the vendor of an image publishes. */
export const checksumSchema = z.union([
  z.object({ algorithm: z.literal('sha256'), value: hex.regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 digits 0–9, a–f.') }),
  z.object({
    algorithm: z.literal('sha512'),
    value: hex.regex(/^[0-9a-f]{128}$/, 'A SHA-512 has 128 digits 0–9, a–f.'),
  }),
])
export type Checksum = z.infer<typeof checksumSchema>

export const beginUploadSchema = z.object({
  name: word,
  sizeBytes: bytes.max(64 * 1024 ** 4),
  /** Anything that is the same for the same content: an upload that was cut is found again by it. */
  fingerprint: z.string().min(1).max(500),
})
export const finishUploadSchema = z.object({
  /** Compared on the host with all that came. */
  checksum: checksumSchema.nullable().default(null),
})
export const uploadSchema = z
  .object({
    id: z.string(),
    pool: z.string(),
    name: z.string(),
    sizeBytes: z.number(),
    /** On the host's disk: the next chunk begins here. */
    receivedBytes: z.number(),
    /** A good size of a chunk; 16 MiB at most. */
    chunkBytes: z.number(),
  })
  .meta({ id: 'ImageUpload' })
export type Upload = z.infer<typeof uploadSchema>

export const fetchImageSchema = z.object({
  pool: word,
  /** Default: the last part of the address. */
  name: word.nullable().default(null),
  url: z.string().trim().max(2000),
  /** What it must be: a sum, or where the vendor publishes it. Null: whatever comes. */
  checksum: z
    .union([
      checksumSchema,
      z.object({ algorithm: z.enum(['sha256', 'sha512']), sumsUrl: z.string().trim().max(2000) }),
    ])
    .nullable()
    .default(null),
})
export type FetchImage = z.input<typeof fetchImageSchema>

export const catalogueSchema = listOf(
  z
    .object({
      id: z.string(),
      vendor: z.string(),
      title: z.string(),
      name: z.string(),
      url: z.string(),
      sumsUrl: z.string(),
      algorithm: z.enum(['sha256', 'sha512']),
    })
    .meta({ id: 'CatalogueImage' }),
)
