import type { HostChoices, NewVmDisk } from '../contract/vm-create.ts'
import type { BuiltDisk } from './domain-build.ts'
import type { Inventory } from './inventory.ts'
import { capacityRefusal, isUnfinished, sizeText, spaceRefusal, volumeNameRefusal } from './volume.ts'

/** What a file of the host says of itself, or why it can't be used, in a sentence. */
export type ImportFacts =
  | { ok: true; format: string; virtualBytes: number; actualBytes: number }
  | { ok: false; error: string }

/** A volume to be made before the VM is defined. */
export interface VolumeWork {
  pool: string
  volume: string
  path: string
  /** What it will be; null: the pool's own kind of block device. */
  format: 'qcow2' | 'raw' | null
  capacityBytes: number
  /** Lies over this. */
  backing: { path: string; format: string } | null
  /** Filled from this by conversion. */
  copyOf: { path: string; format: string } | null
  isFile: boolean
}

export interface DiskPlan {
  built: BuiltDisk
  work: VolumeWork | null
  pool: string | null
  volume: string | null
  /** Image, volume or file it is made from. */
  source: string | null
  sizeBytes: number | null
  from: NewVmDisk['from'] | 'seed'
  mode: 'copy' | 'linked' | null
}

export interface DiskContext {
  name: string
  uuid: string
  choices: HostChoices
  inventory: Inventory
  imports: ReadonlyMap<string, ImportFacts>
  refuse: (field: string, message: string) => void
  warn: (field: string, message: string) => void
}

type Pool = HostChoices['pools'][number]
type Image = HostChoices['images'][number]

const blockPools = ['logical', 'zfs', 'disk', 'iscsi', 'iscsi-direct', 'mpath']
const isBlock = (pool: Pool): boolean => blockPools.includes(pool.kind)

/** The disks as they will be, those for which that can be said; all that is wrong goes to `refuse`. */
export function planDisks(disks: readonly NewVmDisk[], context: DiskContext): DiskPlan[] {
  const names = targetNames(disks)
  let thread = 0
  const planned = disks.flatMap((disk, index): DiskPlan[] => {
    const target = names[index] ?? ''
    const ioThread = disk.from !== 'iso' && disk.ioThread ? ++thread : null
    const plan = planDisk(disk, `disks.${index}`, target, ioThread, context)
    return plan === null ? [] : [plan]
  })
  checkSpace(planned, context)
  return planned
}

/** `vda` for virtio, `sda` for scsi and sata, in order. */
function targetNames(disks: readonly NewVmDisk[]): string[] {
  const next = { vd: 0, sd: 0 }
  return disks.map(({ bus }) => targetOf(bus === 'virtio' ? 'vd' : 'sd', next))
}
const targetOf = (prefix: 'vd' | 'sd', next: { vd: number; sd: number }): string => {
  const at = next[prefix]++
  return at < 26 ? prefix + String.fromCodePoint(97 + at) : `${prefix}a${String.fromCodePoint(97 + at - 26)}`
}

/** A name that none of these has, for one more drive on scsi. */
export function freeTarget(planned: readonly DiskPlan[]): string {
  const next = { vd: 0, sd: 0 }
  for (;;) {
    const name = targetOf('sd', next)
    if (!planned.some(({ built }) => built.target === name)) return name
  }
}

