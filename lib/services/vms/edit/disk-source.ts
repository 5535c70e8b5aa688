import type * as z from 'zod'
import type { diskSourceSchema } from '../../../contract/vm-edit.ts'
import { parsePool } from '../../../vm/pool.ts'
import { readPools } from '../../../host/libvirt/pools.ts'
import { lookUpVolumeByPath, volumeXml, type VolumeRef } from '../../../host/libvirt/storage-calls.ts'
import { Problem } from '../../../kit/problem.ts'
import { boardOf } from '../board.ts'
import type { DiskSource } from '../../../vm/domain-edit-disk.ts'
import { parseVolume } from '../../../vm/volume.ts'
import type { FoundVm } from '../find.ts'
import { granted } from './change-vm.ts'

export interface ResolvedSource extends DiskSource {
  /** Null: nobody says. */
  format: string | null
  capacityBytes: number | null
  volume: VolumeRef | null
}

const invalid = (code: string, message: string, field = 'source'): Problem =>
  new Problem({ code, kind: 'invalid', title: message, fields: [{ field, message }] })

/** Where a volume or file lies and what it is, by the host's libvirt. What is not there is refused. */
export async function resolveSource(
  { client, session }: FoundVm,
  source: z.output<typeof diskSourceSchema>,
): Promise<ResolvedSource> {
  if (source.kind === 'volume') {
    const pools = granted(await readPools(client))
    const pool = pools.find(({ ref }) => ref.name === source.pool)
    if (pool === undefined) throw invalid('no-pool', `The host has no storage pool ${source.pool}.`)
    if (!pool.active) throw invalid('pool-off', `The storage pool ${source.pool} does not run. Start it first.`)
    const volume = pool.volumes.find(({ ref }) => ref.name === source.volume)
    const parsed = volume === undefined ? null : parseVolume(volume.xml)
    if (volume === undefined || parsed?.ok !== true || parsed.value.path === null)
      throw invalid('no-volume', `The storage pool ${source.pool} has no volume ${source.volume}.`)
    const { kind, path, format, capacityBytes } = parsed.value
    if (kind !== 'file' && kind !== 'block')
      throw invalid('no-disk', `${source.volume} is a ${kind}, which can’t be a disk.`)
    return { kind, path, format: formatOf(format), capacityBytes, volume: volume.ref }
  }
  if (!isPlainPath(source.path))
    throw invalid('bad-path', 'A path begins with / and has no control characters or "..".')
  const found = await client.call(lookUpVolumeByPath(source.path))
  if (found.ok) {
    const xml = await client.call(volumeXml(found.value))
    const parsed = xml.ok ? parseVolume(xml.value) : null
    if (parsed?.ok === true)
      return {
        kind: source.kind,
        path: source.path,
        format: formatOf(parsed.value.format),
        capacityBytes: parsed.value.capacityBytes,
        volume: found.value,
      }
  }
  const test = await session.exec(['test', source.kind === 'file' ? '-f' : '-b', source.path], { sudo: true })
  if (!test.ok || test.value.code !== 0)
    throw invalid('no-file', `The host has no ${source.kind === 'file' ? 'file' : 'block device'} ${source.path}.`)
  return { kind: source.kind, path: source.path, format: null, capacityBytes: null, volume: null }
}

const isPlainPath = (path: string): boolean =>
  path.startsWith('/') && !/\p{Cc}/u.test(path) && !path.split('/').includes('..')

/** An ISO is raw to QEMU; libvirt tells what else it has seen. */
const formatOf = (format: string | null): string | null => (format === 'iso' || format === 'dos' ? 'raw' : format)

/** VMs of the host that have it as a disk, the one named left out. Two that write to one disk destroy it. */
export function usersOf(hostId: string, path: string, exceptUuid: string | null): string[] {
  const domains = boardOf(hostId)?.domains ?? []
  return domains
    .filter(({ uuid }) => uuid !== exceptUuid)
    .filter(({ defined, running }) =>
      [defined, running].some((state) =>
        state?.disks.some((disk) => disk.source === path || disk.backing.includes(path)),
      ),
    )
    .map(({ defined }) => defined.name)
}

/** Path of `pool/volume` as disks name it, or the path itself. */
export async function pathOf(
  found: FoundVm,
  source: string,
  pool: string | null,
  volume: string | null,
): Promise<string> {
  if (pool === null || volume === null) return source
  return (await resolveSource(found, { kind: 'volume', pool, volume })).path
}

export const poolKind = (xml: string): string => {
  const parsed = parsePool(xml)
  return parsed.ok ? parsed.value.kind : 'unknown'
}
