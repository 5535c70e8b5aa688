import type { Actor } from '../../access/can.ts'
import type { PoolList, StoragePool } from '../../contract/storage.ts'
import { closedDirectories } from '../../host/image-files.ts'
import { createPool as createOnHost, forgetPool, refresh, setAutostart, start, stop } from '../../host/libvirt/pools.ts'
import { Problem } from '../../kit/problem.ts'
import { buildPoolXml, checkPool, type PoolConfig } from '../../vm/pool.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { audited, refuse } from '../refuse.ts'
import { presentPool, vmsIn } from './present.ts'
import { findPool, openStorage, requireActive, type KnownPool, type StorageSituation } from './situation.ts'
import { granted, requireRight } from './storage-problem.ts'

/** The storage pools of a host as they are now, by name. @param reference id or name of the host */
export async function listPools(actor: Actor, reference: string, now: () => Date): Promise<PoolList> {
  await refuse(actor, 'storage.read')
  const situation = await openStorage(await findHost(reference), now)
  return { items: situation.pools.map((pool) => presentPool(pool, situation)), offered: situation.offered }
}

/** @param pool UUID or name */
export async function getPool(actor: Actor, reference: string, pool: string, now: () => Date): Promise<StoragePool> {
  await refuse(actor, 'storage.read')
  const situation = await openStorage(await findHost(reference), now)
  return presentPool(findPool(situation, pool), situation)
}

/** Defines a pool, makes its directory, starts it. When it does not start, nothing of its definition stays. */
export async function createPool(
  actor: Actor,
  reference: string,
  asked: PoolConfig & { autostart: boolean },
  now: () => Date,
): Promise<StoragePool> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    const { autostart, ...config } = asked
    note({ detail: { did: 'create pool', pool: config.name, kind: config.kind } })
    const { client, session, pools, offered } = await openStorage(host, now)
    requireRight(
      checkPool(
        config,
        pools.map(({ says }) => says),
        offered,
      ),
    )
    // QEMU runs as a user of its own: it must be able to come to the directory.
    const closed = 'path' in config ? await closedDirectories(session, parentOf(config.path)) : null
    const [shut] = closed?.ok === true ? closed.value : []
    if (shut !== undefined)
      requireRight([
        {
          field: 'path',
          message: `VMs could not reach it: ${shut} is closed to others. Open it (chmod o+x), or choose another place.`,
        },
      ])
    // A volume group and a ZFS pool are there already: making one would empty disks.
    const build = config.kind === 'dir' || config.kind === 'netfs'
    const ref = granted(await createOnHost(client, buildPoolXml(config), { build, start: true, autostart }))
    const after = await openStorage(host, now)
    return presentPool(findPool(after, ref.uuid), after)
  })
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

/** Lets it start with the host, or no longer. @param pool UUID or name */
export async function patchPool(
  actor: Actor,
  reference: string,
  pool: string,
  { autostart }: { autostart: boolean },
  now: () => Date,
): Promise<StoragePool> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const did = autostart ? 'autostart' : 'no autostart'
  return change(actor, reference, pool, did, now, async ({ client }, { ref }) => {
    granted(await setAutostart(client, ref, autostart))
  })
}

/** @param pool UUID or name */
export async function startPool(actor: Actor, reference: string, pool: string, now: () => Date): Promise<StoragePool> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  return change(actor, reference, pool, 'start', now, async ({ client }, { ref, active }) => {
    if (!active) granted(await start(client, ref))
  })
}

/** Looks at what is in it again. @param pool UUID or name */
export async function refreshPool(
  actor: Actor,
  reference: string,
  pool: string,
  now: () => Date,
): Promise<StoragePool> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  return change(actor, reference, pool, 'refresh', now, async ({ client }, known) => {
    requireActive(known)
    granted(await refresh(client, known.ref))
  })
}

/** Nothing in it goes away; a share is unmounted, and so is refused while running VMs have disks on it. */
export async function stopPool(actor: Actor, reference: string, pool: string, now: () => Date): Promise<StoragePool> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  return change(actor, reference, pool, 'stop', now, async (situation, known) => {
    if (!known.active) return
    const running = vmsIn(known, situation).filter((vm) => vm.running)
    if (known.says.kind !== 'dir' && running.length > 0) throw inUse(known, running, 'Shut them down first.')
    granted(await stop(situation.client, known.ref))
  })
}

/** Stops it and forgets its definition. All that is in it stays on the host. @param pool UUID or name */
export async function removePool(actor: Actor, reference: string, pool: string, now: () => Date): Promise<void> {
  await refuse(actor, 'storage.manage', { kind: 'host', name: reference })
  const host = await findHost(reference)
  await audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    const situation = await openStorage(host, now)
    const known = findPool(situation, pool)
    note({ detail: { did: 'delete pool', pool: known.says.name } })
    // A VM that names a file of a directory by its path does not need the pool.
    const named = situation.owners.filter(({ disks }) => disks.some((disk) => disk.pool === known.ref.name))
    const vms = known.says.kind === 'dir' ? named : vmsIn(known, situation)
    if (vms.length > 0) throw inUse(known, vms, 'Move their disks elsewhere first.')
    granted(await forgetPool(situation.client, known))
  })
}

async function change(
  actor: Actor,
  reference: string,
  pool: string,
  did: string,
  now: () => Date,
  work: (situation: StorageSituation, known: KnownPool) => Promise<void>,
): Promise<StoragePool> {
  const host = await findHost(reference)
  return audited(actor, 'storage.manage', hostTargetOf(host), async (note) => {
    const situation = await openStorage(host, now)
    const known = findPool(situation, pool)
    note({ detail: { did: `${did} pool`, pool: known.says.name } })
    await work(situation, known)
    const after = await openStorage(host, now)
    return presentPool(findPool(after, known.ref.uuid), after)
  })
}

function inUse({ says }: KnownPool, vms: readonly { name: string }[], wayOut: string): Problem {
  const names = vms.slice(0, 10).map(({ name }) => name)
  return new Problem({
    code: 'pool-in-use',
    kind: 'conflict',
    title: `VMs have disks in ${says.name}: ${names.join(', ')}${vms.length > 10 ? ', …' : ''}. ${wayOut}`,
    extra: { vms: vms.map(({ name }) => name) },
  })
}
