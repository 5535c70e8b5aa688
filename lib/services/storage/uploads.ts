import { createHash } from 'node:crypto'
import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { beginUploadSchema, finishUploadSchema, Image, Upload } from '../../contract/storage.ts'
import {
  fileSize,
  freeBytes,
  isThere,
  listParts,
  makeEmpty,
  removeFile,
  writeAt,
  type FileFailure,
} from '../../host/image-files.ts'
import { once } from '../../kit/once.ts'
import { Problem } from '../../kit/problem.ts'
import type { Session } from '../../ssh/session.ts'
import {
  imageNameRefusal,
  parseUnfinished,
  unfinishedId,
  unfinishedName,
  type Unfinished,
} from '../../vm/image-file.ts'
import { sizeText, spaceRefusal } from '../../vm/volume.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { audited, refuse } from '../refuse.ts'
import { requireSum, takeImage } from './take-image.ts'
import { findPool, openStorage, requireFilePool, type KnownPool } from './situation.ts'
import { fileProblem, requireRight, stored, wrongField } from './storage-problem.ts'
import { newNameRefusal } from './volumes.ts'

/**
 * Uploads in chunks. Where one stands is told by the host alone: the name and the size of a `.part` file. So it goes on
 * after a connection that broke, a page that was loaded anew, and a restart of Drawbridge.
 */

/** What one request may bring; more only means that more is sent again after a cut. */
export const maxChunkBytes = 16 * 1024 * 1024
const chunkBytes = 8 * 1024 * 1024

interface Place {
  hostId: string
  session: Session
  pool: KnownPool
  directory: string
}

async function placeOf(reference: string, pool: string, now: () => Date): Promise<Place> {
  const host = await findHost(reference)
  const situation = await openStorage(host, now)
  const known = findPool(situation, pool)
  return { hostId: host.id, session: situation.session, pool: known, directory: requireFilePool(known) }
}

const partPath = (directory: string, upload: Unfinished): string => `${directory}/${unfinishedName(upload)}`

function uploadOf(id: string): Unfinished {
  const upload = parseUnfinished(`${id}.part`)
  if (upload !== null && newName(upload.name) === null) return upload
  throw new Problem({ code: 'no-upload', kind: 'not-found', title: 'There is no upload with this id. Begin it first.' })
}
const newName = (name: string): string | null => newNameRefusal({ known: [], says: { name: '' } }, name)

const present = (pool: string, upload: Unfinished, receivedBytes: number): Upload => ({
  id: unfinishedId(upload),
  pool,
  name: upload.name,
  sizeBytes: upload.sizeBytes,
  receivedBytes,
  chunkBytes,
})

/** One thing at a time with one name in one pool. */
const busy = (): Set<string> => once('storage-uploads', () => new Set<string>())

async function alone<T>(key: string, work: () => Promise<T>): Promise<T> {
  if (busy().has(key))
    throw new Problem({
      code: 'upload-busy',
      kind: 'conflict',
      title: 'Another request is at work on this upload. Wait for it to end, then ask where it stands.',
    })
  busy().add(key)
  try {
    return await work()
  } finally {
    busy().delete(key)
  }
}

/** Begins an upload, or goes on with it: the same name, size and content. */
export async function beginUpload(
  actor: Actor,
  reference: string,
  poolName: string,
  asked: z.output<typeof beginUploadSchema>,
  now: () => Date,
): Promise<Upload> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    note({ detail: { did: 'begin upload', pool: poolName, image: asked.name, bytes: asked.sizeBytes } })
    const { session, pool, directory } = await placeOf(reference, poolName, now)
    const { name, sizeBytes } = asked
    requireRight([
      wrongField('name', newNameRefusal(pool, name) ?? imageNameRefusal(name)),
      wrongField('sizeBytes', sizeBytes < 512 ? 'The file is empty.' : null),
    ])
    const fingerprint = createHash('sha256').update(asked.fingerprint).digest('hex').slice(0, 24)
    const upload = { name, sizeBytes, fingerprint }
    return alone(`${host.id} ${directory} ${name}`, async () => {
      const path = partPath(directory, upload)
      const parts = stored(await listParts(session, directory), 'Looking into the pool')
      const begun = parts.flatMap(({ file, sizeBytes: got }) => {
        const other = parseUnfinished(file)
        return other?.name === name ? [{ file, got, other }] : []
      })
      const mine = begun.find(({ file }) => file === unfinishedName(upload))
      if (mine !== undefined) return present(pool.says.name, upload, mine.got)
      const [other] = begun
      if (other !== undefined)
        throw new Problem({
          code: 'upload-underway',
          kind: 'conflict',
          title: `Another file is being uploaded or fetched as ${name} (${sizeText(other.got)} so far). Choose another name, or remove that one first.`,
          extra: { upload: unfinishedId(other.other) },
        })
      if (stored(await isThere(session, `${directory}/${name}`), 'Looking into the pool'))
        requireRight([{ field: 'name', message: `There is a file called ${name} in ${directory} already.` }])
      const free = stored(await freeBytes(session, directory), 'Looking for free space')
      const lacks = spaceRefusal(sizeBytes, free)
      if (lacks !== null) throw noSpace(lacks, sizeBytes - free)
      stored(await makeEmpty(session, path), 'The upload')
      return present(pool.says.name, upload, 0)
    })
  })
}

const noSpace = (title: string, missingBytes: number): Problem =>
  new Problem({ code: 'no-space', kind: 'conflict', title, extra: { missingBytes } })

