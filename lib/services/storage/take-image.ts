import type { Image } from '../../contract/storage.ts'
import { checksum, fileHead, imageInfo, publish, removeFile } from '../../host/image-files.ts'
import type { NamedRef } from '../../host/libvirt/calls.ts'
import { refresh } from '../../host/libvirt/pools.ts'
import { Problem } from '../../kit/problem.ts'
import type { Session } from '../../ssh/session.ts'
import type { HostRow } from '../../store/hosts.ts'
import { contentRefusal, expectedFormats, readImageInfo } from '../../vm/image-file.ts'
import type { SumAlgorithm } from '../../vm/image-sums.ts'
import { presentImage } from './present.ts'
import { findPool, findVolume, openStorage } from './situation.ts'
import { granted, stored } from './storage-problem.ts'

/** Throws, and removes the file, unless it has that sum. */
export async function requireSum(
  session: Session,
  part: string,
  { algorithm, value }: { algorithm: SumAlgorithm; value: string },
  signal?: AbortSignal,
): Promise<void> {
  const sum = stored(await checksum(session, part, algorithm, signal), 'Checking the sum')
  if (sum === value) return
  await removeFile(session, part)
  throw new Problem({
    code: 'checksum-wrong',
    kind: 'conflict',
    title: `What came is not what was meant: its ${algorithm} is ${sum}, not ${value}. It was removed; take it from its source again.`,
    extra: { algorithm, sum, expected: value },
  })
}

/** Looks into a file that has come whole and gives it its name in the pool. What can't be an image is removed. */
export async function takeImage(
  host: HostRow,
  pool: NamedRef,
  { part, name, directory, now }: { part: string; name: string; directory: string; now: () => Date },
): Promise<Image> {
  const { session, client } = await openStorage(host, now)
  const [head, info] = await Promise.all([fileHead(session, part), imageInfo(session, part)])
  const unlike = contentRefusal(name, stored(head, 'Looking into the image'))
  // qemu-img refuses what is broken, and that is the file's fault unless the connection broke.
  if (!info.ok && info.error.code === 'connection') stored(info, 'Looking into the image')
  const read = info.ok
    ? readImageInfo(info.value, part, expectedFormats(name))
    : { ok: false as const, error: `qemu-img can’t read the file: ${info.error.said}` }
  if (unlike !== null || !read.ok) {
    await removeFile(session, part)
    throw new Problem({
      code: 'bad-image',
      kind: 'conflict',
      title: `${name} was not taken. ${unlike ?? (read.ok ? '' : read.error)}`,
    })
  }
  stored(await publish(session, part, `${directory}/${name}`), `Naming the image ${name}`)
  granted(await refresh(client, pool))
  const after = await openStorage(host, now)
  const known = findPool(after, pool.uuid)
  const image = presentImage(known, findVolume(known, name), after.users)
  if (image !== null) return image
  throw new Problem({
    code: 'no-image',
    kind: 'conflict',
    title: `${name} is in the pool, but libvirt does not take it for an image.`,
  })
}
