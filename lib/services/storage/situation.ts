import type { RpcClient } from '../../host/libvirt/client.ts'
import { readPools, type HostPool } from '../../host/libvirt/pools.ts'
import { poolCapabilities, type VolumeRef } from '../../host/libvirt/storage-calls.ts'
import { backingChain, realPaths } from '../../host/image-files.ts'
import { Problem } from '../../kit/problem.ts'
import type { Session } from '../../ssh/session.ts'
import type { HostRow } from '../../store/hosts.ts'
import { isFilePool, madePoolKinds, parsePool, parsePoolCapabilities, type Pool } from '../../vm/pool.ts'
import { diskOwner, pathOf, VolumeUsers, type DiskOwner, type PlacedVolume } from '../../vm/volume-users.ts'
import { parseVolume } from '../../vm/volume.ts'
import { refreshBoardBy } from '../vms/board.ts'
import { libvirtOn } from '../vms/find.ts'
import { granted, stored } from './storage-problem.ts'

export interface KnownVolume extends PlacedVolume {
  ref: VolumeRef
}

/** A pool with what its texts say. */
export interface KnownPool extends HostPool {
  says: Pool
  known: KnownVolume[]
}

/** What is on the host at this moment. */
export interface StorageSituation {
  host: HostRow
  session: Session
  client: RpcClient
  pools: KnownPool[]
  owners: DiskOwner[]
  users: VolumeUsers
  /** Kinds of pools that this host can do, of those Drawbridge makes. */
  offered: string[]
}

export async function openStorage(host: HostRow, now: () => Date): Promise<StorageSituation> {
  const { session, client } = await libvirtOn(host)
  const [read, board, capabilities] = await Promise.all([
    readPools(client),
    refreshBoardBy(host.id, client, now),
    client.call(poolCapabilities()),
  ])
  const pools = granted(read)
    .map(knownPool)
    .toSorted((a, b) => (a.says.name < b.says.name ? -1 : 1))
  const owners = granted(board).domains.map(diskOwner)
  // A libvirt before 5.2 does not tell; these two are in all of them.
  const can = capabilities.ok ? parsePoolCapabilities(capabilities.value) : null
  const kinds = can?.ok === true ? can.value : ['dir', 'netfs']
  const offered = madePoolKinds.filter((kind) => kinds.includes(kind))
  return { host, session, client, pools, owners, offered, users: new VolumeUsers(volumesOf(pools), owners) }
}

export const volumesOf = (pools: readonly KnownPool[]): KnownVolume[] => pools.flatMap(({ known }) => known)

function knownPool(pool: HostPool): KnownPool {
  const read = parsePool(pool.definitionXml)
  const says: Pool = read.ok ? read.value : unreadable
  return {
    ...pool,
    says: { ...says, uuid: pool.ref.uuid, name: pool.ref.name },
    known: pool.volumes.flatMap(({ ref, xml }) => {
      const volume = parseVolume(xml)
      return volume.ok ? [{ ...volume.value, name: ref.name, pool: ref.pool, ref }] : []
    }),
  }
}

const unreadable: Pool = {
  uuid: '',
  name: '',
  kind: 'unknown',
  path: null,
  host: null,
  export: null,
  sourceName: null,
  devices: [],
  capacityBytes: null,
  allocationBytes: null,
  availableBytes: null,
}

/**
 * Who uses what, with links followed: before anything is deleted a path must be the same as another by what it leads to,
 * not by how it is written. What disks outside of all pools lie over is looked up in the files themselves: of a VM that
 * is off libvirt does not say it.
 */
export async function usersNow({ session, pools, owners }: StorageSituation): Promise<VolumeUsers> {
  const volumes = volumesOf(pools)
  const inPools = new Set(volumes.map(({ path }) => path))
  const outside = owners.flatMap(({ disks }) =>
    disks.flatMap((disk) => {
      const path = disk.device === 'disk' && disk.sourceKind === 'file' ? pathOf(disk, volumes) : null
      return path === null || inPools.has(path) ? [] : [path]
    }),
  )
  const chains = new Map<string, string[]>()
  for (const path of new Set(outside))
    chains.set(path, stored(await backingChain(session, path), 'Looking into the disks of VMs'))
  const paths = new Set([
    ...[...chains.values()].flat(),
    ...volumes.flatMap(({ path, backing }) => [path, backing?.path ?? null]),
    ...owners.flatMap((owner) => owner.paths),
    ...owners.flatMap(({ disks }) => disks.flatMap((disk) => [pathOf(disk, volumes), ...disk.backing])),
  ])
  const written = [...paths].filter((path) => path?.startsWith('/') === true) as string[]
  const real = stored(await realPaths(session, written), 'Following the paths of disks')
  return new VolumeUsers(volumes, owners, new Map(written.map((path, index) => [path, real[index] ?? path])), chains)
}

/** By UUID or, else, by name. */
export function findPool({ pools }: Pick<StorageSituation, 'pools'>, reference: string): KnownPool {
  const found = pools.find(({ ref }) => ref.uuid === reference) ?? pools.find(({ ref }) => ref.name === reference)
  if (found !== undefined) return found
  throw new Problem({
    code: 'no-pool',
    kind: 'not-found',
    title: `This host has no storage pool with the name or UUID ${reference.slice(0, 80)}.`,
  })
}

export function findVolume(pool: KnownPool, name: string): KnownVolume {
  const found = pool.known.find((volume) => volume.ref.name === name)
  if (found !== undefined) return found
  requireActive(pool)
  throw new Problem({
    code: 'no-volume',
    kind: 'not-found',
    title: `The pool ${pool.says.name} has no volume called ${name.slice(0, 120)}. Refresh the pool if it was made by hand.`,
  })
}

export function requireActive({ active, says }: KnownPool): void {
  if (active) return
  throw new Problem({
    code: 'pool-inactive',
    kind: 'conflict',
    title: `The pool ${says.name} does not run. Start it first.`,
  })
}

/** Its directory; throws unless images can be put into it. */
export function requireFilePool(pool: KnownPool): string {
  requireActive(pool)
  const { kind, path, name } = pool.says
  if (isFilePool(kind) && path?.startsWith('/') === true) return path
  throw new Problem({
    code: 'no-file-pool',
    kind: 'conflict',
    title: `The pool ${name} (${kind}) does not hold files. Choose a pool of a directory or an NFS share for images.`,
  })
}
