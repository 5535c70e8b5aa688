import type { DomainFacts, DomainState, LibvirtFacts, StoragePoolFacts } from './facts.ts'
import { parseDomainXml } from '../vm/domain-xml.ts'
import { parseNetworkXml, parsePoolXml } from '../vm/network-xml.ts'
import { lineText, nameText } from './text.ts'

/** libvirt's answers of one instant, as they came, before anything in them is believed. */
export interface LibvirtSnapshot {
  /** `major * 1,000,000 + minor * 1,000 + release`. */
  libvirtVersion: number | null
  hypervisorVersion: number | null
  domains: { uuid: string; name: string; state: number; autostart: boolean; xml: string }[]
  networks: { name: string; active: boolean; autostart: boolean; xml: string }[]
  pools: {
    name: string
    active: boolean
    autostart: boolean
    xml: string
    info: { capacityBytes: number; availableBytes: number } | null
  }[]
  /** What could not be read, in sentences. */
  gaps: string[]
}

// virDomainState; 0 is "no state".
export const domainStates: readonly DomainState[] = [
  'unknown',
  'running',
  // Blocked on a resource, which the guest itself is not told: idle.
  'idle',
  'paused',
  'shutting-down',
  'shut-off',
  'crashed',
  'suspended',
]

export interface LibvirtParts {
  networks: LibvirtFacts['networks']
  storagePools: StoragePoolFacts[]
  domains: DomainFacts[]
  gaps: string[]
}

export const versionText = (version: number | null): string | null =>
  version === null || !(version > 0)
    ? null
    : `${Math.floor(version / 1e6)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`

export function parseLibvirt(snapshot: LibvirtSnapshot): LibvirtParts {
  const gaps = snapshot.gaps.map((gap) => lineText(gap, 300)).filter((gap) => gap !== null)
  const domains = snapshot.domains.map((domain): DomainFacts => {
    const described = parseDomainXml(domain.xml)
    const name = nameText(domain.name, 255)
    // Without a text the reader has said why already.
    if (!described.ok && domain.xml !== '')
      gaps.push(`The definition of ${name} could not be read. ${lineText(described.error, 200) ?? ''}`)
    return {
      ...(described.ok ? described.value : { type: 'unknown', vcpus: 0, memoryBytes: 0, nics: [] }),
      // What libvirt calls it counts, not what stands in the text.
      uuid: domain.uuid,
      name,
      state: domainStates[domain.state] ?? 'unknown',
      autostart: domain.autostart,
    }
  })
  const networks = snapshot.networks.map(({ name, active, autostart, xml }) => {
    const described = parseNetworkXml(xml)
    return {
      name: nameText(name, 255),
      active,
      autostart,
      bridge: described.ok ? described.value.bridge : null,
      mode: described.ok ? described.value.mode : null,
    }
  })
  const storagePools = snapshot.pools.map(({ name, active, autostart, xml, info }): StoragePoolFacts => {
    const described = parsePoolXml(xml)
    return {
      name: nameText(name, 255),
      type: described.ok ? described.value.type : 'unknown',
      active,
      autostart,
      // Without being active, libvirt does not look at it and says zero.
      capacityBytes: active && info !== null ? info.capacityBytes : null,
      availableBytes: active && info !== null ? info.availableBytes : null,
      path: described.ok ? described.value.path : null,
    }
  })
  const byName = <T extends { name: string }>(list: T[]) => list.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { domains: byName(domains), networks: byName(networks), storagePools: byName(storagePools), gaps }
}
