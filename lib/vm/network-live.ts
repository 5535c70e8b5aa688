import type { NetworkDefinition, NetworkIp } from './libvirt-network.ts'
import { hostXml, ipIndex, rangeXml } from './network-edit.ts'

/** One change that libvirt makes to a network while it runs. */
export interface LiveUpdate {
  command: 'addLast' | 'delete'
  section: 'dhcpRange' | 'dhcpHost'
  /** Which `<ip>` of the network. */
  ipIndex: number
  xml: string
}

/**
 * How a running network gets the ranges and fixed addresses of its new definition; libvirt changes nothing else of a
 * network that runs. Empty where its own address changes too, since then they come with the restart.
 */
export function liveUpdates(runningXml: string, running: NetworkDefinition, wanted: NetworkDefinition): LiveUpdate[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const [before, after] = [running[family], wanted[family]]
    if (before === null || after === null) return []
    if (before.address !== after.address || before.prefix !== after.prefix) return []
    const index = ipIndex(runningXml, family)
    return updatesOf(before, after).map((update) => ({ ...update, ipIndex: index }))
  })
}

function updatesOf(before: NetworkIp, after: NetworkIp): Omit<LiveUpdate, 'ipIndex'>[] {
  const gone = <T>(list: readonly T[], other: readonly T[]) =>
    list.filter((one) => !other.some((same) => JSON.stringify(same) === JSON.stringify(one)))
  // What goes makes room for what comes.
  return [
    ...gone(before.hosts, after.hosts).map((host) => ({
      command: 'delete' as const,
      section: 'dhcpHost' as const,
      xml: hostXml(host),
    })),
    ...gone(before.ranges, after.ranges).map((range) => ({
      command: 'delete' as const,
      section: 'dhcpRange' as const,
      xml: rangeXml(range),
    })),
    ...gone(after.ranges, before.ranges).map((range) => ({
      command: 'addLast' as const,
      section: 'dhcpRange' as const,
      xml: rangeXml(range),
    })),
    ...gone(after.hosts, before.hosts).map((host) => ({
      command: 'addLast' as const,
      section: 'dhcpHost' as const,
      xml: hostXml(host),
    })),
  ]
}
