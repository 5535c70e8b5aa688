import * as z from 'zod'
import { nameText } from '../facts/text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { isUnfinished } from './volume.ts'

/** Files of images: what they are called, what is inside, and what is not to be taken. */

export const imageFormats = ['qcow2', 'raw', 'vmdk'] as const
export type ImageFormat = (typeof imageFormats)[number]

const packed = /\.(?:xz|gz|bz2|zst|lz4|zip|7z|rar|tar|tgz|ova|ovf)$/i

/** Why a file of this name is not taken as an image, or null. */
export const imageNameRefusal = (name: string): string | null =>
  packed.test(name)
    ? `${name} is packed. Unpack it first and take what is in it: an ISO, a qcow2, raw or vmdk disk.`
    : null

/** The formats a file of this name may have; Ubuntu calls its qcow2 images .img. */
export function expectedFormats(name: string): readonly ImageFormat[] {
  if (/\.qcow2?$/i.test(name)) return ['qcow2']
  if (/\.vmdk$/i.test(name)) return ['vmdk']
  if (/\.(?:iso|raw)$/i.test(name)) return ['raw']
  return ['qcow2', 'raw']
}

export interface ImageFacts {
  format: ImageFormat
  virtualBytes: number
}

const infoSchema = z.object({
  format: z.string(),
  'virtual-size': z.number().int().nonnegative(),
  encrypted: z.boolean().optional(),
  'dirty-flag': z.boolean().optional(),
  'backing-filename': z.string().optional(),
  'full-backing-filename': z.string().optional(),
  'format-specific': z
    .object({
      data: z
        .object({
          'data-file': z.string().optional(),
          corrupt: z.boolean().optional(),
          extents: z.array(z.object({ filename: z.string().optional() })).optional(),
        })
        .optional(),
    })
    .optional(),
})

/**
 * What `qemu-img info --output=json` says of a file that came from outside. Anything that would make QEMU open another
 * file of the host is refused. @param path of the file itself. Errors: a sentence.
 */
export function readImageInfo(json: string, path: string, formats: readonly ImageFormat[]): Result<ImageFacts> {
  let parsed: z.ZodSafeParseResult<z.infer<typeof infoSchema>>
  try {
    parsed = infoSchema.safeParse(JSON.parse(json))
  } catch {
    return err('qemu-img did not say what is in the file.')
  }
  if (!parsed.success) return err('qemu-img did not say what is in the file.')
  const info = parsed.data
  const format = formats.find((one) => one === info.format)
  if (format === undefined)
    return err(
      `The file is ${nameText(info.format, 32)} inside, but ${formats.join(' or ')} was expected. Give it the right ending, or convert it.`,
    )
  const details = info['format-specific']?.data
  const backing = info['backing-filename'] ?? info['full-backing-filename']
  if (backing !== undefined)
    return err(`The image lies over another file (${nameText(backing, 200)}), which is not in it. Flatten it first.`)
  if (details?.['data-file'] !== undefined)
    return err(`The image keeps its data in another file (${nameText(details['data-file'], 200)}). Convert it first.`)
  if (details?.extents?.some(({ filename }) => filename !== undefined && filename !== path) === true)
    return err('The VMDK is made of several files. Convert it to one (monolithic or stream-optimized) first.')
  if (info.encrypted === true) return err('The image is encrypted. Decrypt it first.')
  if (details?.corrupt === true) return err('The image says of itself that it is corrupt. Repair it first.')
  return ok({ format, virtualBytes: info['virtual-size'] })
}

/** xz, gzip, zip */
const magics = [
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x1f, 0x8b],
  [0x50, 0x4b, 0x03, 0x04],
]

const chainSchema = z.array(
  z.object({ 'full-backing-filename': z.string().optional(), 'backing-filename': z.string().optional() }),
)

/** What a disk lies over, nearest first, of `qemu-img info --backing-chain --output=json`; only paths of the host. */
export function readBackingChain(json: string): string[] {
  let parsed: z.ZodSafeParseResult<z.infer<typeof chainSchema>>
  try {
    parsed = chainSchema.safeParse(JSON.parse(json))
  } catch {
    return []
  }
  return (parsed.data ?? [])
    .slice(0, 64)
    .flatMap((one) => one['full-backing-filename'] ?? one['backing-filename'] ?? [])
    .filter((path) => path.startsWith('/'))
}

/**
 * What the first 34 kB tell that qemu-img does not: to it everything it does not know is raw.
 * Null when nothing speaks against it.
 */
export function contentRefusal(name: string, head: Uint8Array): string | null {
  const text = (from: number, length: number) => new TextDecoder('latin1').decode(head.subarray(from, from + length))
  const start = text(0, 256).trimStart().toLowerCase()
  if (start.startsWith('<!doctype') || start.startsWith('<html') || start.startsWith('<?xml'))
    return 'This is a web page, not an image: perhaps an error, or a page to sign in. Check the address.'
  if (magics.some((magic) => magic.every((byte, index) => head[index] === byte)))
    return 'The file is packed (xz, gzip or zip). Unpack it first and take what is in it.'
  // Where volume descriptors begin: ISO 9660, or UDF alone.
  const isDisc = ['CD001', 'BEA01'].includes(text(32_769, 5))
  if (/\.iso$/i.test(name) && !isDisc) return 'The file ends in .iso but is no disc image: it is cut short, or not one.'
  return null
}
export const headBytes = 34_816

/** An upload that has not ended, told by the name of its file alone: it outlives everything but its host’s disk. */
export interface Unfinished {
  name: string
  /** 0: not known. */
  sizeBytes: number
  /** Same content, same fingerprint. */
  fingerprint: string
}

export const unfinishedName = ({ name, sizeBytes, fingerprint }: Unfinished): string =>
  `${unfinishedId({ name, sizeBytes, fingerprint })}.part`
export const unfinishedId = ({ name, sizeBytes, fingerprint }: Unfinished): string =>
  `${name}.${sizeBytes}.${fingerprint}`

export function parseUnfinished(fileName: string): Unfinished | null {
  if (!isUnfinished(fileName)) return null
  const match = /^(.{1,126})\.(\d{1,15})\.([0-9a-f]{8,64})\.part$/.exec(fileName)
  if (match === null) return null
  const [, name = '', size = '', fingerprint = ''] = match
  return { name, sizeBytes: Number(size), fingerprint }
}
