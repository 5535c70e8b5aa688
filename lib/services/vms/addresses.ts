import type { VmAddress } from '../../contract/vms.ts'
import { seenAddress, type SeenAddress } from '../../facts/guest-addresses.ts'
import { neighboursOf, watchPassing } from '../../host/guest-addresses.ts'
import { listFilter, listNetworks } from '../../host/libvirt/calls.ts'
import type { RpcClient } from '../../host/libvirt/client.ts'
import { connectLibvirt, libvirtOf } from '../../host/libvirt/connect.ts'
import { addressesByAgent } from '../../host/libvirt/domain-addresses.ts'
import { networkLeases } from '../../host/libvirt/network-calls.ts'
import { once } from '../../kit/once.ts'
import { hub } from '../../live/hub.ts'
import { log } from '../../log/log.ts'
import { sshPool } from '../../ssh/pool.ts'
import type { Session } from '../../ssh/session.ts'
import type { HostRow } from '../../store/hosts.ts'
import { type KnownAddress, mergeAddresses } from '../../vm/addresses.ts'
import { connectionOf, sessionOf } from '../hosts/target.ts'
import { boardOf, type KnownDomain } from './board.ts'

interface HostAddresses {
  /** Of agents, leases and neighbours, as last read. */
  read: KnownAddress[]
  /** When that began (monotonic ms), and the reading itself while it goes on. */
  readAt: number
  reading: Promise<void> | null
  /** What passed by: MAC → address → when it was last seen (monotonic ms). */
  passing: Map<string, Map<string, number>>
  /** The connection on which somebody listens. */
  listening: Session | null
  /** Agents that did not answer are left alone until then (monotonic ms), by UUID. */
  silentUntil: Map<string, number>
}

const readAgainMs = 5000
// A guest that uses its line asks for its gateway's MAC about once a minute; one that has moved on says so no more.
const passingKeptMs = 10 * 60_000
const mostPassing = 20_000
// A router behind the line answers for a whole network.
const mostPerMac = 32
const agentPatienceMs = 3000
const agentsAtOnce = 4
const silenceMs = 60_000

const hosts = (): Map<string, HostAddresses> => once('vm-addresses', () => new Map<string, HostAddresses>())
const of = (hostId: string): HostAddresses => {
  const held = hosts().get(hostId) ?? {
    read: [],
    readAt: Number.NEGATIVE_INFINITY,
    reading: null,
    passing: new Map(),
    listening: null,
    silentUntil: new Map(),
  }
  hosts().set(hostId, held)
  return held
}

/** Addresses of a guest by what the host was last seen to know of it, best source first. */
export function addressesOf(hostId: string, { running }: KnownDomain): VmAddress[] {
  const known = hosts().get(hostId)
  if (running === null || known === undefined) return []
  const macs = running.nics.map(({ mac }) => mac)
  return mergeAddresses(macs, [...known.read, ...lately(known, macs)])
}

/** What passed by lately; of a guest that has been quiet for long, what was seen last. */
function lately({ passing }: HostAddresses, macs: readonly string[]): KnownAddress[] {
  const now = performance.now()
  return macs.flatMap((mac) => {
    const seen = [...(passing.get(mac) ?? [])]
    const newest = Math.max(...seen.map(([, at]) => at))
    return seen
      .filter(([, at]) => at === newest || now - at < passingKeptMs)
      .map(([address]) => ({ mac, address, prefix: null, source: 'switch' as const }))
  })
}

/** Somebody looks: what is older than some seconds is read again. Resolves when what is known is that fresh. */
export function freshAddresses(host: HostRow): Promise<void> {
  const known = of(host.id)
  if (known.reading !== null) return known.reading
  if (performance.now() - known.readAt < readAgainMs) return Promise.resolve()
  known.readAt = performance.now()
  known.reading = readAll(host, known)
    .catch((failure: unknown) => log().debug({ host: host.id, err: failure }, 'Guests’ addresses could not be read.'))
    .finally(() => (known.reading = null))
  return known.reading
}

