import { nameText } from '../facts/text.ts'
import type { Result } from '../kit/result.ts'
import { appendChild, attribute, content, path, readXml, rewriteXml, sizeBytes } from './xml.ts'

/** What a volume's XML says. Every text is a stranger's: cleaned and limited. */
export interface Volume {
  name: string
  key: string
  /** `file`, `block`, `dir`, `network`, `netdir` */
  kind: string
  path: string | null
  /** `qcow2`, `raw`, `iso`, `vmdk`, …; null where there is none to speak of. */
  format: string | null
  /** What a guest sees. */
  capacityBytes: number
  /** What it takes of the pool now. */
  allocationBytes: number
  /** Of an overlay: what it lies over. */
  backing: { path: string; format: string | null } | null
}

const short = (text: string | null, maxLength: number): string | null =>
  text === null || text === '' ? null : nameText(text, maxLength)

/** Reads a volume's XML as libvirt writes it. Errors: a sentence. */
export function parseVolume(xml: string): Result<Volume> {
  return readXml(xml, 'volume', (volume) => {
    const backing = content(path(volume, 'backingStore', 'path'))
    return {
      name: nameText(path(volume, 'name')?.textContent ?? '', 255),
      key: nameText(path(volume, 'key')?.textContent ?? '', 1024),
      kind: nameText(attribute(volume, 'type') ?? 'file', 32),
      path: short(path(volume, 'target', 'path')?.textContent ?? null, 1024),
      format: short(attribute(path(volume, 'target', 'format'), 'type'), 32),
      capacityBytes: sizeBytes(path(volume, 'capacity'), 'bytes') ?? 0,
      allocationBytes: sizeBytes(path(volume, 'allocation'), 'bytes') ?? 0,
      backing:
        backing === null || backing === ''
          ? null
          : {
              path: nameText(backing, 1024),
              format: short(attribute(path(volume, 'backingStore', 'format'), 'type'), 32),
            },
    }
  })
}

export const volumeFormats = ['qcow2', 'raw'] as const
export type VolumeFormat = (typeof volumeFormats)[number]

/** What a new volume shall be. */
export interface VolumeConfig {
  name: string
  /** Null: the pool's own, of volume groups and ZFS. */
  format: VolumeFormat | null
  /** 0 with a backing file: as large as that. */
  capacityBytes: number
  /** All of it at once instead of as it is written. */
  preallocate?: boolean
  /** Lies over this file, which must not change any more. */
  backing?: { path: string; format: string } | null
}

/** The XML of a new volume. The configuration must have been checked. */
export function buildVolumeXml({ name, format, capacityBytes, preallocate = false, backing }: VolumeConfig): string {
  const built = rewriteXml('<volume/>', 'volume', (volume) => {
    appendChild(volume, 'name').textContent = name
    if (capacityBytes > 0) appendChild(volume, 'capacity', { unit: 'bytes' }).textContent = String(capacityBytes)
    // Without it libvirt writes zeros for all of a raw volume; a volume group has no thin volumes unless it is told so.
    if (!preallocate && format !== null) appendChild(volume, 'allocation', { unit: 'bytes' }).textContent = '0'
    if (format !== null) {
      const target = appendChild(volume, 'target')
      appendChild(target, 'format', { type: format })
      if (format === 'qcow2') appendChild(target, 'compat').textContent = '1.1'
    }
    if (backing === undefined || backing === null) return
    const store = appendChild(volume, 'backingStore')
    appendChild(store, 'path').textContent = backing.path
    appendChild(store, 'format', { type: backing.format })
  })
  if (!built.ok) throw new Error(built.error)
  return built.value
}

const volumeName = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,126}$/

/** Why a volume or image may not be called so, or null. */
export function volumeNameRefusal(name: string): string | null {
  if (!volumeName.test(name))
    return 'A name has letters, digits, dots, dashes, plus signs and underscores, and begins with a letter or digit.'
  if (isUnfinished(name)) return 'Names that end in .part are of uploads that are not finished yet.'
  return null
}

/** A name for what somebody's computer calls a file. */
export const volumeNameOf = (fileName: string): string =>
  fileName
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(-126)
    .replace(/^[^A-Za-z0-9]+/, '')

/** Of an upload or a fetch that has not ended: nothing to use yet. */
export const isUnfinished = (name: string): boolean => name.endsWith('.part')

const mebibyte = 1024 ** 2
export const maxVolumeBytes = 64 * 1024 ** 4

/** Why a volume may not be that large, or null. @param availableBytes of the pool, when it must fit at once */
export function capacityRefusal(capacityBytes: number, availableBytes: number | null = null): string | null {
  if (!Number.isSafeInteger(capacityBytes) || capacityBytes < mebibyte) return 'A volume has 1 MiB at least.'
  if (capacityBytes > maxVolumeBytes) return 'A volume has 64 TiB at most.'
  if (capacityBytes % 512 !== 0) return 'The size must be a multiple of 512 bytes.'
  return availableBytes === null ? null : spaceRefusal(capacityBytes, availableBytes)
}

/** How much is missing, or null when it fits. */
export function spaceRefusal(neededBytes: number, availableBytes: number): string | null {
  if (neededBytes <= availableBytes) return null
  return `There is not enough room: ${sizeText(neededBytes)} are needed, ${sizeText(availableBytes)} are free, ${sizeText(neededBytes - availableBytes)} are missing.`
}

/** `4.2 GiB`, `812 MiB`, `3 KiB`, `0 B`: rounded up, so that what is missing is never too little. */
export function sizeText(bytes: number): string {
  for (const [unit, size] of [
    ['TiB', 1024 ** 4],
    ['GiB', 1024 ** 3],
    ['MiB', mebibyte],
  ] as const)
    if (bytes >= size) return `${(Math.ceil((bytes / size) * 10) / 10).toString()} ${unit}`
  return bytes > 0 ? `${Math.ceil(bytes / 1024)} KiB` : '0 B'
}
