import { err, type Result } from '../kit/result.ts'
import type { Session } from '../ssh/session.ts'
import { parseVolume } from '../vm/volume.ts'
import { listFilter, listPools } from './libvirt/calls.ts'
import type { RpcClient } from './libvirt/client.ts'
import type { LibvirtFailure } from './libvirt/failure.ts'
import { refresh, removeVolume } from './libvirt/pools.ts'
import { volumeXml, type VolumeRef } from './libvirt/storage-calls.ts'

// VIR_ERR_SYSTEM_ERROR
const systemError = 38

/**
 * Deletes a volume, also one on NFS that a VM had: libvirt deletes there as the file's owner, which is QEMU's user by then
 * and may not write into the pool's directory (virFileRemove). root may, and libvirt is told to look again.
 */
export async function deleteVolume(
  { client, session }: { client: RpcClient; session: Session },
  ref: VolumeRef,
): Promise<Result<void, LibvirtFailure>> {
  const asked = await removeVolume(client, ref)
  if (asked.ok || asked.error.said?.code !== systemError) return asked
  const [xml, pools] = await Promise.all([client.call(volumeXml(ref)), client.call(listPools(listFilter.pools.active))])
  const says = xml.ok ? parseVolume(xml.value) : null
  const pool = pools.ok ? pools.value.find(({ name }) => name === ref.pool) : undefined
  if (says?.ok !== true || says.value.kind !== 'file' || says.value.path?.startsWith('/') !== true) return asked
  if (pool === undefined) return asked
  const removed = await session.exec(['rm', '--', says.value.path], { sudo: true })
  if (!removed.ok) return err({ code: 'closed', title: removed.error.title })
  return removed.value.code === 0 ? refresh(client, pool) : asked
}
