import { ok, type Result } from '../../kit/result.ts'
import { listFilter, listPools, poolXml, type NamedRef } from './calls.ts'
import type { RpcClient } from './client.ts'
import type { LibvirtFailure } from './failure.ts'
import {
  buildPool,
  createVolume as create,
  createVolumeFrom,
  definePool,
  deleteVolume,
  listVolumes,
  poolDefinitionXml,
  poolIsPersistent,
  poolUse,
  refreshPool,
  resizeVolume,
  setPoolAutostart,
  startPool,
  stopPool,
  undefinePool,
  volumeXml,
  type VolumeRef,
  type WirePoolInfo,
} from './storage-calls.ts'

/** A volume as libvirt has it, its texts not yet believed. */
export interface HostVolume {
  ref: VolumeRef
  xml: string
}

/** A storage pool as libvirt has it, its texts not yet believed. */
export interface HostPool {
  ref: NamedRef
  active: boolean
  autostart: boolean
  /** Without a definition it is gone when it stops. */
  persistent: boolean
  use: WirePoolInfo
  definitionXml: string
  /** Of a pool that runs, as it was last refreshed; else none. */
  volumes: HostVolume[]
}

type Answer<T> = Promise<Result<T, LibvirtFailure>>

// Mounting an NFS share, activating a volume group: some seconds; a server that does not answer, longer.
const slow = { timeoutMs: 60_000 }
// libvirt answers when the last byte is written.
const copying = { timeoutMs: 6 * 3600_000 }

/** All pools, in two pipelined rounds, and a third for their volumes. */
export async function readPools(client: RpcClient): Answer<HostPool[]> {
  const { pools: filter } = listFilter
  const [all, active, autostart] = await Promise.all([
    client.call(listPools(filter.all)),
    client.call(listPools(filter.active)),
    client.call(listPools(filter.autostart)),
  ])
  if (!all.ok) return all
  if (!active.ok) return active
  if (!autostart.ok) return autostart
  const among = (list: readonly NamedRef[], { uuid }: NamedRef) => list.some((one) => one.uuid === uuid)
  const read = await Promise.all(
    all.value.map(async (ref): Promise<HostPool[]> => {
      const isActive = among(active.value, ref)
      const [defined, running, persistent, use, volumes] = await Promise.all([
        client.call(poolDefinitionXml(ref)),
        isActive ? client.call(poolXml(ref)) : null,
        client.call(poolIsPersistent(ref)),
        client.call(poolUse(ref)),
        isActive ? readVolumes(client, ref) : [],
      ])
      // Deleted since the list was made.
      const definitionXml = running?.ok === true ? running.value : defined.ok ? defined.value : null
      if (definitionXml === null) return []
      return [
        {
          ref,
          active: isActive,
          autostart: among(autostart.value, ref),
          persistent: persistent.ok && persistent.value,
          use: use.ok ? use.value : { state: 'inaccessible', capacityBytes: 0, allocationBytes: 0, availableBytes: 0 },
          definitionXml,
          volumes,
        },
      ]
    }),
  )
  return ok(read.flat())
}

/** What lies in a pool that runs; a volume that went away in between is left out. */
async function readVolumes(client: RpcClient, ref: NamedRef): Promise<HostVolume[]> {
  const listed = await client.call(listVolumes(ref))
  if (!listed.ok) return []
  const read = await Promise.all(
    listed.value.map(async (volume): Promise<HostVolume[]> => {
      const xml = await client.call(volumeXml(volume))
      return xml.ok ? [{ ref: volume, xml: xml.value }] : []
    }),
  )
  return read.flat()
}

/** Defines a pool, makes what lies beneath it, and starts it as asked. What fails leaves no definition behind. */
export async function createPool(
  client: RpcClient,
  xml: string,
  { build, start, autostart }: { build: boolean; start: boolean; autostart: boolean },
): Answer<NamedRef> {
  const defined = await client.call(definePool(xml))
  if (!defined.ok) return defined
  const ref = defined.value
  const built = build ? await client.call(buildPool(ref), slow) : ok(undefined)
  const set = built.ok && autostart ? await client.call(setPoolAutostart(ref, true)) : built
  const started = set.ok && start ? await client.call(startPool(ref), slow) : set
  if (started.ok) return ok(ref)
  await client.call(undefinePool(ref))
  return started
}

export const start = (client: RpcClient, ref: NamedRef): Answer<void> => client.call(startPool(ref), slow)
export const stop = (client: RpcClient, ref: NamedRef): Answer<void> => client.call(stopPool(ref), slow)
export const refresh = (client: RpcClient, ref: NamedRef): Answer<void> => client.call(refreshPool(ref), slow)
export const setAutostart = (client: RpcClient, ref: NamedRef, autostart: boolean): Answer<void> =>
  client.call(setPoolAutostart(ref, autostart))

/** Stops it if it runs, and forgets its definition. What is in it stays. */
export async function forgetPool(client: RpcClient, { ref, active, persistent }: HostPool): Answer<void> {
  const stopped = active ? await client.call(stopPool(ref), slow) : ok(undefined)
  if (!stopped.ok || !persistent) return stopped
  return client.call(undefinePool(ref))
}

/** An empty volume, or an overlay over a backing file, as the XML says (lib/vm/volume.ts builds it). */
export const createVolume = (client: RpcClient, pool: NamedRef, xml: string): Answer<VolumeRef> =>
  client.call(create(pool, xml), slow)
/** A whole copy, converted to what the XML says. */
export const copyVolume = (client: RpcClient, pool: NamedRef, xml: string, from: VolumeRef): Answer<VolumeRef> =>
  client.call(createVolumeFrom(pool, xml, from), copying)
export const removeVolume = (client: RpcClient, ref: VolumeRef): Answer<void> => client.call(deleteVolume(ref), slow)
/** Larger; of a volume whose VM runs the VM must be told too. */
export const growVolume = (client: RpcClient, ref: VolumeRef, capacityBytes: number): Answer<void> =>
  client.call(resizeVolume(ref, capacityBytes), slow)