async function readAll(host: HostRow, known: HostAddresses): Promise<void> {
  void listen(host, known)
  const session = await sessionOf(host)
  const [agents, leases, neighbours] = await Promise.all([
    byAgents(host.id, session, known),
    byLeases(session),
    neighboursOf(session),
  ])
  const read = [
    ...agents,
    ...leases,
    ...neighbours.map((seen) => ({ ...seen, prefix: null, source: 'neighbour' as const })),
  ]
  const isNews = JSON.stringify(read) !== JSON.stringify(known.read)
  known.read = read
  if (isNews) hub().publish({ type: 'vms-changed', host: host.id })
}

/** Each that is connected, on a connection of its own: one that hangs keeps only its own place. */
async function byAgents(hostId: string, session: Session, known: HostAddresses): Promise<KnownAddress[]> {
  const now = performance.now()
  const asked = (boardOf(hostId)?.domains ?? []).filter(
    ({ uuid, running }) => running?.agent === 'connected' && (known.silentUntil.get(uuid) ?? 0) < now,
  )
  if (asked.length === 0) return []
  const connected = await connectLibvirt(session)
  if (!connected.ok) return []
  const client = connected.value
  const found: KnownAddress[] = []
  const ask = async (): Promise<void> => {
    for (let domain = asked.pop(); domain !== undefined; domain = asked.pop()) {
      const told = await client.call(addressesByAgent(domain.ref), { timeoutMs: agentPatienceMs })
      if (!told.ok) {
        known.silentUntil.set(domain.uuid, performance.now() + silenceMs)
        continue
      }
      for (const { mac, address, prefix } of told.value) {
        const seen = seenAddress(mac, address)
        if (seen !== null) found.push({ ...seen, prefix, source: 'agent' })
      }
    }
  }
  await Promise.all(Array.from({ length: agentsAtOnce }, ask))
  client.close()
  return found.toSorted((a, b) => (a.mac + a.address < b.mac + b.address ? -1 : 1))
}

async function byLeases(session: Session): Promise<KnownAddress[]> {
  const client = await libvirtOf(session)
  return client.ok ? leasesBy(client.value) : []
}

async function leasesBy(client: RpcClient): Promise<KnownAddress[]> {
  const networks = await client.call(listNetworks(listFilter.networks.active))
  if (!networks.ok) return []
  const leases = await Promise.all(networks.value.map((ref) => client.call(networkLeases(ref))))
  const nowSeconds = Date.now() / 1000
  return leases
    .flatMap((told) => (told.ok ? told.value : []))
    .filter(({ expirySeconds }) => expirySeconds === 0 || expirySeconds > nowSeconds)
    .flatMap(({ mac, address, prefix }) => {
      const seen = seenAddress(mac, address)
      return seen === null ? [] : [{ ...seen, prefix, source: 'lease' as const }]
    })
}

/** Begins to listen to what passes by, unless somebody does already; ends with the connection. */
async function listen(host: HostRow, known: HostAddresses): Promise<void> {
  if (known.listening !== null && !known.listening.isClosed) return
  const session = await sshPool().session(await connectionOf(host), 'live')
  if (!session.ok || (known.listening !== null && !known.listening.isClosed)) return
  known.listening = session.value
  await watchPassing(session.value, (seen) => {
    if (notePassing(known, seen) && isOfGuest(host.id, seen.mac)) hub().publish({ type: 'vms-changed', host: host.id })
  })
}

/** True when nobody knew. */
function notePassing({ passing }: HostAddresses, { mac, address }: SeenAddress): boolean {
  if (passing.size >= mostPassing) passing.clear()
  const seen = passing.get(mac) ?? new Map<string, number>()
  passing.set(mac, seen)
  if (seen.size >= mostPerMac) seen.clear()
  const isNews = !seen.has(address)
  seen.set(address, performance.now())
  return isNews
}

const isOfGuest = (hostId: string, mac: string): boolean =>
  (boardOf(hostId)?.domains ?? []).some(({ running }) => running?.nics.some((nic) => nic.mac === mac) === true)

export const forgetAddresses = (hostId: string): void => void hosts().delete(hostId)
