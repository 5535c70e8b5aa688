/** A VM as others must get along with it. */
export interface KnownVm {
  hostId: string
  hostName: string
  uuid: string
  name: string
  running: boolean
  /** Lower case. */
  macs: string[]
  /** Disks it writes to, by path. */
  writes: string[]
}

/** All VMs of all hosts that are known, and the MACs of the hosts themselves. */
export interface Inventory {
  vms: KnownVm[]
  hostMacs: { mac: string; hostName: string; link: string }[]
}

export const takenMacs = ({ vms, hostMacs }: Inventory): Set<string> =>
  new Set([...vms.flatMap(({ macs }) => macs), ...hostMacs.map(({ mac }) => mac)])

/**
 * Why a NIC can't have this MAC because somebody has it, or null.
 * @param except UUID of the VM whose own it may be
 */
export function macTaken({ vms, hostMacs }: Inventory, mac: string, except: string | null): string | null {
  const vm = vms.find(({ macs, uuid }) => uuid !== except && macs.includes(mac))
  const link = hostMacs.find((one) => one.mac === mac)
  if (vm === undefined && link === undefined) return null
  const owner = vm === undefined ? `${link?.link} of the host ${link?.hostName}` : `the VM ${vm.name} on ${vm.hostName}`
  return `${mac} belongs to ${owner}. Two NICs with one MAC lose each other’s packets; choose another.`
}
