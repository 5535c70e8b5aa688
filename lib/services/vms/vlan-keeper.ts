import { readBridgeLinks, readPortVlans, setPortVlans, type BridgeLink, type PortVlan } from '../../host/bridges.ts'
import { err, ok, type Result } from '../../kit/result.ts'
import { log } from '../../log/log.ts'
import type { Session } from '../../ssh/session.ts'
import type { NicVlan } from '../../vm/nic-settings.ts'
import { portVlansOf, samePortVlans } from '../../vm/port-vlans.ts'
import type { HostBoard } from './board.ts'

/**
 * libvirt before 11 sets no VLAN on a Linux bridge's port, and a tap is a new port at each start. What the domain's
 * metadata wishes is set here, whenever the host's VMs were read and a port is otherwise.
 */
export async function keepVlans(hostId: string, session: Session, board: HostBoard): Promise<void> {
  const wished = board.domains.flatMap(({ running }) =>
    (running?.nics ?? []).flatMap(({ tap, vlan }) => (tap === null || vlan === null ? [] : [{ tap, vlan }])),
  )
  if (wished.length === 0) return
  const state = await readPorts(session)
  if (!state.ok) return log().warn({ host: hostId, why: state.error }, 'VLANs of VMs could not be looked at.')
  for (const { tap, vlan } of wished) {
    const set = await setOn(session, state.value, tap, vlan)
    if (!set.ok) log().warn({ host: hostId, port: tap, why: set.error }, 'The VLANs of a VM’s port could not be set.')
  }
}

interface Ports {
  links: BridgeLink[]
  vlans: Map<string, PortVlan[]>
}

async function readPorts(session: Session): Promise<Result<Ports>> {
  const [links, vlans] = await Promise.all([readBridgeLinks(session), readPortVlans(session)])
  if (!links.ok) return links
  return vlans.ok ? ok({ links: links.value, vlans: vlans.value }) : vlans
}

/** Sets a tap's VLANs now; null: as its bridge gives them to a new port. Errors: a sentence. */
export async function setTapVlans(session: Session, tap: string, vlan: NicVlan | null): Promise<Result<void>> {
  const state = await readPorts(session)
  return state.ok ? setOn(session, state.value, tap, vlan) : state
}

async function setOn(
  session: Session,
  { links, vlans }: Ports,
  tap: string,
  vlan: NicVlan | null,
): Promise<Result<void>> {
  const port = links.find(({ name }) => name === tap)
  const bridge = links.find(({ name }) => name === port?.master)
  if (bridge === undefined) return err(`${tap} is on no bridge.`)
  // Without filtering all of a bridge's ports see all of its frames, whatever is set; Open vSwitch is libvirt's.
  if (!bridge.vlanFiltering)
    return bridge.kind === 'bridge' && vlan !== null ? err(notKept(bridge.name)) : ok(undefined)
  const now = vlans.get(tap) ?? []
  const wanted = portVlansOf(vlan, bridge.defaultPvid)
  return samePortVlans(now, wanted) ? ok(undefined) : setPortVlans(session, tap, now, wanted)
}

const notKept = (bridge: string): string =>
  `${bridge} does not keep VLANs apart; switch on VLAN filtering on the host’s network page.`
