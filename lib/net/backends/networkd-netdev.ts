import {
  blankLink,
  bondModes,
  noBridge,
  type BondConfig,
  type BondMode,
  type BridgeConfig,
  type LinkConfig,
} from '../model.ts'
import { SectionText, type Section } from '../text/sections.ts'
import { lastOf, macText } from './networkd-files.ts'
import { booleanOf, bytesOf, integerOf, secondsOf } from './networkd-values.ts'

const hashPolicies = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4'] as const

/** A link of a .netdev, without what its .network says; a text: why it cannot be understood. */
export function readNetdev(sections: readonly Section[], name: string): LinkConfig | string {
  const kind = lastOf(sections, 'NetDev', 'Kind') ?? ''
  if (kind !== 'bridge' && kind !== 'vlan' && kind !== 'bond') return `Kind=${kind}`
  const mac = lastOf(sections, 'NetDev', 'MACAddress')
  const link: LinkConfig = {
    ...blankLink(name, kind),
    mac: mac === null || mac === 'none' ? null : macText(mac),
    mtu: bytesOf(lastOf(sections, 'NetDev', 'MTUBytes')),
  }
  if (kind === 'bridge') return { ...link, bridge: readBridge(sections) }
  if (kind === 'vlan') {
    const id = integerOf(lastOf(sections, 'VLAN', 'Id'))
    return id === null ? 'it has no [VLAN] Id=' : { ...link, vlan: { parent: '', id } }
  }
  const bond = readBond(sections)
  return bond === null ? 'its [Bond] Mode= is unknown' : { ...link, bond }
}

function readBridge(sections: readonly Section[]): BridgeConfig {
  const last = (key: string) => lastOf(sections, 'Bridge', key)
  const pvid = last('DefaultPVID')
  return {
    ...noBridge,
    stp: booleanOf(last('STP')),
    forwardDelaySeconds: secondsOf(last('ForwardDelaySec')),
    helloSeconds: secondsOf(last('HelloTimeSec')),
    maxAgeSeconds: secondsOf(last('MaxAgeSec')),
    priority: integerOf(last('Priority')),
    ageingSeconds: secondsOf(last('AgeingTimeSec')),
    vlanFiltering: booleanOf(last('VLANFiltering')),
    defaultPvid: pvid === 'none' ? 0 : integerOf(pvid),
    multicastSnooping: booleanOf(last('MulticastSnooping')),
  }
}

function readBond(sections: readonly Section[]): BondConfig | null {
  const last = (key: string) => lastOf(sections, 'Bond', key)
  const mode = (last('Mode') ?? 'balance-rr') as BondMode
  const policy = hashPolicies.find((name) => name === last('TransmitHashPolicy')) ?? null
  if (!bondModes.includes(mode)) return null
  const rate = last('LACPTransmitRate')
  return {
    mode,
    miimonMs: milliseconds(secondsOf(last('MIIMonitorSec'))),
    upDelayMs: milliseconds(secondsOf(last('UpDelaySec'))),
    downDelayMs: milliseconds(secondsOf(last('DownDelaySec'))),
    lacpRate: rate === 'slow' || rate === 'fast' ? rate : null,
    hashPolicy: policy,
    // Said by the port itself.
    primary: null,
    minLinks: integerOf(last('MinLinks')),
  }
}

const milliseconds = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1000))
const yesNo = (value: boolean | null): string | null => (value === null ? null : value ? 'yes' : 'no')
const text = (value: number | string | null): string | null => (value === null ? null : String(value))
const inMs = (value: number | null): string | null => (value === null ? null : `${value}ms`)

/** Makes a .netdev say what the model says; what it says besides stays. */
export function writeNetdev(file: SectionText, link: LinkConfig): void {
  const said = readNetdev(file.sections, link.name)
  const before = typeof said === 'string' ? blankLink(link.name, link.kind) : said
  const put = (section: string, entries: Record<string, string | null>, had: Record<string, string | null>) => {
    for (const [key, value] of Object.entries(entries)) {
      if (value === (had[key] ?? null)) continue
      if (value === null) file.remove(section, key)
      else setLast(file, section, key, value)
    }
  }
  put(
    'NetDev',
    { Name: link.name, Kind: link.kind },
    { Name: lastOf(file.sections, 'NetDev', 'Name'), Kind: lastOf(file.sections, 'NetDev', 'Kind') },
  )
  put('NetDev', { MACAddress: link.mac }, { MACAddress: before.mac })
  // Where a .netdev says the MTU, too, both say the same.
  if (before.mtu !== null) put('NetDev', { MTUBytes: text(link.mtu) }, { MTUBytes: text(before.mtu) })
  if (link.bridge !== null) put('Bridge', bridgeEntries(link.bridge), bridgeEntries(before.bridge ?? noBridge))
  if (link.vlan !== null) put('VLAN', { Id: text(link.vlan.id) }, { Id: text(before.vlan?.id ?? null) })
  if (link.bond !== null) put('Bond', bondEntries(link.bond), before.bond === null ? {} : bondEntries(before.bond))
}

/** Sets a key where it stands, else in the first section of that name. */
export function setLast(file: SectionText, section: string, key: string, value: string): void {
  const at = file.sections.findLast(
    ({ name, entries }) => name === section && entries.some((entry) => entry.key === key),
  )
  for (let nth = 0; nth < file.count(section); nth++) if (nth !== (at?.nth ?? 0)) file.set(section, key, [], nth)
  file.set(section, key, value, at?.nth ?? 0)
}

const bridgeEntries = (bridge: BridgeConfig): Record<string, string | null> => ({
  STP: yesNo(bridge.stp),
  ForwardDelaySec: text(bridge.forwardDelaySeconds),
  HelloTimeSec: text(bridge.helloSeconds),
  MaxAgeSec: text(bridge.maxAgeSeconds),
  Priority: text(bridge.priority),
  AgeingTimeSec: text(bridge.ageingSeconds),
  VLANFiltering: yesNo(bridge.vlanFiltering),
  DefaultPVID: bridge.defaultPvid === 0 ? 'none' : text(bridge.defaultPvid),
  MulticastSnooping: yesNo(bridge.multicastSnooping),
})

const bondEntries = (bond: BondConfig): Record<string, string | null> => ({
  Mode: bond.mode,
  MIIMonitorSec: inMs(bond.miimonMs),
  UpDelaySec: inMs(bond.upDelayMs),
  DownDelaySec: inMs(bond.downDelayMs),
  LACPTransmitRate: bond.lacpRate,
  TransmitHashPolicy: bond.hashPolicy,
  MinLinks: text(bond.minLinks),
})