function planDisk(
  disk: NewVmDisk,
  field: string,
  target: string,
  ioThread: number | null,
  context: DiskContext,
): DiskPlan | null {
  const { refuse } = context
  if (disk.from === 'iso') return planIso(disk, field, target, context)
  if (disk.ioThread && disk.bus === 'sata')
    refuse(`${field}.ioThread`, 'A disk on SATA can’t have an I/O thread. Use virtio or scsi.')
  if (disk.io === 'native' && (disk.cache === 'writeback' || disk.cache === 'writethrough' || disk.cache === 'unsafe'))
    refuse(`${field}.io`, 'Native I/O needs the cache none or directsync.')
  const { bus, cache, io, discard, limits } = disk
  const base = { target, device: 'disk' as const, bus, cache, io, discard, ioThread, limits, bootOrder: null }
  if (disk.from === 'volume') {
    const image = findImage(disk.pool, disk.volume, field, context)
    if (image === null) return null
    const user = writerOf(image, context)
    if (user !== null)
      refuse(
        `${field}.volume`,
        `${image.volume} is a disk of ${user.name} already. Two VMs that write to one disk destroy what is on it.`,
      )
    const [over] = image.baseOf
    if (over !== undefined)
      refuse(
        `${field}.volume`,
        `${over} lies over ${image.volume}: a VM that writes to it breaks that. Let the new disk lie over it too, or copy it.`,
      )
    const format = image.format === null || image.format === 'iso' ? 'raw' : image.format
    return {
      built: { ...base, path: image.path, kind: kindOf(image, context), format },
      work: null,
      pool: image.pool,
      volume: image.volume,
      source: null,
      sizeBytes: image.capacityBytes,
      from: 'volume',
      mode: null,
    }
  }
  const origin = originOf(disk, field, context)
  if (origin === null) return null
  const pool = placeFor(disk.pool, field, context)
  if (pool === null) return null
  const isLinked = disk.from === 'image' && disk.mode === 'linked'
  if (isLinked && isBlock(pool))
    refuse(
      `${field}.mode`,
      `${pool.name} holds block devices; what is linked is a file. Choose a full copy, or a pool with files.`,
    )
  const format = isBlock(pool) ? null : isLinked ? 'qcow2' : disk.format
  const capacityBytes = disk.from === 'new' ? disk.sizeBytes : (disk.sizeBytes ?? origin.capacityBytes)
  const wrongSize = capacityRefusal(capacityBytes)
  if (disk.from !== 'import' && wrongSize !== null) refuse(`${field}.sizeBytes`, wrongSize)
  else if (capacityBytes < origin.capacityBytes)
    refuse(`${field}.sizeBytes`, `It can’t be smaller than what it is made from (${sizeText(origin.capacityBytes)}).`)
  const volume =
    disk.volume ?? `${context.name}-${target}${format === null ? '' : format === 'raw' ? '.img' : '.qcow2'}`
  const wrongName = volumeNameRefusal(volume)
  if (wrongName !== null) refuse(`${field}.volume`, wrongName)
  if (context.choices.images.some((image) => image.pool === pool.name && image.volume === volume))
    refuse(
      `${field}.volume`,
      `There is a ${volume} in the pool ${pool.name} already, and it stays as it is. Choose another name for the volume${disk.volume === null ? ' or the VM' : ''}.`,
    )
  const path = `${pool.path ?? ''}/${volume}`
  return {
    built: { ...base, path, kind: isBlock(pool) ? 'block' : 'file', format: format ?? 'raw' },
    work: {
      pool: pool.name,
      volume,
      path,
      format,
      capacityBytes,
      backing: isLinked && origin.path !== null ? { path: origin.path, format: origin.format } : null,
      copyOf: !isLinked && origin.path !== null ? { path: origin.path, format: origin.format } : null,
      isFile: !isBlock(pool),
    },
    pool: pool.name,
    volume,
    source: origin.path,
    sizeBytes: capacityBytes,
    from: disk.from,
    mode: disk.from === 'image' ? disk.mode : null,
  }
}

interface Origin {
  path: string | null
  format: string
  capacityBytes: number
}

