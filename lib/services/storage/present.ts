import type { Image, StoragePool, Volume } from '../../contract/storage.ts'
import { isFilePool } from '../../vm/pool.ts'
import { imageKindOf, pathOf, type VolumeUsers } from '../../vm/volume-users.ts'
import { isUnfinished } from '../../vm/volume.ts'
import { volumesOf, type KnownPool, type KnownVolume, type StorageSituation } from './situation.ts'

/** VMs with a disk in this pool, by volume, or by a path beneath the pool's. */
export function vmsIn(
  pool: KnownPool,
  { owners, pools }: Pick<StorageSituation, 'owners' | 'pools'>,
): StoragePool['vms'] {
  const volumes = volumesOf(pools)
  const within = pool.says.path === null ? null : `${pool.says.path}/`
  const paths = new Set(pool.known.flatMap(({ path }) => path ?? []))
  return owners
    .filter(({ disks }) =>
      disks.some((disk) => {
        if (disk.pool === pool.ref.name) return true
        const path = pathOf(disk, volumes)
        return path !== null && (paths.has(path) || (within !== null && path.startsWith(within)))
      }),
    )
    .map(({ uuid, name, running }) => ({ uuid, name, running }))
}

export function presentPool(pool: KnownPool, situation: StorageSituation): StoragePool {
  const { says, use, active, autostart, persistent, known, definitionXml } = pool
  const { kind, path, host, sourceName, devices } = says
  const share = host === null ? null : `${host}:${says.export ?? ''}`
  return {
    uuid: says.uuid,
    name: says.name,
    kind,
    state: active ? use.state : 'inactive',
    autostart,
    persistent,
    path,
    source: share ?? sourceName ?? (devices.length > 0 ? devices.join(', ') : null),
    capacityBytes: active ? use.capacityBytes : null,
    allocationBytes: active ? use.allocationBytes : null,
    availableBytes: active ? use.availableBytes : null,
    volumes: active ? known.filter(({ name }) => !isUnfinished(name)).length : null,
    vms: vmsIn(pool, situation),
    holdsImages: active && isFilePool(kind) && path !== null,
    xml: definitionXml,
  }
}

export function presentVolume(volume: KnownVolume, users: VolumeUsers): Volume {
  const { name, pool, kind, path, format, capacityBytes, allocationBytes, backing } = volume
  return { name, pool, kind, path, format, capacityBytes, allocationBytes, backing, usedBy: users.of(path) }
}

/** Null: the volume is no image. */
export function presentImage(pool: KnownPool, volume: KnownVolume, users: VolumeUsers): Image | null {
  const usedBy = users.of(volume.path)
  const kind = isFilePool(pool.says.kind) && !isUnfinished(volume.name) ? imageKindOf(volume, usedBy) : null
  if (kind === null || volume.path === null) return null
  return {
    name: volume.name,
    pool: pool.says.name,
    path: volume.path,
    kind,
    format: volume.format ?? 'raw',
    virtualBytes: volume.capacityBytes,
    sizeBytes: volume.allocationBytes,
    usedBy,
  }
}
