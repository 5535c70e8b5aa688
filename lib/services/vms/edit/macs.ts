import { randomBytes } from 'node:crypto'
import { listFacts } from '../../../store/facts.ts'
import { listHosts } from '../../../store/hosts.ts'
import { freeMac as unusedMac } from '../../../vm/mac.ts'
import { boardOf } from '../board.ts'

/**
 * Who has which MAC, over all VMs and hosts that are known: libvirt never looks. A running VM's and its definition's both.
 * @param except the NIC that is edited
 * @returns MAC in lower case → `the VM web1 on kvm2`
 */
export async function readTakenMacs(except: { uuid: string; mac: string } | null): Promise<Map<string, string>> {
  const hosts = await listHosts()
  const facts = await listFacts(hosts.map(({ id }) => id))
  const taken = new Map<string, string>()
  for (const host of hosts) {
    for (const { mac, name, kind } of facts.get(host.id)?.network.links ?? [])
      // A macvtap has the MAC of its VM's NIC; a tap one of its own that no NIC can have.
      if (mac !== null && kind !== 'tap' && kind !== 'macvtap')
        taken.set(mac.toLowerCase(), `${name} of the host ${host.name}`)
    for (const { uuid, defined, running } of boardOf(host.id)?.domains ?? [])
      for (const { mac } of [...defined.nics, ...(running?.nics ?? [])])
        if (except === null || uuid !== except.uuid || mac !== except.mac)
          taken.set(mac, `the VM ${defined.name} on ${host.name}`)
  }
  return taken
}

/** One in the range that libvirt itself takes for QEMU, and that nobody has. */
export const freeMac = (taken: ReadonlyMap<string, string>): string =>
  unusedMac(new Set(taken.keys()), () => randomBytes(3))
