import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { Job } from '../../contract/jobs.ts'
import type { cloneVolumeSchema, newVolumeSchema, Volume } from '../../contract/storage.ts'
import { deleteVolume as deleteOnHost } from '../../host/delete-volume.ts'
import { createVolume as createOnHost, refresh } from '../../host/libvirt/pools.ts'
import { jobRunner } from '../../jobs/runner.ts'
import { Problem } from '../../kit/problem.ts'
import { isFilePool } from '../../vm/pool.ts'
import { usersText } from '../../vm/volume-users.ts'
import {
  buildVolumeXml,
  capacityRefusal,
  isUnfinished,
  sizeText,
  spaceRefusal,
  volumeNameRefusal,
} from '../../vm/volume.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { readJob } from '../jobs/present.ts'
import { audited, refuse } from '../refuse.ts'
import { outdateSizes } from '../vms/sizes.ts'
import { cloneVolumeKind, storageQueue } from './clone-job.ts'
import { growOnHost, ungrowable } from './grow.ts'
import { presentVolume } from './present.ts'
import {
  findPool,
  findVolume,
  openStorage,
  requireActive,
  usersNow,
  type KnownPool,
  type KnownVolume,
} from './situation.ts'
import { granted, requireRight, wrongField } from './storage-problem.ts'

/** The volumes of a pool that runs, by name. @param pool UUID or name */
export async function listVolumes(actor: Actor, reference: string, pool: string, now: () => Date): Promise<Volume[]> {
  await refuse(actor, 'storage.read')
  const situation = await openStorage(await findHost(reference), now)
  return findPool(situation, pool)
    .known.filter(({ name }) => !isUnfinished(name))
    .map((volume) => presentVolume(volume, situation.users))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export async function getVolume(
  actor: Actor,
  reference: string,
  pool: string,
  volume: string,
  now: () => Date,
): Promise<Volume> {
  await refuse(actor, 'storage.read')
  const situation = await openStorage(await findHost(reference), now)
  return presentVolume(findVolume(findPool(situation, pool), volume), situation.users)
}

/** An empty volume. */
export async function createVolume(
  actor: Actor,
  reference: string,
  pool: string,
  asked: z.output<typeof newVolumeSchema>,
  now: () => Date,
): Promise<Volume> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    const { client, ...situation } = await openStorage(host, now)
    const known = findPool(situation, pool)
    note({ detail: { did: 'create volume', pool: known.says.name, volume: asked.name, bytes: asked.capacityBytes } })
    requireActive(known)
    const isFile = isFilePool(known.says.kind)
    const format = isFile ? (asked.format ?? 'qcow2') : null
    const takesAll = !isFile || (format === 'raw' && asked.preallocate)
    requireRight([
      wrongField('name', newNameRefusal(known, asked.name)),
      wrongField('capacityBytes', capacityRefusal(asked.capacityBytes, takesAll ? known.use.availableBytes : null)),
      isFile || asked.format === null || asked.format === 'raw'
        ? null
        : { field: 'format', message: 'Volumes of this pool are block devices, and so raw.' },
    ])
    const preallocate = takesAll && isFile
    granted(await createOnHost(client, known.ref, buildVolumeXml({ ...asked, format, preallocate })))
    const after = await openStorage(host, now)
    return presentVolume(findVolume(findPool(after, known.ref.uuid), asked.name), after.users)
  })
}

export const newNameRefusal = (
  { known, says }: { known: readonly { ref: { name: string } }[]; says: { name: string } },
  name: string,
): string | null =>
  volumeNameRefusal(name) ??
  (known.some((volume) => volume.ref.name === name)
    ? `${says.name} has a volume called ${name} already. Choose another name.`
    : null)

/** Deletes a volume that nobody uses. */
export async function deleteVolume(
  actor: Actor,
  reference: string,
  pool: string,
  volume: string,
  now: () => Date,
): Promise<void> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  await audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    note({ detail: { did: 'delete volume', pool, volume } })
    const before = await openStorage(host, now)
    const { ref } = findPool(before, pool)
    // What was made by hand since the pools were last looked at may lie over it.
    const active = before.pools.filter((one) => one.active)
    await Promise.all(active.map((one) => refresh(before.client, one.ref)))
    const situation = await openStorage(host, now)
    const found = findVolume(findPool(situation, ref.uuid), volume)
    const users = (await usersNow(situation)).of(found.path)
    if (users.length > 0)
      throw new Problem({
        code: 'volume-in-use',
        kind: 'conflict',
        title: `${found.name} is not deleted: it is in use by ${usersText(users)}.`,
        extra: { usedBy: users },
      })
    granted(await deleteOnHost(situation, found.ref))
  })
}

