import { randomBytes } from 'node:crypto'
import type { HostRow } from '../../store/hosts.ts'
import { listFacts } from '../../store/facts.ts'
import type { Domain } from '../../vm/domain.ts'
import { takenMacs, type Inventory } from '../../vm/inventory.ts'
import { freeMac } from '../../vm/mac.ts'
import { boardOf, type KnownDomain } from './board.ts'

/** All VMs and MACs by what was last read of the hosts; a VM's as it runs and as it is defined. */
export async function readInventory(hosts: readonly HostRow[]): Promise<Inventory> {
  const facts = await listFacts(hosts.map(({ id }) => id))
  const vms = hosts.flatMap((host) => (boardOf(host.id)?.domains ?? []).map((domain) => known(host, domain)))
  return {
    vms,
    hostMacs: hosts.flatMap((host) => {
      const ofVms = new Set(vms.flatMap(({ hostId, macs }) => (hostId === host.id ? macs : [])))
      return (
        (facts.get(host.id)?.network.links ?? [])
          // A tap's is its guest's with another first byte. What macvtap gives a VM is the VM's, and in its mode
          // passthrough the adapter below has it too.
          .filter(({ vm, kind }) => vm === null && kind !== 'tap' && kind !== 'loopback')
          .flatMap(({ mac, name }) => {
            const lower = mac?.toLowerCase() ?? null
            return lower === null || ofVms.has(lower) ? [] : [{ mac: lower, hostName: host.name, link: name }]
          })
      )
    }),
  }
}

/** Makes MACs, each in the range that libvirt itself takes for QEMU, and that nobody has. */
export function macMaker(inventory: Inventory): () => string {
  const taken = takenMacs(inventory)
  return () => freeMac(taken, () => randomBytes(3))
}

function known(host: HostRow, domain: KnownDomain): Inventory['vms'][number] {
  const both: Domain[] = domain.running === null ? [domain.defined] : [domain.defined, domain.running]
  return {
    hostId: host.id,
    hostName: host.name,
    uuid: domain.uuid,
    name: domain.ref.name,
    running: domain.running !== null,
    macs: [...new Set(both.flatMap(({ nics }) => nics.map(({ mac }) => mac)))],
    writes: [
      ...new Set(
        both.flatMap(({ disks }) =>
          disks.flatMap(({ device, readOnly, source }) =>
            device === 'disk' && !readOnly && source !== null ? [source] : [],
          ),
        ),
      ),
    ],
  }
}
