/** For tests and benchmarks: a frame as the sampler on a host sends it. */

/** As the kernel counts: rx is what came into the host. What is absent is 0. */
export interface HostCounters {
  rxBytes?: number | bigint
  rxPackets?: number | bigint
  rxErrors?: number
  rxDrops?: number
  txBytes?: number | bigint
  txPackets?: number | bigint
  txErrors?: number
  txDrops?: number
}

const headings = [
  'Inter-|   Receive                                                |  Transmit',
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
]

/** Written as net/core/net-procfs.c does. */
export function counterFrame(clockSeconds: number, links: Record<string, HostCounters>): Uint8Array {
  const lines = Object.entries(links).map(([name, of]) => {
    const receive = [of.rxBytes, of.rxPackets, of.rxErrors, of.rxDrops, 0, 0, 0, 0]
    const transmit = [of.txBytes, of.txPackets, of.txErrors, of.txDrops, 0, 0, 0, 0]
    const pad = (numbers: (number | bigint | undefined)[]) => numbers.map((n) => String(n ?? 0).padStart(7)).join(' ')
    return `${name.padStart(6)}: ${pad(receive)} ${pad(transmit)}`
  })
  return new TextEncoder().encode([clockSeconds.toFixed(9), ...headings, ...lines, ''].join('\n'))
}
