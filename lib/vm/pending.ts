import type { Domain, DomainDisk, DomainNic } from './domain.ts'

/**
 * What the definition has otherwise than what runs, in a word each: `vcpus`, `memory`, `boot`, `cpu`, `firmware`,
 * `nic 52:54:…` or `disk vda`, and `more` for nothing of these. It counts from the next start on.
 */
export function pendingOf(running: Domain, defined: Domain): string[] {
  const found: string[] = []
  if (running.maxVcpus !== defined.maxVcpus || running.vcpus !== defined.vcpus) found.push('vcpus')
  if (running.maxMemoryBytes !== defined.maxMemoryBytes) found.push('memory')
  if (JSON.stringify(running.bootOrder) !== JSON.stringify(defined.bootOrder)) found.push('boot')
  if (JSON.stringify(running.topology) !== JSON.stringify(defined.topology)) found.push('topology')
  if (running.firmware !== defined.firmware || running.secureBoot !== defined.secureBoot) found.push('firmware')
  found.push(...devices('nic', running.nics, defined.nics, ({ mac }) => mac, comparableNic))
  found.push(...devices('disk', running.disks, defined.disks, ({ target }) => target, comparableDisk))
  return found
}

function devices<T>(
  word: string,
  running: readonly T[],
  defined: readonly T[],
  nameOf: (device: T) => string,
  comparable: (device: T) => unknown,
): string[] {
  const of = (list: readonly T[]) => new Map(list.map((device) => [nameOf(device), JSON.stringify(comparable(device))]))
  const [now, next] = [of(running), of(defined)]
  return [...new Set([...now.keys(), ...next.keys()])]
    .filter((name) => now.get(name) !== next.get(name))
    .map((name) => `${word} ${name}`)
}

/** Without what libvirt fills in at the start. */
const comparableNic = (nic: DomainNic) => ({ ...nic, tap: null, alias: null, mtu: nic.mtu })
const comparableDisk = (disk: DomainDisk) => ({
  ...disk,
  backing: [],
  // Of an empty drive libvirt tells it or not.
  format: disk.source === null ? null : disk.format,
  source: disk.volume === null ? disk.source : null,
})
