import {
  diskBuses,
  diskCaches,
  diskDiscards,
  diskFormats,
  diskIos,
  type EditDisk,
  type NewDisk,
} from '../contract/vm-edit.ts'
import type { VmDisk } from '../contract/vms.ts'

/** A disk as its form holds it: texts as they are typed. `''` is "as usual". */
export interface DiskForm {
  device: 'disk' | 'cdrom'
  sourceKind: 'new' | 'volume' | 'file' | 'block' | 'empty'
  pool: string
  volume: string
  path: string
  /** Of a new volume. */
  sizeGib: string
  newFormat: string
  bus: string
  format: string
  cache: string
  io: string
  discard: string
  ioThread: string
  readOnly: boolean
  /** MB/s. */
  readRate: string
  writeRate: string
  readIops: string
  writeIops: string
}
export type DiskFormField = keyof DiskForm

export interface DiskFormError {
  field: DiskFormField
  code: 'needed' | 'formNumber' | 'formPath'
}

const bytesPerMegabyte = 1e6
const bytesPerGibibyte = 1024 ** 3
const oneOf = <T extends string>(list: readonly T[], text: string): T | null => list.find((one) => one === text) ?? null
const textOf = (value: number | string | null): string => (value === null ? '' : String(value))

export const newDiskForm = (device: DiskForm['device']): DiskForm => ({
  device,
  sourceKind: device === 'cdrom' ? 'volume' : 'new',
  pool: '',
  volume: '',
  path: '',
  sizeGib: '20',
  newFormat: 'qcow2',
  // No guest lacks a driver for a SATA drive, and installers look there.
  bus: device === 'cdrom' ? 'sata' : 'virtio',
  format: '',
  cache: '',
  io: '',
  discard: device === 'cdrom' ? '' : 'unmap',
  ioThread: '',
  readOnly: device === 'cdrom',
  readRate: '',
  writeRate: '',
  readIops: '',
  writeIops: '',
})

export const formOfDisk = (disk: VmDisk): DiskForm => ({
  ...newDiskForm(disk.device === 'cdrom' ? 'cdrom' : 'disk'),
  bus: disk.bus,
  format: disk.format ?? '',
  cache: disk.cache ?? '',
  io: disk.io ?? '',
  discard: disk.discard ?? '',
  ioThread: textOf(disk.ioThread),
  readOnly: disk.readOnly,
  readRate: rateText(disk.limits.readBytesPerSecond),
  writeRate: rateText(disk.limits.writeBytesPerSecond),
  readIops: textOf(disk.limits.readIops),
  writeIops: textOf(disk.limits.writeIops),
})

const rateText = (bytes: number | null): string => (bytes === null ? '' : String(bytes / bytesPerMegabyte))

function settingsOf(form: DiskForm, errors: DiskFormError[]) {
  const whole = (field: DiskFormField): number | null => {
    const text = String(form[field]).trim()
    if (text === '') return null
    if (!/^\d{1,9}$/.test(text)) errors.push({ field, code: 'formNumber' })
    return Number(text)
  }
  const rate = (field: DiskFormField): number | null => {
    const text = String(form[field]).trim().replace(',', '.')
    if (text === '') return null
    if (!/^\d{1,9}(\.\d+)?$/.test(text)) errors.push({ field, code: 'formNumber' })
    return Math.round(Number(text) * bytesPerMegabyte)
  }
  return {
    bus: oneOf(diskBuses, form.bus),
    cache: oneOf(diskCaches, form.cache),
    io: oneOf(diskIos, form.io),
    discard: oneOf(diskDiscards, form.discard),
    ioThread: whole('ioThread'),
    readOnly: form.readOnly,
    limits: {
      readBytesPerSecond: rate('readRate'),
      writeBytesPerSecond: rate('writeRate'),
      readIops: whole('readIops'),
      writeIops: whole('writeIops'),
    },
  }
}

/** What is to be plugged in. */
export function sourceOfForm(
  form: Pick<DiskForm, 'sourceKind' | 'pool' | 'volume' | 'path'>,
  errors: DiskFormError[],
): Exclude<NewDisk['source'], { kind: 'new' }> {
  if (form.sourceKind === 'empty' || form.sourceKind === 'new') return null
  if (form.sourceKind === 'volume') {
    if (form.pool === '' || form.volume === '') errors.push({ field: 'volume', code: 'needed' })
    return { kind: 'volume', pool: form.pool, volume: form.volume }
  }
  const path = form.path.trim()
  if (!path.startsWith('/')) errors.push({ field: 'path', code: 'formPath' })
  return { kind: form.sourceKind, path }
}

function newVolumeOfForm(form: DiskForm, errors: DiskFormError[]): NewDisk['source'] {
  if (form.pool === '') errors.push({ field: 'pool', code: 'needed' })
  const text = form.sizeGib.trim()
  const size = /^\d{1,6}$/.test(text) ? Number(text) * bytesPerGibibyte : 0
  if (size <= 0) errors.push({ field: 'sizeGib', code: 'formNumber' })
  return { kind: 'new', pool: form.pool, sizeBytes: size, format: form.newFormat === 'raw' ? 'raw' : 'qcow2' }
}

export function newDiskOfForm(form: DiskForm): { disk: Omit<NewDisk, 'etag' | 'apply'>; errors: DiskFormError[] } {
  const errors: DiskFormError[] = []
  const isNew = form.sourceKind === 'new'
  const source = isNew ? newVolumeOfForm(form, errors) : sourceOfForm(form, errors)
  const { bus, limits, ...settings } = settingsOf(form, errors)
  const isLimited = Object.values(limits).some((limit) => limit !== null)
  return {
    disk: {
      device: form.device,
      source,
      format: isNew ? null : oneOf(diskFormats, form.format),
      bus: bus ?? 'virtio',
      ...settings,
      limits: isLimited ? limits : null,
    },
    errors,
  }
}

/** Only what the person changed. */
export function diskEdit(
  before: DiskForm,
  now: DiskForm,
): { edit: Omit<EditDisk, 'etag' | 'apply'>; errors: DiskFormError[] } {
  const errors: DiskFormError[] = []
  const was = settingsOf(before, [])
  const is = settingsOf(now, errors)
  const edit = Object.fromEntries(
    Object.entries(is).filter(
      // A bus that is none of those offered (an old VM's IDE) can be left as it is, not chosen.
      ([field, value]) =>
        JSON.stringify(value) !== JSON.stringify(was[field as keyof typeof was]) && (field !== 'bus' || value !== null),
    ),
  ) as Omit<EditDisk, 'etag' | 'apply'>
  return { edit, errors }
}

/** The form's field for one that the API names, e.g. `source.volume` or `limits.readIops`. */
export function diskFieldOf(field: string, form: DiskForm): DiskFormField | null {
  if (form.sourceKind === 'new' && field.startsWith('source')) return field === 'source.sizeBytes' ? 'sizeGib' : 'pool'
  if (field.startsWith('source')) return form.sourceKind === 'volume' ? 'volume' : 'path'
  if (field === 'limits.readBytesPerSecond' || field === 'limits') return 'readRate'
  if (field === 'limits.writeBytesPerSecond') return 'writeRate'
  const last = field.replace(/^limits\./, '')
  return last in form ? (last as DiskFormField) : null
}
