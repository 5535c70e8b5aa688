import { ok, type Result } from '../../kit/result.ts'
import type { DomainRef } from './calls.ts'
import type { RpcClient } from './client.ts'
import type { LibvirtFailure } from './failure.ts'
import { currentSnapshot, listSnapshots, noSuchSnapshot, snapshotXml, type SnapshotRef } from './snapshot-calls.ts'

/** A snapshot as libvirt has it, its texts not yet believed. */
export interface HostSnapshot {
  ref: SnapshotRef
  xml: string
  isCurrent: boolean
}

/** All snapshots of a domain that libvirt knows of. */
export async function readSnapshots(
  client: RpcClient,
  domain: DomainRef,
): Promise<Result<HostSnapshot[], LibvirtFailure>> {
  const [listed, current] = await Promise.all([
    client.call(listSnapshots(domain)),
    client.call(currentSnapshot(domain)),
  ])
  if (!listed.ok) return listed
  if (!current.ok && current.error.said?.code !== noSuchSnapshot) return current
  const currentName = current.ok ? current.value.name : null
  const read = await Promise.all(
    listed.value.map(async (ref): Promise<HostSnapshot[]> => {
      const xml = await client.call(snapshotXml(ref))
      // Deleted since the list was made.
      return xml.ok ? [{ ref, xml: xml.value, isCurrent: ref.name === currentName }] : []
    }),
  )
  return ok(read.flat())
}
