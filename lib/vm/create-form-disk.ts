import type { NewVm, PresetSpec } from '../contract/vm-create.ts'
import type { FormReader } from './create-form.ts'
import { sizeText } from './size-text.ts'

export type DiskOf = NonNullable<NewVm['disks']>[number]
type Source = DiskOf['from']

/** A disk as its part of the form holds it; what its kind has no use for is kept, and not sent. */
export interface DiskForm {
  from: Source
  /** Where the new volume goes, or where the chosen one is; '' is for the API to choose. */
  pool: string
  volume: string
  imagePool: string
  image: string
  mode: 'copy' | 'linked'
  path: string
  sourceFormat: '' | NonNullable<(DiskOf & { from: 'import' })['sourceFormat']>
  size: string
  format: 'qcow2' | 'raw'
  bus: 'virtio' | 'scsi' | 'sata'
  cache: '' | NonNullable<Made['cache']>
  io: '' | NonNullable<Made['io']>
  discard: '' | NonNullable<Made['discard']>
  ioThread: boolean
  limits: { readBytesPerSecond: string; writeBytesPerSecond: string; readIops: string; writeIops: string }
}

export const blankDisk = (from: Source): DiskForm => ({
  from,
  pool: '',
  volume: '',
  imagePool: '',
  image: '',
  mode: 'linked',
  path: '',
  sourceFormat: '',
  size: from === 'new' ? '20 GiB' : '',
  format: 'qcow2',
  bus: from === 'iso' ? 'sata' : 'virtio',
  cache: '',
  io: '',
  discard: 'unmap',
  ioThread: false,
  limits: { readBytesPerSecond: '', writeBytesPerSecond: '', readIops: '', writeIops: '' },
})

type Said = NonNullable<PresetSpec['disks']>[number] | DiskOf

const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value)

export function diskFormOf(disk: Said): DiskForm {
  const blank = blankDisk(disk.from)
  const bytes = (value: number | null | undefined) => (value === null || value === undefined ? '' : sizeText(value))
  const form: DiskForm = { ...blank, bus: disk.bus ?? blank.bus, pool: text(disk.pool), volume: text(disk.volume) }
  if (disk.from === 'iso') return form
  Object.assign(form, {
    cache: disk.cache ?? '',
    io: disk.io ?? '',
    discard: disk.discard === undefined ? 'unmap' : (disk.discard ?? ''),
    ioThread: disk.ioThread ?? false,
    limits: {
      readBytesPerSecond: bytes(disk.limits?.readBytesPerSecond),
      writeBytesPerSecond: bytes(disk.limits?.writeBytesPerSecond),
      readIops: text(disk.limits?.readIops),
      writeIops: text(disk.limits?.writeIops),
    },
  } satisfies Partial<DiskForm>)
  if (disk.from === 'volume') return form
  Object.assign(form, { size: bytes(disk.sizeBytes), format: disk.format ?? 'qcow2' } satisfies Partial<DiskForm>)
  if (disk.from === 'image')
    Object.assign(form, {
      image: disk.image,
      imagePool: text(disk.imagePool),
      mode: disk.mode ?? 'linked',
    } satisfies Partial<DiskForm>)
  if (disk.from === 'import')
    Object.assign(form, { path: disk.path, sourceFormat: disk.sourceFormat ?? '' } satisfies Partial<DiskForm>)
  return form
}

type Made = DiskOf & { from: 'new' }
/** Of a choice out of few; '' is none of them. */
const orNull = <T extends string>(typed: T | ''): T | null => (typed === '' ? null : typed)

export function diskOf(form: DiskForm, path: string, reader: FormReader): DiskOf {
  const { from } = form
  const pool = orNull(form.pool.trim())
  const volume = orNull(form.volume.trim())
  if (from === 'iso') return { from, pool, volume, bus: form.bus === 'scsi' ? 'scsi' : 'sata' }
  const limits = {
    readBytesPerSecond: reader.size(`${path}.limits.readBytesPerSecond`, form.limits.readBytesPerSecond, 'MiB'),
    writeBytesPerSecond: reader.size(`${path}.limits.writeBytesPerSecond`, form.limits.writeBytesPerSecond, 'MiB'),
    readIops: reader.number(`${path}.limits.readIops`, form.limits.readIops),
    writeIops: reader.number(`${path}.limits.writeIops`, form.limits.writeIops),
  }
  const shared = {
    bus: form.bus,
    cache: orNull(form.cache),
    io: orNull(form.io),
    discard: orNull(form.discard),
    ioThread: form.ioThread,
    limits: Object.values(limits).every((limit) => limit === null) ? null : limits,
  }
  if (from === 'volume') return { from, pool: form.pool, volume: form.volume, ...shared }
  const made = { pool, volume, format: form.format, ...shared }
  if (from === 'new') return { from, ...made, sizeBytes: reader.size(`${path}.size`, form.size || '?') ?? 1 }
  const sizeBytes = reader.size(`${path}.size`, form.size)
  if (from === 'image')
    return {
      from,
      ...made,
      sizeBytes,
      image: form.image,
      imagePool: orNull(form.imagePool),
      mode: form.mode,
      format: form.mode === 'linked' ? 'qcow2' : form.format,
    }
  return {
    from,
    ...made,
    sizeBytes,
    path: form.path.trim(),
    sourceFormat: orNull(form.sourceFormat),
  }
}