/** What a new disk is made from; an empty one from nothing. */
function originOf(
  disk: Exclude<NewVmDisk, { from: 'volume' | 'iso' }>,
  field: string,
  context: DiskContext,
): Origin | null {
  const { refuse, warn, imports } = context
  if (disk.from === 'new') return { path: null, format: 'raw', capacityBytes: 0 }
  if (disk.from === 'image') {
    const image = findImage(disk.imagePool, disk.image, field, context, 'image')
    if (image === null) return null
    const broken = brokenImage(image)
    if (broken !== null) refuse(`${field}.image`, broken)
    const user = writerOf(image, context)
    if (user !== null && disk.mode === 'linked')
      refuse(
        `${field}.image`,
        `${image.volume} is the disk of ${user.name}: what it writes would break every VM that lies over it. Choose a full copy.`,
      )
    else if (user?.running === true)
      refuse(`${field}.image`, `${user.name} runs and writes to ${image.volume}. Shut it down, then copy its disk.`)
    return {
      path: image.path,
      format: image.format === null || image.format === 'iso' ? 'raw' : image.format,
      capacityBytes: image.capacityBytes,
    }
  }
  const facts = imports.get(disk.path)
  if (facts === undefined || !facts.ok) {
    refuse(`${field}.path`, facts === undefined ? 'The file was not looked at.' : facts.error)
    return null
  }
  if (disk.sourceFormat === null && facts.format === 'raw')
    refuse(
      `${field}.sourceFormat`,
      `${disk.path} names no format. If it is a raw image, say so; else it is not an image of a disk, or broken.`,
    )
  else if (disk.sourceFormat !== null && disk.sourceFormat !== facts.format && disk.sourceFormat !== 'raw')
    refuse(
      `${field}.sourceFormat`,
      `${disk.path} is not in the format ${disk.sourceFormat}; it says ${facts.format}. Choose that, or get the file again.`,
    )
  else if (disk.sourceFormat === 'raw' && facts.format !== 'raw')
    warn(`${field}.sourceFormat`, `${disk.path} looks like ${facts.format}, and is taken as raw, as asked.`)
  return { path: disk.path, format: disk.sourceFormat ?? facts.format, capacityBytes: facts.virtualBytes }
}

function planIso(
  disk: Extract<NewVmDisk, { from: 'iso' }>,
  field: string,
  target: string,
  context: DiskContext,
): DiskPlan | null {
  const image = disk.volume === null ? null : findImage(disk.pool, disk.volume, field, context)
  if (disk.volume !== null && image === null) return null
  return {
    built: {
      target,
      device: 'cdrom',
      bus: disk.bus,
      path: image?.path ?? null,
      kind: image === null ? 'file' : kindOf(image, context),
      format: 'raw',
      cache: null,
      io: null,
      discard: null,
      ioThread: null,
      limits: null,
      bootOrder: null,
    },
    work: null,
    pool: image?.pool ?? null,
    volume: image?.volume ?? null,
    source: null,
    sizeBytes: image?.capacityBytes ?? null,
    from: 'iso',
    mode: null,
  }
}

const kindOf = (image: Image, { choices }: DiskContext): 'file' | 'block' => {
  const pool = choices.pools.find(({ name }) => name === image.pool)
  return pool !== undefined && isBlock(pool) ? 'block' : 'file'
}

function findImage(
  pool: string | null,
  volume: string,
  field: string,
  { choices, refuse }: DiskContext,
  key: 'image' | 'volume' = 'volume',
): Image | null {
  const place = pool === null ? null : choices.pools.find(({ name }) => name === pool)
  if (place === undefined) {
    refuse(`${field}.${key === 'image' ? 'imagePool' : 'pool'}`, `${choices.host.name} has no storage pool ${pool}.`)
    return null
  }
  if (place !== null && !place.active) {
    refuse(
      `${field}.${key === 'image' ? 'imagePool' : 'pool'}`,
      `The pool ${place.name} is not started. Start it first.`,
    )
    return null
  }
  const found = choices.images.find((image) => image.volume === volume && (pool === null || image.pool === pool))
  if (found === undefined) {
    refuse(
      `${field}.${key}`,
      isUnfinished(volume)
        ? `${volume} is not finished yet.`
        : `${choices.host.name} has no ${volume}${pool === null ? ' in any of its pools that run' : ` in the pool ${pool}`}. Upload it, or refresh the pool if it was put there by hand.`,
    )
    return null
  }
  return found
}

