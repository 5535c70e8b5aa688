import { createHash } from 'node:crypto'
import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { Job } from '../../contract/jobs.ts'
import type { fetchImageSchema } from '../../contract/storage.ts'
import { isThere, listParts } from '../../host/image-files.ts'
import { jobRunner } from '../../jobs/runner.ts'
import { Problem } from '../../kit/problem.ts'
import { addressRefusal, nameOfAddress } from '../../vm/image-address.ts'
import { imageCatalogue, type CatalogueEntry } from '../../vm/image-catalogue.ts'
import { imageNameRefusal, parseUnfinished } from '../../vm/image-file.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { readJob } from '../jobs/present.ts'
import { audited, refuse } from '../refuse.ts'
import { storageQueue } from './clone-job.ts'
import { fetchImageKind } from './fetch-job.ts'
import { findPool, openStorage, requireFilePool } from './situation.ts'
import { requireRight, stored, wrongField } from './storage-problem.ts'
import { newNameRefusal } from './volumes.ts'

/** Images that vendors publish. */
export async function listCatalogue(actor: Actor): Promise<readonly CatalogueEntry[]> {
  await refuse(actor, 'storage.read')
  return imageCatalogue
}

/**
 * Lets the host fetch an image, as a job. The host asks as itself, so addresses of its own network are allowed: a mirror
 * there is what most need. What comes is only ever taken as an image, and never shown.
 */
export async function fetchImage(
  actor: Actor,
  reference: string,
  asked: z.output<typeof fetchImageSchema>,
  now: () => Date,
): Promise<Job> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    const { url, checksum } = asked
    requireRight([
      wrongField('url', addressRefusal(url)),
      wrongField(
        'checksum.sumsUrl',
        checksum !== null && 'sumsUrl' in checksum ? addressRefusal(checksum.sumsUrl) : null,
      ),
    ])
    const name = asked.name === null || asked.name === '' ? nameOfAddress(url) : asked.name
    note({ detail: { did: 'fetch image', pool: asked.pool, image: name, from: new URL(url).host } })
    const { session, pools } = await openStorage(host, now)
    const pool = findPool({ pools }, asked.pool)
    const directory = requireFilePool(pool)
    requireRight([wrongField('name', newNameRefusal(pool, name) ?? imageNameRefusal(name))])
    if (stored(await isThere(session, `${directory}/${name}`), 'Looking into the pool'))
      requireRight([{ field: 'name', message: `There is a file called ${name} in ${directory} already.` }])
    const parts = stored(await listParts(session, directory), 'Looking into the pool')
    if (parts.some(({ file }) => parseUnfinished(file)?.name === name))
      throw new Problem({
        code: 'upload-underway',
        kind: 'conflict',
        title: `A file is being uploaded or fetched as ${name} already. Choose another name, or remove that one first.`,
      })
    const jobId = await jobRunner().enqueue({
      kind: fetchImageKind,
      title: `Fetch ${name} to ${pool.says.name} on ${host.name}`,
      hostId: host.id,
      queue: storageQueue(host.id, pool.ref.name),
      teamId: host.teamId,
      input: {
        pool: pool.ref.uuid,
        name,
        url,
        checksum,
        fingerprint: createHash('sha256').update(url).digest('hex').slice(0, 24),
      },
      createdBy: actor.name,
      steps: [
        { id: 'look', title: 'Look at what is there' },
        { id: 'fetch', title: 'Fetch it' },
        { id: 'check', title: 'Check its sum' },
        { id: 'take', title: 'Take it as an image' },
      ],
    })
    return readJob(jobId)
  })
}
