/** Where an address of a guest is known from, best first. */
export const addressOrigins = ['agent', 'lease', 'neighbour', 'switch'] as const
export type AddressOrigin = (typeof addressOrigins)[number]

export interface KnownAddress {
  mac: string
  address: string
  prefix: number | null
  source: AddressOrigin
}

const rank = (source: AddressOrigin): number => addressOrigins.indexOf(source)
const family = (address: string): number => (address.includes(':') ? 1 : 0)

/**
 * The addresses of a VM with these MACs: each once, from the best that tells it, IPv4 first. When the guest itself
 * speaks through its agent, what was seen of older addresses no longer counts.
 */
export function mergeAddresses(macs: readonly string[], known: readonly KnownAddress[]): KnownAddress[] {
  const ours = known.filter(({ mac }) => macs.includes(mac))
  const spoken = new Set(ours.filter(({ source }) => source === 'agent').map(({ mac }) => mac))
  const best = new Map<string, KnownAddress>()
  for (const one of ours.toSorted((a, b) => rank(a.source) - rank(b.source))) {
    if (one.source !== 'agent' && spoken.has(one.mac) && !best.has(one.address)) continue
    const held = best.get(one.address)
    if (held === undefined) best.set(one.address, one)
    else if (held.prefix === null && one.prefix !== null) best.set(one.address, { ...held, prefix: one.prefix })
  }
  return [...best.values()].toSorted(
    (a, b) =>
      macs.indexOf(a.mac) - macs.indexOf(b.mac) ||
      family(a.address) - family(b.address) ||
      rank(a.source) - rank(b.source),
  )
}
