import type { Drift } from '../contract/network.ts'
import type { Known } from './known.ts'
import type { BridgeConfig, LinkConfig } from './model.ts'
import { vlanListText } from './names.ts'

/** Where files and kernel disagree. What files leave open is no disagreement. */
export function driftOf(state: Known): Drift[] {
  const found: Drift[] = []
  for (const wanted of state.wanted.values()) {
    const actual = state.actual.get(wanted.name)
    const isMade = wanted.kind !== 'nic'
    if (actual === undefined) {
      // A NIC that is not plugged in is nobody's mistake.
      if (isMade && !state.links.has(wanted.name))
        found.push(drift(wanted.name, 'missing', wanted.kind, wanted.kind, null, { canAdopt: false }))
      continue
    }
    for (const [field, configured, now] of differences(wanted, actual))
      found.push(drift(wanted.name, 'runtime', field, configured, now))
  }
  for (const [name, actual] of state.actual) {
    const owner = state.links.get(name)?.backEnd
    if (actual.kind !== 'nic' && !state.wanted.has(name) && owner === 'kernel')
      found.push(drift(name, 'foreign', actual.kind, null, actual.kind, { canReconcile: false }))
  }
  return found
}

const drift = (
  link: string,
  kind: Drift['kind'],
  field: string,
  configured: string | null,
  actual: string | null,
  can: Partial<Pick<Drift, 'canAdopt' | 'canReconcile'>> = {},
): Drift => ({ link, kind, field, configured, actual, canAdopt: true, canReconcile: true, ...can })

type Difference = [field: string, configured: string | null, actual: string | null]

const bridgeFields = [
  'stp',
  'forwardDelaySeconds',
  'helloSeconds',
  'maxAgeSeconds',
  'priority',
  'ageingSeconds',
  'vlanFiltering',
  'multicastSnooping',
] as const satisfies (keyof BridgeConfig)[]

export function differences(wanted: LinkConfig, actual: LinkConfig): Difference[] {
  const found: Difference[] = []
  const compare = (field: string, configured: string | null, now: string | null) => {
    if (configured !== now) found.push([field, configured, now])
  }
  if (wanted.kind !== actual.kind) compare('kind', wanted.kind, actual.kind)
  if (wanted.mtu !== null) compare('mtu', String(wanted.mtu), String(actual.mtu))
  // Ports of a bond all show the bond's MAC.
  if (wanted.mac !== null && wanted.master === null) compare('mac', wanted.mac, actual.mac)
  compare('master', wanted.master, actual.master)
  compareAddresses(wanted.ipv4, actual.ipv4, 'ipv4', compare)
  compareAddresses(wanted.ipv6, actual.ipv6, 'ipv6', compare)
  if (wanted.bridge !== null && actual.bridge !== null)
    for (const field of bridgeFields) {
      const value = wanted.bridge[field]
      // Without STP the kernel keeps the timers but does nothing with them.
      const isIdle = wanted.bridge.stp !== true && field.endsWith('Seconds') && field !== 'ageingSeconds'
      if (value !== null && !isIdle) compare(field, String(value), String(actual.bridge[field]))
    }
  if (wanted.vlan !== null && actual.vlan !== null) {
    compare('vlan', String(wanted.vlan.id), String(actual.vlan.id))
    compare('parent', wanted.vlan.parent, actual.vlan.parent)
  }
  if (wanted.bond !== null && actual.bond !== null) compare('mode', wanted.bond.mode, actual.bond.mode)
  if (wanted.port !== null && actual.port !== null) {
    compare('pvid', String(wanted.port.pvid ?? 'none'), String(actual.port.pvid ?? 'none'))
    compare('untagged', vlanListText(wanted.port.untagged), vlanListText(actual.port.untagged))
    compare('tagged', vlanListText(wanted.port.tagged), vlanListText(actual.port.tagged))
  }
  return found
}

function compareAddresses(
  wanted: LinkConfig['ipv4'] | LinkConfig['ipv6'],
  actual: LinkConfig['ipv4'] | LinkConfig['ipv6'],
  field: string,
  compare: (field: string, configured: string | null, now: string | null) => void,
): void {
  const list = (config: typeof wanted) => (config.kind === 'none' ? [] : config.addresses).toSorted().join(' ') || null
  compare(field, list(wanted), list(actual))
  if (wanted.kind === 'dhcp' && field === 'ipv4' && actual.kind !== 'dhcp') compare(`${field}.dhcp`, 'on', 'no lease')
  if (wanted.kind === 'static' && actual.kind !== 'none')
    compare(`${field}.gateway`, wanted.gateway, actual.kind === 'static' ? actual.gateway : null)
}
