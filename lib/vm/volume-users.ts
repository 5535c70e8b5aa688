import type { VolumeUser } from '../contract/storage.ts'
import type { Domain, DomainDisk } from './domain.ts'
import type { Volume } from './volume.ts'

/** A VM as far as its disks go. */
export interface DiskOwner {
  uuid: string
  name: string
  running: boolean
  /** Of its definition and, while it runs, of what runs. */
  disks: readonly DomainDisk[]
  /** All absolute paths that its XML has anywhere: kernels, firmware, what Drawbridge does not know. */
  paths: readonly string[]
}

export interface PlacedVolume extends Volume {
  pool: string
}

export interface OwningDomain {
  uuid: string
  defined: Domain
  running: Domain | null
  definitionXml: string
  runningXml: string | null
}

// What has not changed since the last look is the same object, and 500 texts are 5 MB.
const known = new WeakMap<OwningDomain, DiskOwner>()

export function diskOwner(domain: OwningDomain): DiskOwner {
  const held = known.get(domain)
  if (held !== undefined) return held
  const { uuid, defined, running, definitionXml, runningXml } = domain
  const owner = {
    uuid,
    name: defined.name,
    running: running !== null,
    disks: [...defined.disks, ...(running?.disks ?? [])],
    paths: [...new Set([...pathsIn(definitionXml), ...pathsIn(runningXml ?? '')])],
  }
  known.set(domain, owner)
  return owner
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Every text and attribute of an XML that is an absolute path. */
export const pathsIn = (xml: string): string[] =>
  [...xml.matchAll(/(?:>\s*|=')(\/[^<>']{1,1024})(?=[<'])|="(\/[^<>"]{1,1024})"/g)].map(([, text, quoted]) =>
    (text ?? quoted ?? '').trim().replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? ''),
  )

/** Says for each volume who needs it, so that nothing is deleted from under anybody. */
export class VolumeUsers {
  readonly #byPath = new Map<string, VolumeUser[]>()
  readonly #real: ReadonlyMap<string, string>

  /**
   * @param real where links lead, for paths that are links
   * @param chains what disks outside of all pools lie over
   */
  constructor(
    volumes: readonly PlacedVolume[],
    owners: readonly DiskOwner[],
    real: ReadonlyMap<string, string> = new Map(),
    chains: ReadonlyMap<string, readonly string[]> = new Map(),
  ) {
    this.#real = real
    const byPath = new Map(volumes.flatMap((one) => (one.path === null ? [] : [[this.#at(one.path), one] as const])))
    for (const { pool, name, backing } of volumes)
      if (backing !== null) this.#add(backing.path, { kind: 'volume', pool, name })
    for (const { uuid, name, running, disks, paths } of owners) {
      for (const disk of disks) {
        const path = pathOf(disk, volumes)
        if (path === null) continue
        this.#add(path, { kind: 'vm', uuid, name, running, as: disk.device === 'cdrom' ? 'cdrom' : 'disk' })
        const below = [...disk.backing, ...(chains.get(path) ?? [])]
        // Of a VM that is off libvirt does not say what its disk lies over; the volumes do.
        for (
          let at = byPath.get(this.#at(path));
          at?.backing && below.length < 64;
          at = byPath.get(this.#at(at.backing.path))
        )
          below.push(at.backing.path)
        for (const one of below) this.#add(one, { kind: 'vm', uuid, name, running, as: 'backing' })
      }
      for (const path of paths) this.#add(path, { kind: 'vm', uuid, name, running, as: 'file' })
    }
  }

  of(path: string | null): VolumeUser[] {
    return path === null ? [] : (this.#byPath.get(this.#at(path)) ?? [])
  }

  #at(path: string): string {
    return this.#real.get(path) ?? path
  }

  #add(path: string, user: VolumeUser): void {
    const users = this.#byPath.get(this.#at(path)) ?? []
    const isKnown = users.some((one) =>
      one.kind === 'vm'
        ? user.kind === 'vm' && one.uuid === user.uuid
        : user.kind === 'volume' && one.pool === user.pool && one.name === user.name,
    )
    if (!isKnown) this.#byPath.set(this.#at(path), [...users, user])
  }
}

/** The host's path of a disk; null for an empty drive and for what is no path. */
export function pathOf(disk: DomainDisk, volumes: readonly PlacedVolume[]): string | null {
  if (disk.pool !== null && disk.volume !== null)
    return volumes.find(({ pool, name }) => pool === disk.pool && name === disk.volume)?.path ?? null
  return disk.source?.startsWith('/') === true ? disk.source : null
}

/** `web, db and the volume images/overlay.qcow2` */
export function usersText(users: readonly VolumeUser[]): string {
  const named = users
    .slice(0, 10)
    .map((user) => (user.kind === 'vm' ? user.name : `the volume ${user.pool}/${user.name} (lies over it)`))
  return users.length > named.length ? `${named.join(', ')} and ${users.length - named.length} more` : named.join(', ')
}

/** Does a VM write to it as its disk? Such a volume is no image. */
export const isWritable = (users: readonly VolumeUser[]): boolean =>
  users.some((user) => user.kind === 'vm' && user.as === 'disk')

const smallestRawBytes = 1024 ** 2

/** What a volume is good for as an image; null: it is none. */
export function imageKindOf(volume: Volume, users: readonly VolumeUser[]): 'iso' | 'disk' | null {
  if (volume.kind !== 'file' || volume.path === null || volume.backing !== null || isWritable(users)) return null
  if (volume.format === 'iso') return 'iso'
  // To libvirt any file that it does not know is raw.
  if (users.some((user) => user.kind === 'vm' && user.as === 'file')) return null
  if (volume.format === 'raw') return volume.capacityBytes >= smallestRawBytes ? 'disk' : null
  return volume.format === 'qcow2' || volume.format === 'vmdk' ? 'disk' : null
}