const writerOf = (image: Image, { inventory, choices, uuid }: DiskContext) =>
  inventory.vms.find((vm) => vm.hostId === choices.host.id && vm.uuid !== uuid && vm.writes.includes(image.path)) ??
  null

const told: Record<string, string> = { qcow2: 'qcow2', vmdk: 'vmdk', vdi: 'vdi', vhdx: 'vhdx' }

/** An image whose beginning is not what its name says. */
function brokenImage({ volume, format, capacityBytes }: Image): string | null {
  const said = told[volume.split('.').at(-1)?.toLowerCase() ?? '']
  if (said !== undefined && format !== said)
    return `${volume} is broken: it is not in ${said} format. Get it again, and compare its checksum.`
  return capacityBytes === 0 ? `${volume} is empty. Get it again.` : null
}

function placeFor(wanted: string | null, field: string, { choices, refuse }: DiskContext): Pool | null {
  if (wanted !== null) {
    const pool = choices.pools.find(({ name }) => name === wanted)
    if (pool === undefined) refuse(`${field}.pool`, `${choices.host.name} has no storage pool ${wanted}.`)
    else if (!pool.active) refuse(`${field}.pool`, `The pool ${pool.name} is not started. Start it first.`)
    else if (pool.path === null || pool.formats.length === 0)
      refuse(`${field}.pool`, `Volumes can’t be made in the pool ${pool.name} (${pool.kind}).`)
    else return pool
    return null
  }
  const best = roomiest(choices)
  if (best === null) refuse(`${field}.pool`, `${choices.host.name} has no storage pool that runs. Make or start one.`)
  return best
}

/** The pool that runs and has the most free space. */
export const roomiest = ({ pools }: HostChoices, filesOnly = false): Pool | null =>
  pools
    .filter((pool) => pool.active && pool.path !== null && pool.formats.length > 0 && !(filesOnly && isBlock(pool)))
    .toSorted((a, b) => (b.availableBytes ?? 0) - (a.availableBytes ?? 0))[0] ?? null

// An overlay or a thin disk takes some hundred kilobytes; a pool with less than this free is full.
const thinBytes = 1024 ** 2

function checkSpace(planned: readonly DiskPlan[], { choices, imports, refuse, warn }: DiskContext): void {
  for (const pool of choices.pools) {
    const within = planned.filter(({ work }) => work?.pool === pool.name)
    if (within.length === 0 || pool.availableBytes === null) continue
    const field = `disks.${planned.indexOf(within[0] as DiskPlan)}.pool`
    const needed = within.reduce((sum, plan) => sum + neededBytes(plan, choices, imports, isBlock(pool)), 0)
    const missing = spaceRefusal(needed, pool.availableBytes)
    const promised = within.reduce((sum, { work }) => sum + (work?.capacityBytes ?? 0), 0)
    if (missing !== null) refuse(field, `The pool ${pool.name} is too full. ${missing}`)
    else if (promised > pool.availableBytes)
      warn(
        field,
        `The disks may grow to ${sizeText(promised)}; the pool ${pool.name} has ${sizeText(pool.availableBytes)} free. A VM whose disk can’t grow stands still.`,
      )
  }
}

function neededBytes(
  { work }: DiskPlan,
  { images }: HostChoices,
  imports: DiskContext['imports'],
  isBlockPool: boolean,
): number {
  if (work === null) return 0
  if (isBlockPool) return work.capacityBytes
  if (work.copyOf === null) return thinBytes
  const facts = imports.get(work.copyOf.path)
  const image = images.find(({ path }) => path === work.copyOf?.path)
  return Math.max(thinBytes, facts?.ok === true ? facts.actualBytes : (image?.allocationBytes ?? work.capacityBytes))
}
