import { setTimeout as pause } from 'node:timers/promises'
import type { NamedRef } from '../../../host/libvirt/calls.ts'
import { listFilter, listPools } from '../../../host/libvirt/calls.ts'
import type { RpcClient } from '../../../host/libvirt/client.ts'
import { libvirtOf } from '../../../host/libvirt/connect.ts'
import { lookUpDomain, undefineDomain, undefineFlag } from '../../../host/libvirt/domain-calls.ts'
import { isAbsent, type LibvirtFailure } from '../../../host/libvirt/failure.ts'
import { refresh, removeVolume } from '../../../host/libvirt/pools.ts'
import { lookUpVolume } from '../../../host/libvirt/storage-calls.ts'
import { once } from '../../../kit/once.ts'
import { err, ok, type Result } from '../../../kit/result.ts'
import { log } from '../../../log/log.ts'
import { getHost, type HostRow } from '../../../store/hosts.ts'
import { getJob } from '../../../store/jobs.ts'
import { problemOf } from '../../refuse.ts'
import { sessionOf } from '../../hosts/target.ts'
import { forgetJournal, listJournals, type Journal } from './journal.ts'

/** systemd starts libvirtd again within a second or two; a host that takes longer has other trouble. */
const backMs = 45_000
const betweenMs = 500

/** libvirt of a host, also when it is away for a moment. Null: it did not come back. */
export async function libvirtBack(host: HostRow, patienceMs = backMs): Promise<RpcClient | null> {
  for (const until = Date.now() + patienceMs; ; await pause(betweenMs)) {
    try {
      const client = await libvirtOf(await sessionOf(host))
      if (client.ok) return client.value
    } catch (failure) {
      if (problemOf(failure) === null) throw failure
    }
    if (Date.now() > until) return null
  }
}

/**
 * Takes back exactly what stands in the journal: the definition with that UUID and those volumes. What can't be taken
 * back now stays in the journal and is tried again when libvirt is back. @returns what is left, in a sentence; null: nothing
 */
export async function undoCreation(host: HostRow, journal: Journal, patienceMs = backMs): Promise<string | null> {
  const client = await libvirtBack(host, patienceMs)
  const undone =
    client === null
      ? err<LibvirtFailure>({ code: 'absent', title: `libvirt on ${host.name} did not come back.` })
      : await takeBack(client, journal)
  if (undone.ok) {
    await forgetJournal(journal.uuid)
    return null
  }
  leftovers().add(host.id)
  const names = journal.volumes.map(({ pool, volume }) => `${pool}/${volume}`)
  return `What was made so far${names.length === 0 ? '' : ` (${names.join(', ')})`} could not be taken back: ${undone.error.title} It is as soon as libvirt is back.`
}

async function takeBack(client: RpcClient, { uuid, volumes }: Journal): Promise<Result<void, LibvirtFailure>> {
  const domain = await client.call(lookUpDomain(uuid))
  if (domain.ok) {
    // Somebody has started it: then it is a VM, and no longer ours to take away.
    if (domain.value.id !== -1) return ok(undefined)
    const gone = await client.call(undefineDomain(domain.value, undefineFlag.nvram))
    if (!gone.ok && !isAbsent(gone.error)) return gone
  } else if (!isAbsent(domain.error)) return domain
  if (volumes.length === 0) return ok(undefined)
  const pools = await client.call(listPools(listFilter.pools.active))
  if (!pools.ok) return pools
  for (const { pool, volume } of volumes.toReversed()) {
    const ref = pools.value.find(({ name }) => name === pool)
    if (ref === undefined) return err({ code: 'libvirt', title: `The pool ${pool} is not started.` })
    const removed = await removeIfThere(client, ref, volume)
    if (!removed.ok) return removed
  }
  return ok(undefined)
}

async function removeIfThere(client: RpcClient, pool: NamedRef, volume: string): Promise<Result<void, LibvirtFailure>> {
  let found = await client.call(lookUpVolume(pool, volume))
  if (!found.ok && isAbsent(found.error)) {
    // A libvirt that was killed half-way knows nothing of the file it was making.
    const fresh = await refresh(client, pool)
    if (!fresh.ok) return fresh
    found = await client.call(lookUpVolume(pool, volume))
  }
  if (!found.ok) return isAbsent(found.error) ? ok(undefined) : found
  const removed = await removeVolume(client, found.value)
  return removed.ok || isAbsent(removed.error) ? ok(undefined) : removed
}

/** Hosts where something may be left of a creation: all of them, until that was looked at once. */
const leftovers = (): Set<string> => once('vm-create-leftovers', () => new Set<string>())
const looked = (): Set<string> => once('vm-create-looked', () => new Set<string>())

/** Takes back what creations left on a host whose job ended before it could. Called whenever libvirt was just read. */
export async function tidyCreations(hostId: string): Promise<void> {
  if (looked().has(hostId) && !leftovers().has(hostId)) return
  looked().add(hostId)
  leftovers().delete(hostId)
  const host = await getHost(hostId)
  if (host === null) return
  for (const journal of await listJournals(hostId)) {
    const job = await getJob(journal.jobId)
    if (job !== null && (job.state === 'queued' || job.state === 'running')) continue
    const left = await undoCreation(host, journal, 0)
    if (left === null) log().info({ host: host.id, vm: journal.name }, 'What was left of a creation was taken back.')
  }
}
