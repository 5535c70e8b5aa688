import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { RemovedVm, removeVmSchema } from '../../contract/vm-create.ts'
import { libraryVersion } from '../../host/libvirt/calls.ts'
import { destroyDomain, lookUpDomain, undefineDomain, undefineFlag } from '../../host/libvirt/domain-calls.ts'
import { isAbsent } from '../../host/libvirt/failure.ts'
import { deleteVolume } from '../../host/delete-volume.ts'
import { readPools } from '../../host/libvirt/pools.ts'
import { lookUpVolumeByPath } from '../../host/libvirt/storage-calls.ts'
import { Problem } from '../../kit/problem.ts'
import { failureSentence } from '../../vm/start-failure.ts'
import { diskOwner, VolumeUsers } from '../../vm/volume-users.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { audited, refuse } from '../refuse.ts'
import { boardOf, refreshBoardBy } from './board.ts'
import { placedVolumes } from './create/choices.ts'
import { findVm, type FoundVm, vmTargetOf } from './find.ts'

const destroyMs = 90_000

/**
 * Forgets a VM, and deletes what is on those of its disks that were named. Nothing else is deleted. @param reference see `findVm`
 */
export async function removeVm(
  actor: Actor,
  reference: string,
  asked: z.output<typeof removeVmSchema>,
  now: () => Date,
): Promise<RemovedVm> {
  await refuse(actor, 'vm.remove', { kind: 'vm', name: reference })
  const found = await findVm(reference, now)
  return audited(actor, 'vm.remove', vmTargetOf(found), async (note) => {
    note({ detail: { disks: asked.disks.map(({ source }) => source), force: asked.force } })
    const { host, client, domain } = found
    const disks = requireNamed(found, asked.disks)
    await requireAlone(found, disks)
    if (domain.hasSnapshots && !asked.snapshots)
      throw new Problem({
        code: 'has-snapshots',
        kind: 'conflict',
        title: 'The VM has snapshots. Delete them first, or say that they go too.',
      })
    await stopIt(found, asked.force)
    await undefineIt(found, asked.snapshots)
    const outcome = await deleteDisks(found, disks)
    await refreshBoardBy(host.id, client, now)
    const gone = new Set([...outcome.deleted, ...outcome.failed.map(({ source }) => source)])
    const all = sourcesOf(found)
    return { id: domain.uuid, name: domain.defined.name, ...outcome, kept: all.filter((source) => !gone.has(source)) }
  })
}

const sourcesOf = ({ domain }: FoundVm): string[] => [
  ...new Set(domain.defined.disks.flatMap(({ source }) => (source === null ? [] : [source]))),
]

/** Each named disk must be one of the VM, at that very place: what was swapped meanwhile is not deleted. */
function requireNamed({ domain }: FoundVm, named: { target: string; source: string }[]): string[] {
  for (const { target, source } of named) {
    const disk = domain.defined.disks.find((one) => one.target === target)
    if (disk?.source === source) continue
    throw new Problem({
      code: 'other-disk',
      kind: 'conflict',
      title:
        disk === undefined
          ? `The VM has no disk ${target} any more. Look at it again.`
          : `The disk ${target} is another one by now (${disk.source ?? 'it is empty'}). Look at it again, then name what shall be deleted.`,
    })
  }
  return [...new Set(named.map(({ source }) => source))]
}

/**
 * What another VM has as a disk, or what a disk or volume lies over, stays. Of a VM that is off libvirt does not say what its
 * disk lies over; the volumes themselves do.
 */
async function requireAlone({ host, client, domain }: FoundVm, sources: readonly string[]): Promise<void> {
  if (sources.length === 0) return
  const pools = await readPools(client)
  if (!pools.ok) throw libvirtProblem(pools.error)
  const volumes = placedVolumes(pools.value)
  const others = (boardOf(host.id)?.domains ?? []).filter(({ uuid }) => uuid !== domain.uuid)
  const users = new VolumeUsers(volumes, others.map(diskOwner))
  for (const source of sources) {
    const user = users.of(source).find((one) => {
      if (one.kind === 'vm') return true
      // A snapshot of this VM goes together with what it lies over.
      const over = volumes.find(({ pool, name }) => pool === one.pool && name === one.name)
      return over?.path === undefined || over.path === null || !sources.includes(over.path)
    })
    if (user === undefined) continue
    const who = user.kind === 'vm' ? `the VM ${user.name}` : `the volume ${user.pool}/${user.name}`
    throw new Problem({
      code: 'disk-in-use',
      kind: 'conflict',
      title: `${source} is needed by ${who} too. Leave it, or delete that first.`,
    })
  }
}

async function stopIt({ client, domain }: FoundVm, force: boolean): Promise<void> {
  const now = await client.call(lookUpDomain(domain.uuid))
  if (!now.ok) throw libvirtProblem(now.error)
  if (now.value.id === -1) return
  if (!force)
    throw new Problem({
      code: 'vm-runs',
      kind: 'conflict',
      title: 'The VM runs. Shut it down first, or say that it is to be forced off.',
    })
  const stopped = await client.call(destroyDomain(now.value), { timeoutMs: destroyMs })
  if (stopped.ok) return
  const after = await client.call(lookUpDomain(domain.uuid))
  // One without a definition is gone with its end; one that ended by itself meanwhile is off.
  if (after.ok ? after.value.id === -1 : isAbsent(after.error)) return
  throw libvirtProblem(stopped.error)
}

async function undefineIt({ client, domain }: FoundVm, snapshots: boolean): Promise<void> {
  const ref = await client.call(lookUpDomain(domain.uuid))
  if (!ref.ok) {
    if (isAbsent(ref.error)) return
    throw libvirtProblem(ref.error)
  }
  // libvirt undefines one that runs without a word: somebody may have started it a moment ago.
  if (ref.value.id !== -1)
    throw new Problem({
      code: 'vm-runs',
      kind: 'conflict',
      title: 'Somebody has just started the VM. Look at it again.',
    })
  const { managedSave, nvram, tpm, snapshotsMetadata, checkpointsMetadata } = undefineFlag
  // Without it libvirt keeps a TPM's state where the definition says persistent_state; an older one always deletes it.
  const version = await client.call(libraryVersion())
  const tpmState = version.ok && version.value >= 8_009_000 ? tpm : 0
  const flags = managedSave | nvram | tpmState | (snapshots ? snapshotsMetadata | checkpointsMetadata : 0)
  const gone = await client.call(undefineDomain(ref.value, flags))
  if (gone.ok || isAbsent(gone.error)) return
  const problem = libvirtProblem(gone.error)
  throw new Problem({ ...problem.init, title: failureSentence(problem.init.title) ?? problem.init.title })
}

async function deleteDisks(
  { client, session }: FoundVm,
  sources: readonly string[],
): Promise<Pick<RemovedVm, 'deleted' | 'failed'>> {
  const outcome: Pick<RemovedVm, 'deleted' | 'failed'> = { deleted: [], failed: [] }
  for (const source of sources) {
    const volume = await client.call(lookUpVolumeByPath(source))
    if (!volume.ok) {
      const reason = isAbsent(volume.error)
        ? 'It is in no storage pool that runs, so Drawbridge does not delete it. Remove it on the host.'
        : volume.error.title
      outcome.failed.push({ source, reason })
      continue
    }
    const removed = await deleteVolume({ client, session }, volume.value)
    if (removed.ok) outcome.deleted.push(source)
    else outcome.failed.push({ source, reason: failureSentence(removed.error.title) ?? removed.error.title })
  }
  return outcome
}
