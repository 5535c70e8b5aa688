import type { Actor } from '../../access/can.ts'
import { Problem } from '../../kit/problem.ts'
import { keeper } from '../../live/keeper.ts'
import { sshPool } from '../../ssh/pool.ts'
import { listChanges } from '../../store/changes.ts'
import { deleteHost, hostsReachedThrough } from '../../store/hosts.ts'
import { listJobs } from '../../store/jobs.ts'
import { deleteSecret } from '../../store/secrets.ts'
import { audited, refuse } from '../refuse.ts'
import { findHost, hostTargetOf } from './find.ts'
import { forgetAddresses } from '../vms/addresses.ts'
import { forgetBoard } from '../vms/board.ts'
import { forgetSizes } from '../vms/sizes.ts'

/** Forgets a host with its keys and facts. Nothing changes on the host itself. @param reference id or name */
export async function removeHost(actor: Actor, reference: string): Promise<void> {
  await refuse(actor, 'host.remove', { kind: 'host', name: reference })
  const host = await findHost(reference)
  await audited(actor, 'host.remove', hostTargetOf(host), async (note) => {
    note({ detail: { address: host.address, port: host.port, user: host.user } })
    const { jobs } = await listJobs({ limit: 1 }, { hostId: host.id, state: 'running' })
    if (jobs[0] !== undefined)
      throw new Problem({
        code: 'busy',
        kind: 'conflict',
        title: `“${jobs[0].title}” runs on ${host.name}. Wait for it, or cancel it.`,
        extra: { job: jobs[0].id },
      })
    const changes = await listChanges({ hostId: host.id })
    const removed = await deleteHost(host.id)
    if (!removed.ok && removed.error === 'is-jump-host') throw await stillNeeded(host)
    await deleteSecret({ owner: 'Host', row: host.id })
    for (const { id } of changes) await deleteSecret({ owner: 'Change', row: id })
    keeper().forget(host.id)
    forgetBoard(host.id)
    forgetAddresses(host.id)
    forgetSizes(host.id)
    sshPool().drop(host.id)
  })
}

async function stillNeeded({ id, name }: { id: string; name: string }): Promise<Problem> {
  const others = (await hostsReachedThrough(id)).map((host) => host.name)
  return new Problem({
    code: 'is-jump-host',
    kind: 'conflict',
    title: `${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} reached through ${name}. Give ${others.length === 1 ? 'it' : 'them'} another way first.`,
    extra: { hosts: others },
  })
}
