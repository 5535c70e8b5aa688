import type { Actor } from '../../access/can.ts'
import type { LibvirtNetwork } from '../../contract/libvirt-networks.ts'
import { setAutostart, start, stop } from '../../host/libvirt/networks.ts'
import { Problem } from '../../kit/problem.ts'
import type { HostRow } from '../../store/hosts.ts'
import { usesOwnBridge } from '../../vm/libvirt-network.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { audited, refuse } from '../refuse.ts'
import { presentNetwork } from './present.ts'
import { reattachTaps } from './reattach.ts'
import {
  findNetwork,
  granted,
  isRunning,
  type KnownNetwork,
  namesOf,
  type NetworkSituation,
  openNetworks,
  vmsOn,
} from './situation.ts'

/** Starts a network, and puts running VMs that it lost back onto it. @param network UUID or name */
export async function startNetwork(
  actor: Actor,
  reference: string,
  network: string,
  now: () => Date,
): Promise<LibvirtNetwork> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  return change(actor, reference, network, 'start', now, async (situation, known) => {
    if (known.active) return
    granted(await start(situation.client, known.ref))
    await bringBack(situation, known)
  })
}

/** Stops a network; with `force` also when running VMs lose it. @param network UUID or name */
export async function stopNetwork(
  actor: Actor,
  reference: string,
  network: string,
  { force }: { force: boolean },
  now: () => Date,
): Promise<LibvirtNetwork> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  return change(actor, reference, network, 'stop', now, async (situation, known) => {
    if (!known.active) return
    if (!force) requireIdle(situation, known)
    granted(await stop(situation.client, known.ref))
  })
}

/** Lets it start with the host, or no longer. @param network UUID or name */
export async function patchNetwork(
  actor: Actor,
  reference: string,
  network: string,
  { autostart }: { autostart: boolean },
  now: () => Date,
): Promise<LibvirtNetwork> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  const did = autostart ? 'autostart' : 'no autostart'
  return change(actor, reference, network, did, now, async ({ client }, { ref }) => {
    granted(await setAutostart(client, ref, autostart))
  })
}

type Change = (situation: NetworkSituation, known: KnownNetwork, host: HostRow) => Promise<void>

/** Does it, audited, and tells how the network is afterwards. */
export async function change(
  actor: Actor,
  reference: string,
  network: string,
  did: string,
  now: () => Date,
  work: Change,
): Promise<LibvirtNetwork> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'host.network', hostTargetOf(host), async (note) => {
    const situation = await openNetworks(host)
    const known = findNetwork(situation, network)
    note({ detail: { did: `${did} libvirt network`, network: known.definition.name } })
    await work(situation, known, host)
    const after = await openNetworks(host)
    return presentNetwork(findNetwork(after, known.ref.uuid), after, now())
  })
}

/** Throws unless no running VM would lose its network. */
function requireIdle({ domains }: NetworkSituation, { ref, definition }: KnownNetwork): void {
  const vms = vmsOn(domains, ref.name).filter(isRunning)
  // On a bridge of the host nothing is taken away from VMs that run.
  if (vms.length === 0 || !usesOwnBridge(definition.mode)) return
  throw new Problem({
    code: 'network-in-use',
    kind: 'conflict',
    title: `Running VMs would lose their network: ${namesOf(vms)}. Shut them down first, or stop it all the same.`,
    extra: { vms: vms.map(({ name }) => name) },
  })
}

/** Puts the VMs that ran on it all along back. */
export async function bringBack(
  situation: Pick<NetworkSituation, 'session' | 'client' | 'domains' | 'networks'>,
  { ref, definition }: KnownNetwork,
): Promise<void> {
  if (!usesOwnBridge(definition.mode) || definition.bridge === null) return
  const lost = await reattachTaps(situation.session, situation, ref.name, definition.bridge)
  if (lost.length === 0) return
  throw new Problem({
    code: 'taps-lost',
    kind: 'conflict',
    title: `The network runs, but these VM ports could not be put back onto ${definition.bridge}: ${lost.join(', ')}. Restart their VMs.`,
  })
}
