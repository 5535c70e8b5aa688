import type { HostChoices } from '../contract/vm-create.ts'
import type { Domain, DomainDisk } from './domain.ts'
import type { VolumeWork } from './disk-plan.ts'
import { spaceRefusal, volumeNameRefusal } from './volume.ts'

export interface DiskCopy {
  target: string
  work: VolumeWork
}

/** Disks with something on them that is the VM's own; CDs and what several VMs share are not copied. */
export const ownDisks = ({ disks }: Pick<Domain, 'disks'>): DomainDisk[] =>
  disks.filter(
    ({ device, readOnly, shareable, source }) => device === 'disk' && !readOnly && !shareable && source !== null,
  )

/**
 * Volumes for copies of a VM's disks, or why there can be none, in sentences.
 * @param pool null: beside each original @param nameOf the new volume, without its ending
 */
export function planCopies(
  domain: Pick<Domain, 'disks'>,
  choices: HostChoices,
  {
    pool: wanted,
    mode,
    format: wantedFormat = null,
    nameOf,
  }: { pool: string | null; mode: 'full' | 'linked'; format?: 'qcow2' | null; nameOf: (disk: DomainDisk) => string },
): { copies: DiskCopy[]; refusals: { field: string; message: string }[] } {
  const refusals: { field: string; message: string }[] = []
  const refuse = (field: string, message: string) => void refusals.push({ field, message })
  const needed = new Map<string, number>()
  const copies = ownDisks(domain).flatMap((disk): DiskCopy[] => {
    const image = choices.images.find(({ path }) => path === disk.source)
    if (image === undefined) {
      refuse(
        'vm',
        `The disk ${disk.target} (${disk.source ?? ''}) is in no storage pool that runs. Make a pool of its directory first.`,
      )
      return []
    }
    const name = wanted ?? image.pool
    const pool = choices.pools.find((one) => one.name === name)
    if (pool === undefined || !pool.active || pool.path === null || pool.formats.length === 0) {
      refuse(
        'pool',
        pool === undefined
          ? `${choices.host.name} has no storage pool ${name}.`
          : `Volumes can’t be made in the pool ${name}. Is it started?`,
      )
      return []
    }
    const isFile = pool.formats.includes('qcow2')
    if (mode === 'linked' && !isFile)
      refuse('mode', `${name} holds block devices; what is linked is a file. Choose a full copy, or a pool with files.`)
    const original = image.format === null || image.format === 'iso' ? 'raw' : image.format
    const kept = original === 'qcow2' || original === 'raw' ? original : 'qcow2'
    const format = !isFile ? null : mode === 'linked' ? 'qcow2' : (wantedFormat ?? kept)
    const volume = `${nameOf(disk)}${format === null ? '' : format === 'raw' ? '.img' : '.qcow2'}`
    const wrong = volumeNameRefusal(volume)
    if (wrong !== null) refuse('name', wrong)
    if (choices.images.some((other) => other.pool === name && other.volume === volume))
      refuse('name', `There is a ${volume} in the pool ${name} already, and it stays as it is. Choose another name.`)
    const from = { path: image.path, format: disk.format ?? original }
    if (mode === 'full')
      needed.set(name, (needed.get(name) ?? 0) + (isFile ? image.allocationBytes : image.capacityBytes))
    return [
      {
        target: disk.target,
        work: {
          pool: name,
          volume,
          path: `${pool.path}/${volume}`,
          format,
          capacityBytes: image.capacityBytes,
          backing: mode === 'linked' ? from : null,
          copyOf: mode === 'full' ? from : null,
          isFile,
        },
      },
    ]
  })
  for (const [name, bytes] of needed) {
    const missing = spaceRefusal(bytes, choices.pools.find((pool) => pool.name === name)?.availableBytes ?? bytes)
    if (missing !== null) refuse('pool', `The pool ${name} is too full. ${missing}`)
  }
  return { copies, refusals }
}
