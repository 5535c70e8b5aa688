import { counterFrame, type HostCounters } from '../harness/counter-frame.ts'

/** Frames of a host with so many links, 1 s apart, of which three in ten carry traffic that varies. */
export function framesOf(links: number, seconds: number): Uint8Array[] {
  const totals = Array.from({ length: links }, (_, link) => ({
    packets: 1_000_000 * (link + 1),
    bytes: 700_000_000 * (link + 1),
  }))
  return Array.from({ length: seconds }, (_, second) => {
    const counters: Record<string, HostCounters> = {}
    for (const [link, total] of totals.entries()) {
      if (link % 10 < 3) {
        const packets = Math.round(
          20_000 * (1 + Math.sin(second / 7 + link)) + ((second * 7919 + link * 104_729) % 997),
        )
        total.packets += packets
        total.bytes += packets * 700
      }
      const { packets, bytes } = total
      counters[nameOf(link)] = { rxPackets: packets, txPackets: half(packets), rxBytes: bytes, txBytes: half(bytes) }
    }
    return counterFrame(1000 + second, counters)
  })
}

const nameOf = (link: number): string =>
  link < 2 ? `enp${link + 1}s0` : link < 4 ? `br${link - 2}` : `vnet${link - 4}`

const half = (count: number): number => Math.floor(count / 2)
