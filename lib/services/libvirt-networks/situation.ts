import type { DomainFacts } from '../../facts/facts.ts'
import { parseLibvirt } from '../../facts/libvirt-snapshot.ts'
import type { RpcClient } from '../../host/libvirt/client.ts'
import { libvirtOf } from '../../host/libvirt/connect.ts'
import type { LibvirtFailure } from '../../host/libvirt/failure.ts'
import { readNetworks, type HostNetwork } from '../../host/libvirt/networks.ts'
import { readSnapshot } from '../../host/libvirt/snapshot.ts'
import { readLinksNow } from '../../host/links.ts'
import { Problem } from '../../kit/problem.ts'
import type { Result } from '../../kit/result.ts'
import type { Session } from '../../ssh/session.ts'
import { getFacts } from '../../store/facts.ts'
import type { HostRow } from '../../store/hosts.ts'
import type { NetworkDefinition } from '../../vm/libvirt-network.ts'
import type { NetworkSurroundings } from '../../vm/network-check.ts'
import { parseLibvirtNetwork } from '../../vm/network-edit.ts'
import { sessionOf } from '../hosts/target.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { sshProblem } from '../ssh-problem.ts'

/** A network with what its texts say; `running` is null while it does not run. */
export interface KnownNetwork extends HostNetwork {
  definition: NetworkDefinition
  running: NetworkDefinition | null
}

/** What is on the host at this moment. */
export interface NetworkSituation {
  session: Session
  client: RpcClient
  networks: KnownNetwork[]
  domains: DomainFacts[]
}

/** The value, or the problem thrown. */
export function granted<T>(answer: Result<T, LibvirtFailure>): T {
  if (!answer.ok) throw libvirtProblem(answer.error)
  return answer.value
}

export async function openNetworks(host: HostRow): Promise<NetworkSituation> {
  const session = await sessionOf(host)
  const client = granted(await libvirtOf(session))
  const [read, snapshot] = await Promise.all([readNetworks(client), readSnapshot(client)])
  const networks = granted(read).map((network): KnownNetwork => {
    const definition = parsed(network.definitionXml, network)
    const running = network.runningXml === null ? null : parsed(network.runningXml, network)
    return { ...network, definition: { ...definition, bridge: definition.bridge ?? running?.bridge ?? null }, running }
  })
  return { session, client, networks, domains: parseLibvirt(granted(snapshot)).domains }
}

/** Of a network whose XML we can't read, only what libvirt calls it. */
function parsed(xml: string, { ref }: HostNetwork): NetworkDefinition {
  const read = parseLibvirtNetwork(xml)
  if (read.ok) return read.value
  return {
    uuid: ref.uuid,
    name: ref.name,
    mode: 'other',
    bridge: null,
    uplink: null,
    mtu: null,
    domain: null,
    ipv4: null,
    ipv6: null,
    portGroups: [],
  }
}

/** By UUID or, else, by name. */
export function findNetwork({ networks }: NetworkSituation, reference: string): KnownNetwork {
  const found = networks.find(({ ref }) => ref.uuid === reference) ?? networks.find(({ ref }) => ref.name === reference)
  if (found !== undefined) return found
  throw new Problem({
    code: 'no-network',
    kind: 'not-found',
    title: `This host has no libvirt network with the name or UUID ${reference.slice(0, 80)}.`,
  })
}

/** The VMs with a NIC on that network. */
export const vmsOn = (domains: readonly DomainFacts[], name: string): DomainFacts[] =>
  domains.filter(({ nics }) => nics.some((nic) => nic.sourceKind === 'network' && nic.source === name))

export const isRunning = ({ state }: DomainFacts): boolean => state !== 'shut-off' && state !== 'crashed'

/** All that another network must get along with. @param except the network that is edited */
export async function surroundingsOf(
  host: HostRow,
  { networks, session }: NetworkSituation,
  except: KnownNetwork | null = null,
): Promise<NetworkSurroundings> {
  const [facts, now] = await Promise.all([getFacts(host.id), readLinksNow(session)])
  if (!now.ok) throw sshProblem(now.error)
  const known = facts?.network.links ?? []
  const links = now.value ?? known
  return {
    networks: networks.filter((network) => network !== except).map(({ definition }) => definition),
    links,
    // The route over a link that is gone is gone with it.
    routes: (facts?.network.routes ?? []).filter(({ device }) => links.some(({ name }) => name === device)),
  }
}

/** One sentence with the names of at most ten VMs. */
export function namesOf(vms: readonly DomainFacts[]): string {
  const names = vms.slice(0, 10).map(({ name }) => name)
  return vms.length > names.length ? `${names.join(', ')} and ${vms.length - names.length} more` : names.join(', ')
}