/** Where an upload stands. @param id as `beginUpload` answered it */
export async function getUpload(
  actor: Actor,
  reference: string,
  pool: string,
  id: string,
  now: () => Date,
): Promise<Upload> {
  await refuse(actor, 'storage.read')
  const upload = uploadOf(id)
  const place = await placeOf(reference, pool, now)
  return present(place.pool.says.name, upload, await received(place, upload))
}

async function received({ session, directory }: Place, upload: Unfinished): Promise<number> {
  const size = await fileSize(session, partPath(directory, upload))
  if (!size.ok && size.error.code === 'absent')
    throw new Problem({
      code: 'no-upload',
      kind: 'not-found',
      title: `There is no upload of ${upload.name} on the host any more: it was finished or removed. Begin it again.`,
    })
  return stored(size, 'Looking at the upload')
}

/** Where pools were found a moment ago: a large file is thousands of chunks, and each would read all pools again. */
const places = (): Map<string, Place> => once('storage-places', () => new Map<string, Place>())

async function knownPlace(reference: string, pool: string, now: () => Date): Promise<Place> {
  const key = JSON.stringify([reference, pool])
  const held = places().get(key)
  if (held !== undefined && !held.session.isClosed) return held
  const found = await placeOf(reference, pool, now)
  places().delete(key)
  places().set(key, found)
  if (places().size > 64) for (const [first] of places()) return (places().delete(first), found)
  return found
}

/** Takes the bytes from `offset` on. What came before a cut stays; `receivedBytes` says where to go on. */
export async function appendUpload(
  actor: Actor,
  reference: string,
  pool: string,
  id: string,
  offset: number,
  bytes: AsyncIterable<Uint8Array>,
  now: () => Date,
): Promise<Upload> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const upload = uploadOf(id)
  const place = await knownPlace(reference, pool, now)
  return alone(`${place.hostId} ${place.directory} ${id}`, async () => {
    const before = await received(place, upload)
    if (offset !== before)
      throw new Problem({
        code: 'upload-offset',
        kind: 'conflict',
        title: `The host has ${before} bytes of ${upload.name}, so the next ones begin there, not at ${offset}.`,
        extra: { receivedBytes: before },
      })
    const wrote = await writeAt(
      place.session,
      partPath(place.directory, upload),
      offset,
      limited(bytes, upload.sizeBytes - offset),
    )
    if (!wrote.ok) throw await appendProblem(place, upload, wrote.error)
    return present(place.pool.says.name, upload, await received(place, upload))
  })
}

/** No more than that many; a request that breaks off is nobody's bug. */
async function* limited(bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let left = most
  try {
    for await (const chunk of bytes) {
      left -= chunk.length
      if (left < 0) break
      yield chunk
    }
  } catch {
    throw new Problem({
      code: 'upload-cut',
      kind: 'conflict',
      title: 'The request broke off before all its bytes came. Ask where the upload stands, and go on there.',
    })
  }
  if (left >= 0) return
  throw new Problem({
    code: 'upload-too-long',
    kind: 'invalid',
    title: 'More bytes came than the file was said to have. Begin the upload again with the right size.',
  })
}

async function appendProblem(
  { session, directory }: Place,
  upload: Unfinished,
  failure: FileFailure,
): Promise<Problem> {
  if (failure.code !== 'no-space') return fileProblem(failure, `The upload of ${upload.name}`)
  const [free, size] = await Promise.all([
    freeBytes(session, directory),
    fileSize(session, partPath(directory, upload)),
  ])
  const left = upload.sizeBytes - (size.ok ? size.value : 0)
  const lacks = free.ok ? spaceRefusal(left, free.value) : null
  return lacks === null
    ? fileProblem(failure, `The upload of ${upload.name}`)
    : noSpace(`${lacks} What has come is kept: make room, then go on.`, left - (free.ok ? free.value : 0))
}

/** Checks what came and gives it its name. What is wrong is removed, so that nothing false is ever gone on with. */
export async function finishUpload(
  actor: Actor,
  reference: string,
  poolName: string,
  id: string,
  asked: z.output<typeof finishUploadSchema>,
  now: () => Date,
): Promise<Image> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const upload = uploadOf(id)
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    note({ detail: { did: 'upload image', pool: poolName, image: upload.name, bytes: upload.sizeBytes } })
    const place = await placeOf(reference, poolName, now)
    return alone(`${place.hostId} ${place.directory} ${id}`, async () => {
      const got = await received(place, upload)
      if (got !== upload.sizeBytes)
        throw new Problem({
          code: 'upload-incomplete',
          kind: 'conflict',
          title: `${sizeText(upload.sizeBytes - got)} of ${upload.name} have not come yet. Go on from ${got} bytes.`,
          extra: { receivedBytes: got },
        })
      const part = partPath(place.directory, upload)
      if (asked.checksum !== null) await requireSum(place.session, part, asked.checksum)
      return takeImage(host, place.pool.ref, { part, name: upload.name, directory: place.directory, now })
    })
  })
}

/** Removes what has come of an upload. */
export async function abortUpload(
  actor: Actor,
  reference: string,
  pool: string,
  id: string,
  now: () => Date,
): Promise<void> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const upload = uploadOf(id)
  const host = await findHost(reference)
  await audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    note({ detail: { did: 'remove upload', pool, image: upload.name } })
    const { session, directory } = await placeOf(reference, pool, now)
    stored(await removeFile(session, partPath(directory, upload)), 'Removing the upload')
  })
}
