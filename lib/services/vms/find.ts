import type { RpcClient } from '../../host/libvirt/client.ts'
import { libvirtOf } from '../../host/libvirt/connect.ts'
import { readDomainNow } from '../../host/libvirt/domains.ts'
import { Problem } from '../../kit/problem.ts'
import type { Session } from '../../ssh/session.ts'
import type { HostRow } from '../../store/hosts.ts'
import { listHosts } from '../../store/hosts.ts'
import { findHost } from '../hosts/find.ts'
import { sessionOf } from '../hosts/target.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { boardOf, knownDomain, refreshBoardBy, type KnownDomain } from './board.ts'

/** A VM as it is on its host at this moment, and the way to it. */
export interface FoundVm {
  host: HostRow
  session: Session
  client: RpcClient
  domain: KnownDomain
}

/** The way to a host's libvirt, or the problem thrown. */
export async function libvirtOn(host: HostRow): Promise<{ session: Session; client: RpcClient }> {
  const session = await sessionOf(host)
  const client = await libvirtOf(session)
  if (!client.ok) throw libvirtProblem(client.error)
  return { session, client: client.value }
}

/** @param reference UUID, `host:name` or `host:uuid` */
export async function findVm(reference: string, now: () => Date): Promise<FoundVm> {
  const { host, uuid } = await placeVm(reference, now)
  const { session, client } = await libvirtOn(host)
  const read = await readDomainNow(client, uuid)
  if (read.ok) return { host, session, client, domain: knownDomain(read.value) }
  if (read.error.code === 'absent') throw noVm(reference)
  throw libvirtProblem(read.error)
}

/** Where a VM is, by what was last read of the hosts; hosts never read are read. */
export async function placeVm(reference: string, now: () => Date): Promise<{ host: HostRow; uuid: string }> {
  const colon = reference.indexOf(':')
  const wanted = reference.slice(colon + 1)
  const hosts = colon > 0 ? [await findHost(reference.slice(0, colon))] : await listHosts()
  // By what is known first; a VM somebody made a moment ago is found by looking.
  for (const again of [false, true]) {
    const found = (await Promise.all(hosts.map((host) => placesOn(host, wanted, colon > 0, again, now)))).flat()
    const [only] = found
    if (only !== undefined && found.length === 1) return only
    if (only !== undefined)
      throw new Problem({
        code: 'vm-ambiguous',
        kind: 'conflict',
        title: `Several VMs are called so: ${found.map(({ host, uuid }) => `${host.name}:${uuid}`).join(', ')}. Name one of them.`,
      })
  }
  throw noVm(reference)
}

async function placesOn(
  host: HostRow,
  wanted: string,
  byName: boolean,
  again: boolean,
  now: () => Date,
): Promise<{ host: HostRow; uuid: string }[]> {
  let board = boardOf(host.id)
  if (board === null || again) {
    // A host that is down has no VM that could be reached; the others may have it.
    const client = await libvirtOn(host).catch((failure: unknown) => {
      if (byName) throw failure
      return null
    })
    const read = client === null ? null : await refreshBoardBy(host.id, client.client, now)
    if (read?.ok === true) board = read.value
  }
  return (board?.domains ?? [])
    .filter(({ uuid, ref }) => uuid === wanted.toLowerCase() || (byName && ref.name === wanted))
    .map(({ uuid }) => ({ host, uuid }))
}

const noVm = (reference: string): Problem =>
  new Problem({
    code: 'no-vm',
    kind: 'not-found',
    title: `There is no VM ${reference.slice(0, 120)} on any host that answers.`,
  })

export const vmTargetOf = ({ host, domain }: Pick<FoundVm, 'host' | 'domain'>) => ({
  kind: 'vm',
  id: domain.uuid,
  name: `${host.name}/${domain.defined.name}`,
})
