import type { RpcClient } from '../../host/libvirt/client.ts'
import { growVolume, refresh } from '../../host/libvirt/pools.ts'
import type { NamedRef } from '../../host/libvirt/calls.ts'
import type { VolumeRef } from '../../host/libvirt/storage-calls.ts'
import { growLogicalVolume } from '../../host/lvm.ts'
import { Problem } from '../../kit/problem.ts'
import type { Session } from '../../ssh/session.ts'
import { isFilePool } from '../../vm/pool.ts'
import { sshProblem } from '../ssh-problem.ts'
import { granted } from './storage-problem.ts'

/** A volume with the pool that it is in. */
export interface Growing {
  pool: NamedRef
  /** Of the pool. */
  kind: string
  volume: VolumeRef
  path: string
}

/** Why a volume of such a pool can't be made larger, or null. */
export const ungrowable = (kind: string): string | null =>
  isFilePool(kind) || kind === 'logical'
    ? null
    : `Drawbridge can’t make volumes of a pool of this kind (${kind}) larger, and libvirt can’t. Do it with the storage’s own tools, then refresh the pool.`

/** Makes a volume larger beneath whatever uses it. @returns the bytes it has then: of LVM whole extents */
export async function growOnHost(
  { client, session }: { client: RpcClient; session: Session },
  { pool, kind, volume, path }: Growing,
  capacityBytes: number,
): Promise<number> {
  if (kind !== 'logical') {
    granted(await growVolume(client, volume, capacityBytes))
    return capacityBytes
  }
  const grown = await growLogicalVolume(session, path, capacityBytes)
  if (!grown.ok) {
    const { code, said, ssh } = grown.error
    if (ssh !== undefined) throw sshProblem(ssh)
    throw new Problem({
      code,
      kind: 'conflict',
      title:
        code === 'no-space'
          ? `The volume group of the pool ${pool.name} has not that much room. Add a disk to it, or make the volume less large.`
          : `The host could not make ${volume.name} larger. LVM says: ${said}`,
      detail: said,
    })
  }
  // libvirt has its old size until it looks again.
  granted(await refresh(client, pool))
  return grown.value
}
