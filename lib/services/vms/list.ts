import type { Actor } from '../../access/can.ts'
import type { VmDetail, VmList } from '../../contract/vms.ts'
import { hub } from '../../live/hub.ts'
import { listHosts, type HostRow } from '../../store/hosts.ts'
import { problemOf, refuse } from '../refuse.ts'
import { findHost } from '../hosts/find.ts'
import { sessionOf } from '../hosts/target.ts'
import { addressesOf, freshAddresses } from './addresses.ts'
import { boardOf, boardTroubleOf, refreshBoard, type HostBoard } from './board.ts'
import { watchFigures } from './figures.ts'
import { findVm, placeVm } from './find.ts'
import { presentVm, presentVmDetail } from './present.ts'
import { freshSizes } from './sizes.ts'

/** The VMs of all hosts, or of one, by what was last read. A host that was never read is read now. */
export async function listVms(actor: Actor, reference: string | null, now: () => Date): Promise<VmList> {
  await refuse(actor, 'vm.read')
  const hosts = reference === null ? await listHosts() : [await findHost(reference)]
  const read = await Promise.all(hosts.map(async (host) => ({ host, ...(await boardNow(host, now)) })))
  return {
    items: read.flatMap(({ host, board, reason }) =>
      (board?.domains ?? []).map((domain) => ({
        ...presentVm(host, domain, addressesOf(host.id, domain), board?.readAt ?? now()),
        gap: reason,
      })),
    ),
    gaps: read
      .filter(({ reason }) => reason !== null)
      .map(({ host, reason }) => ({ host: { id: host.id, name: host.name }, reason: reason ?? '' })),
  }
}

// A host without libvirt is not asked for it with each look at the list.
const askAgainMs = 10_000

async function boardNow(host: HostRow, now: () => Date): Promise<{ board: HostBoard | null; reason: string | null }> {
  const reason = silenceOf(host.id)
  const board = boardOf(host.id)
  const trouble = boardTroubleOf(host.id)
  if (reason !== null) return { board, reason }
  if (board !== null) {
    if (trouble === null) void look(host, now)
    return { board, reason: trouble?.reason ?? null }
  }
  if (trouble !== null && now().getTime() - trouble.at.getTime() < askAgainMs) return { board, reason: trouble.reason }
  try {
    const read = await refreshBoard(host.id, await sessionOf(host), now)
    if (read.ok) void look(host, now)
    return read.ok ? { board: read.value, reason: null } : { board: null, reason: read.error.title }
  } catch (failure) {
    const problem = problemOf(failure)
    if (problem === null) throw failure
    return { board: null, reason: problem.title }
  }
}

/** Why a host is known not to answer; null while it does, or that is not known yet. */
function silenceOf(hostId: string): string | null {
  const { state, reason } = hub().state(hostId)
  return state === 'up' || state === 'connecting' ? null : (reason ?? 'The host does not answer.')
}

/** What changes all the time is read only while somebody looks. The list waits for none of it. */
async function look(host: HostRow, now: () => Date): Promise<void> {
  watchFigures(host, now)
  await Promise.all([freshAddresses(host), freshSizes(host)])
}

// Agents that hang take longer; one VM is looked at by people who wait.
const freshWithinMs = 500
const moment = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

/** One VM, read from its host now; of a host that is known not to answer, as last seen. @param reference see `findVm` */
export async function getVm(actor: Actor, reference: string, now: () => Date): Promise<VmDetail> {
  await refuse(actor, 'vm.read')
  const seen = await lastSeen(reference, now)
  if (seen !== null) return seen
  const { host, domain } = await findVm(reference, now)
  await Promise.race([look(host, now), moment(freshWithinMs)])
  return presentVmDetail(host, domain, addressesOf(host.id, domain), now())
}

async function lastSeen(reference: string, now: () => Date): Promise<VmDetail | null> {
  const { host, uuid } = await placeVm(reference, now)
  const gap = silenceOf(host.id)
  const board = boardOf(host.id)
  const domain = board?.domains.find((one) => one.uuid === uuid)
  if (gap === null || board === null || domain === undefined) return null
  return { ...presentVmDetail(host, domain, addressesOf(host.id, domain), board.readAt), gap }
}
