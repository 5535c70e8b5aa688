import type { Actor } from '../../access/can.ts'
import type { LibvirtNetwork, NetworkLease } from '../../contract/libvirt-networks.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'
import { presentLeases, presentNetwork } from './present.ts'
import { findNetwork, openNetworks } from './situation.ts'

/** The libvirt networks of a host as they are now, by name. @param reference id or name of the host */
export async function listNetworks(actor: Actor, reference: string, now: Date): Promise<LibvirtNetwork[]> {
  await refuse(actor, 'host.read')
  const situation = await openNetworks(await findHost(reference))
  const networks = await Promise.all(situation.networks.map((network) => presentNetwork(network, situation, now)))
  return networks.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** @param network UUID or name */
export async function getNetwork(actor: Actor, reference: string, network: string, now: Date): Promise<LibvirtNetwork> {
  await refuse(actor, 'host.read')
  const situation = await openNetworks(await findHost(reference))
  return presentNetwork(findNetwork(situation, network), situation, now)
}

/** What the network's own DHCP gave out. @param network UUID or name */
export async function listLeases(actor: Actor, reference: string, network: string): Promise<NetworkLease[]> {
  await refuse(actor, 'host.read')
  const situation = await openNetworks(await findHost(reference))
  return presentLeases(findNetwork(situation, network), situation)
}
