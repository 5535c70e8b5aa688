import type { HostRow } from '../../../store/hosts.ts'
import { listFacts } from '../../../store/facts.ts'
import type { Domain } from '../../../vm/domain.ts'
import type { Inventory } from '../../../vm/inventory.ts'
import { boardOf, type KnownDomain } from '../board.ts'

/** All VMs and MACs by what was last read of the hosts. */
export async function readInventory(hosts: readonly HostRow[]): Promise<Inventory> {
  const facts = await listFacts()
  return {
    vms: hosts.flatMap((host) => (boardOf(host.id)?.domains ?? []).map((domain) => known(host, domain))),
    hostMacs: hosts.flatMap((host) =>
      (facts.get(host.id)?.network.links ?? [])
        // A tap has its guest's MAC with another first byte; what is a VM's is told by the VM.
        .filter(({ vm, kind }) => vm === null && kind !== 'loopback')
        .flatMap(({ mac, name }) =>
          mac === null ? [] : [{ mac: mac.toLowerCase(), hostName: host.name, link: name }],
        ),
    ),
  }
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
