import type { DomainDisk } from './domain.ts'
import { setAttributeOf } from './domain-edit-nic.ts'
import type { Locate, XmlEditor } from './xml-editor.ts'
import { named, pathTo, valueOf, type XmlElement } from './xml-text.ts'
import { tree, type XmlTree } from './xml-write.ts'

/** A file or block device of the host. */
export interface DiskSource {
  kind: 'file' | 'block'
  path: string
}

/** What a person may choose of a disk. */
export interface DiskSettings {
  bus: string
  cache: string | null
  io: string | null
  discard: string | null
  ioThread: number | null
  readOnly: boolean
  limits: DomainDisk['limits']
  bootOrder: number | null
}
export type DiskField = keyof DiskSettings

export interface NewDiskSettings extends DiskSettings {
  device: 'disk' | 'cdrom'
  target: string
  source: DiskSource | null
  format: string
}

export const disksOf = (domain: XmlElement): XmlElement[] => named(pathTo(domain, 'devices'), 'disk')
export const targetOf = (disk: XmlElement): string => valueOf(pathTo(disk, 'target'), 'dev') ?? ''
export const diskByTarget =
  (target: string): Locate =>
  (domain) =>
    disksOf(domain).find((disk) => targetOf(disk) === target) ?? null

const below =
  (locate: Locate, ...names: string[]): Locate =>
  (root) =>
    pathTo(locate(root), ...names)

/** The fields of `wanted` that are otherwise than the disk has them. */
export function changedDiskFields(disk: DomainDisk, wanted: Partial<DiskSettings>): DiskField[] {
  return (Object.keys(wanted) as DiskField[]).filter((field) => {
    const to = wanted[field]
    if (to === undefined) return false
    if (field === 'limits')
      return limitNames.some(([name]) => (disk.limits[name] ?? 0) !== (wanted.limits?.[name] ?? 0))
    if (field === 'cache') return (disk.cache ?? 'default') !== (to ?? 'default')
    return disk[field] !== to
  })
}

const limitNames = [
  ['readBytesPerSecond', 'read_bytes_sec'],
  ['writeBytesPerSecond', 'write_bytes_sec'],
  ['readIops', 'read_iops_sec'],
  ['writeIops', 'write_iops_sec'],
] as const satisfies readonly (readonly [keyof DomainDisk['limits'], string])[]

/** As libvirt's call for a running domain wants them: name and value, 0 is without limit. */
export const limitParams = (limits: DomainDisk['limits']): { name: string; value: number }[] =>
  limitNames.map(([name, param]) => ({ name: param, value: limits[name] ?? 0 }))

/** Brings one `<disk>` to what is wanted; what is not named stays. A new bus needs a new `target`. */
export function editDisk(
  editor: XmlEditor,
  disk: Locate,
  wanted: Partial<DiskSettings>,
  target: string | null = null,
): void {
  const { cache, io, discard, ioThread, readOnly, limits, bootOrder, bus } = wanted
  setAttributeOf(editor, disk, 'driver', {
    ...(cache === undefined ? {} : { cache }),
    ...(io === undefined ? {} : { io }),
    ...(discard === undefined ? {} : { discard }),
    ...(ioThread === undefined ? {} : { iothread: ioThread }),
  })
  if (readOnly === false) editor.remove(below(disk, 'readonly'))
  if (readOnly === true && editor.at(below(disk, 'readonly')) === null) editor.insert(disk, tree('readonly'))
  if (limits !== undefined) setLimits(editor, disk, limits)
  if (bootOrder !== undefined) setAttributeOf(editor, disk, 'boot', { order: bootOrder })
  if (bus === undefined || target === null) return
  // An address belongs to its bus; libvirt gives a new one.
  editor.remove(below(disk, 'address'))
  editor.setAttributes(below(disk, 'target'), { dev: target, bus })
}

