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

/** Who has that MAC, in words, or null. @param except UUID of the VM that asks */
export function ownerOfMac({ vms, hostMacs }: Inventory, mac: string, except: string | null = null): string | null {
  const vm = vms.find(({ macs, uuid }) => uuid !== except && macs.includes(mac))
  if (vm !== undefined) return `the VM ${vm.name} on ${vm.hostName}`
  const link = hostMacs.find((one) => one.mac === mac)
  return link === undefined ? null : `${link.link} of ${link.hostName}`
}