/** Makes a volume larger. What a running VM has open is resized through the VM. */
export async function resizeVolume(
  actor: Actor,
  reference: string,
  pool: string,
  volume: string,
  { capacityBytes }: { capacityBytes: number },
  now: () => Date,
): Promise<Volume> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    const situation = await openStorage(host, now)
    const known = findPool(situation, pool)
    const found = findVolume(known, volume)
    note({ detail: { did: 'resize volume', pool: known.says.name, volume: found.name, bytes: capacityBytes } })
    requireRight([wrongField('capacityBytes', growthRefusal(known, found, capacityBytes))])
    const users = (await usersNow(situation)).of(found.path)
    requireClosed(found, users)
    const over = users.filter((user) => user.kind === 'volume' || user.as === 'backing')
    if (over.length > 0)
      throw new Problem({
        code: 'volume-in-use',
        kind: 'conflict',
        title: `${found.name} must stay as it is: ${usersText(over)} need it.`,
        extra: { usedBy: over },
      })
    const growing = { pool: known.ref, kind: known.says.kind, volume: found.ref, path: found.path ?? '' }
    await growOnHost(situation, growing, capacityBytes)
    outdateSizes(host.id)
    const after = await openStorage(host, now)
    return presentVolume(findVolume(findPool(after, known.ref.uuid), volume), after.users)
  })
}

function growthRefusal(
  { says, use }: KnownPool,
  { capacityBytes: before }: KnownVolume,
  wanted: number,
): string | null {
  if (wanted <= before)
    return `It has ${sizeText(before)} already. A volume can only grow: shrinking would cut off what is in it.`
  return (
    ungrowable(says.kind) ??
    capacityRefusal(wanted) ??
    (isFilePool(says.kind) ? null : spaceRefusal(wanted - before, use.availableBytes))
  )
}

/** Throws when a running VM writes to it. */
function requireClosed(volume: KnownVolume, users: Volume['usedBy']): void {
  const running = users.filter((user) => user.kind === 'vm' && user.running && user.as === 'disk')
  if (running.length === 0) return
  throw new Problem({
    code: 'volume-in-use',
    kind: 'conflict',
    title: `${volume.name} is open in ${usersText(running)}, which is running. Shut it down first, or do it on the VM’s own page.`,
    extra: { usedBy: running },
  })
}

/** A whole copy, as a job. */
export async function cloneVolume(
  actor: Actor,
  reference: string,
  pool: string,
  volume: string,
  asked: z.output<typeof cloneVolumeSchema>,
  now: () => Date,
): Promise<Job> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    const situation = await openStorage(host, now)
    const from = findPool(situation, pool)
    const found = findVolume(from, volume)
    const into = asked.pool === null ? from : findPool(situation, asked.pool)
    note({
      detail: { did: 'clone volume', pool: from.says.name, volume: found.name, as: asked.name, into: into.says.name },
    })
    requireActive(into)
    requireRight([wrongField('name', newNameRefusal(into, asked.name))])
    requireClosed(found, (await usersNow(situation)).of(found.path))
    const isFile = isFilePool(into.says.kind)
    const format = isFile ? (asked.format ?? (found.format === 'qcow2' ? 'qcow2' : 'raw')) : null
    const needed = isFile ? Math.min(found.allocationBytes, found.capacityBytes) : found.capacityBytes
    requireRight([wrongField('name', spaceRefusal(needed, into.use.availableBytes))])
    const jobId = await jobRunner().enqueue({
      kind: cloneVolumeKind,
      title: `Copy ${found.name} to ${into.says.name}/${asked.name} on ${host.name}`,
      hostId: host.id,
      queue: storageQueue(host.id, into.ref.name),
      teamId: host.teamId,
      input: { from: from.ref.name, volume: found.ref.name, into: into.ref.name, name: asked.name, format },
      createdBy: actor.name,
      steps: [{ id: 'copy', title: 'Copy' }],
    })
    return readJob(jobId)
  })
}
