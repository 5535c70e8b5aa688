import type { Actor } from '../../access/can.ts'
import type { ImageList } from '../../contract/storage.ts'
import { listParts } from '../../host/image-files.ts'
import { Problem } from '../../kit/problem.ts'
import { parseUnfinished, unfinishedId } from '../../vm/image-file.ts'
import { isFilePool } from '../../vm/pool.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'
import { presentImage } from './present.ts'
import { findPool, findVolume, openStorage } from './situation.ts'
import { deleteVolume } from './volumes.ts'

/** The images in the pools of a host, and what is on its way there. @param reference id or name of the host */
export async function listImages(actor: Actor, reference: string, now: () => Date): Promise<ImageList> {
  await refuse(actor, 'storage.read')
  const { pools, users, session } = await openStorage(await findHost(reference), now)
  const holders = pools.filter(({ active, says }) => active && isFilePool(says.kind))
  const unfinished = await Promise.all(
    holders.map(async ({ says }) => {
      const parts = says.path?.startsWith('/') === true ? await listParts(session, says.path) : null
      return (parts?.ok === true ? parts.value : []).flatMap(({ file, sizeBytes }) => {
        const part = parseUnfinished(file)
        if (part === null) return []
        const { name } = part
        return [
          {
            id: unfinishedId(part),
            pool: says.name,
            name,
            sizeBytes: part.sizeBytes === 0 ? null : part.sizeBytes,
            receivedBytes: sizeBytes,
          },
        ]
      })
    }),
  )
  return {
    items: holders
      .flatMap((pool) => pool.known.map((volume) => presentImage(pool, volume, users)))
      .filter((image) => image !== null)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    unfinished: unfinished.flat(),
  }
}

/** Deletes an image that nobody uses. */
export async function deleteImage(
  actor: Actor,
  reference: string,
  pool: string,
  image: string,
  now: () => Date,
): Promise<void> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const situation = await openStorage(await findHost(reference), now)
  const known = findPool(situation, pool)
  const volume = findVolume(known, image)
  const isDisk = situation.users.of(volume.path).some((user) => user.kind === 'vm' && user.as === 'disk')
  // A disk of a VM is refused below with the VM's name.
  if (presentImage(known, volume, situation.users) === null && !isDisk)
    throw new Problem({
      code: 'no-image',
      kind: 'not-found',
      title: `${image.slice(0, 120)} in ${known.says.name} is no image. Delete it as a volume of the pool.`,
    })
  await deleteVolume(actor, reference, pool, image, now)
}