/** Null empties a drive. */
export function setMedia(editor: XmlEditor, disk: Locate, source: DiskSource | null): void {
  // What lies below the old image, and libvirt's number of it, are not true of a new one.
  editor.remove(below(disk, 'backingStore'))
  editor.remove(below(disk, 'source'))
  if (source === null) return
  editor.setAttributes(disk, { type: source.kind })
  editor.insert(disk, sourceTree(source), ['driver'])
}

const sourceTree = ({ kind, path }: DiskSource): XmlTree => tree('source', { [kind === 'file' ? 'file' : 'dev']: path })

function setLimits(editor: XmlEditor, disk: Locate, limits: DomainDisk['limits']): void {
  const tune = below(disk, 'iotune')
  for (const [name, element] of limitNames) {
    const value = limits[name]
    const there = below(tune, element)
    if (value === null || value === 0) {
      editor.remove(there)
      continue
    }
    if (editor.at(tune) === null) editor.insert(disk, tree('iotune'))
    if (editor.at(there) === null) editor.insert(tune, tree(element, {}, String(value)))
    else editor.setText(there, String(value))
  }
  if (editor.at(tune)?.children.length === 0) editor.remove(tune)
}

export function newDiskTree(wanted: NewDiskSettings): XmlTree {
  const { device, target, source, format, bus, cache, io, discard, ioThread, readOnly, limits, bootOrder } = wanted
  const tune = limitParams(limits).filter(({ value }) => value > 0)
  return tree('disk', { type: source?.kind ?? 'file', device }, [
    tree('driver', { name: 'qemu', type: format, cache, io, discard, iothread: ioThread }),
    source === null ? null : sourceTree(source),
    tree('target', { dev: target, bus }),
    tune.length === 0
      ? null
      : tree(
          'iotune',
          {},
          tune.map(({ name, value }) => tree(name, {}, String(value))),
        ),
    readOnly || device === 'cdrom' ? tree('readonly') : null,
    bootOrder === null ? null : tree('boot', { order: bootOrder }),
  ])
}

export const addDisk = (editor: XmlEditor, wanted: NewDiskSettings): void =>
  void editor.insert((domain) => pathTo(domain, 'devices'), newDiskTree(wanted), ['emulator', 'disk'])

const targetPrefixes: Record<string, string> = { virtio: 'vd', scsi: 'sd', sata: 'sd', usb: 'sd', ide: 'hd', fdc: 'fd' }

/** The first free name of a bus: `vdb`. */
export function freeTarget(taken: readonly string[], bus: string): string {
  const prefix = targetPrefixes[bus] ?? 'sd'
  for (let n = 0; ; n++) {
    const name = prefix + lettersOf(n)
    if (!taken.includes(name)) return name
  }
}

/** a … z, aa, ab, … */
const lettersOf = (n: number): string =>
  (n >= 26 ? lettersOf(Math.floor(n / 26) - 1) : '') + String.fromCodePoint(97 + (n % 26))

/** A SCSI disk without a controller would get libvirt's default, an emulated adapter that no guest of today knows. */
export function ensureController(editor: XmlEditor, bus: string): void {
  if (bus !== 'scsi') return
  const devices: Locate = (domain) => pathTo(domain, 'devices')
  const there = named(editor.at(devices), 'controller').some((one) => valueOf(one, 'type') === 'scsi')
  if (!there) editor.insert(devices, tree('controller', { type: 'scsi', model: 'virtio-scsi' }), ['disk', 'controller'])
}

/** As many I/O threads as the highest number named. */
export function ensureIoThreads(editor: XmlEditor, number: number): void {
  const place: Locate = (domain) => pathTo(domain, 'iothreads')
  const there = editor.at(place)
  if (there === null)
    editor.insert((domain) => domain, tree('iothreads', {}, String(number)), [
      'memory',
      'currentMemory',
      'vcpu',
      'vcpus',
    ])
  // Those that are listed by number stay so; libvirt numbers the rest.
  else if (Number(there.text) < number) editor.setText(place, String(number))
}
