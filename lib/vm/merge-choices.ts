import type { HostChoices } from '../contract/vm-create.ts'

/** What at least one of these hosts offers: for what is not made on one host yet. Null without any host. */
export function mergeChoices(hosts: readonly HostChoices[]): HostChoices | null {
  const [first] = hosts
  if (first === undefined) return null
  const words = (pick: (host: HostChoices) => readonly string[]) => [...new Set(hosts.flatMap(pick))]
  const byName = <T>(pick: (host: HostChoices) => readonly T[], nameOf: (one: T) => string): T[] => [
    ...new Map(hosts.flatMap(pick).map((one) => [nameOf(one), one])).values(),
  ]
  return {
    ...first,
    machines: words(({ machines }) => machines),
    firmwares: [...new Set(hosts.flatMap(({ firmwares }) => firmwares))],
    tpm: hosts.some(({ tpm }) => tpm),
    cpus: words(({ cpus }) => cpus),
    filters: words(({ filters }) => filters),
    bridges: byName(
      ({ bridges }) => bridges,
      ({ name }) => name,
    ).map((bridge) => ({ ...bridge, isLan: false })),
    networks: byName(
      ({ networks }) => networks,
      ({ name }) => name,
    ),
    devices: byName(
      ({ devices }) => devices,
      ({ name }) => name,
    ),
    pools: byName(
      ({ pools }) => pools,
      ({ name }) => name,
    ).map((pool) => ({ ...pool, active: true, availableBytes: null, capacityBytes: null })),
    images: byName(
      ({ images }) => images,
      ({ pool, volume }) => `${pool}/${volume}`,
    ).map((image) => ({ ...image, usedBy: [] })),
  }
}
