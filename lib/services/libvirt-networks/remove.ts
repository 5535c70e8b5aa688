import type { Actor } from '../../access/can.ts'
import type { RemovedNetwork } from '../../contract/libvirt-networks.ts'
import { removeNetwork as removeOnHost } from '../../host/libvirt/networks.ts'
import { Problem } from '../../kit/problem.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { audited, refuse } from '../refuse.ts'
import { findNetwork, granted, namesOf, openNetworks, vmsOn } from './situation.ts'

/**
 * Stops and forgets a network that no VM uses. What is answered brings it back, by `POST …/networks`.
 * @param network UUID or name
 */
export async function removeNetwork(actor: Actor, reference: string, network: string): Promise<RemovedNetwork> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'host.network', hostTargetOf(host), async (note) => {
    const situation = await openNetworks(host)
    const known = findNetwork(situation, network)
    note({ detail: { did: 'delete libvirt network', network: known.definition.name } })
    const vms = vmsOn(situation.domains, known.ref.name)
    if (vms.length > 0)
      throw new Problem({
        code: 'network-in-use',
        kind: 'conflict',
        title: `VMs use ${known.definition.name}: ${namesOf(vms)}. Move them to another network first.`,
        extra: { vms: vms.map(({ name }) => name) },
      })
    granted(await removeOnHost(situation.client, known))
    const { definition, autostart, active, definitionXml } = known
    return { name: definition.name, autostart, active, xml: definitionXml }
  })
}
