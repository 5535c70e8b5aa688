import type { Bandwidth, DomainNic } from './domain.ts'

/** What a person may choose of a NIC. */
export type NicSource =
  | { kind: 'bridge'; bridge: string }
  | { kind: 'network'; network: string; portGroup: string | null }
  | { kind: 'direct'; device: string; mode: 'bridge' | 'vepa' | 'private' | 'passthrough' }

export interface NicVlan {
  /** One tag without trunk: the guest sees untagged frames. A trunk: tagged ones, and untagged those of `native`. */
  trunk: boolean
  tags: number[]
  native: number | null
}

export interface NicSettings {
  source: NicSource
  model: string | null
  mac: string
  vlan: NicVlan | null
  queues: number | null
  rxRing: number | null
  txRing: number | null
  mtu: number | null
  linkUp: boolean
  inbound: Bandwidth | null
  outbound: Bandwidth | null
  filter: string | null
  isolated: boolean
  bootOrder: number | null
}
export type NicField = keyof NicSettings

const macvtapModes = ['bridge', 'vepa', 'private', 'passthrough'] as const

/** What a NIC is set to. Null of a source that is none of ours (a user network, a device passed through). */
export function settingsOf(nic: DomainNic): Omit<NicSettings, 'source'> & { source: NicSource | null } {
  const { mac, model, vlan, queues, rxRing, txRing, mtu, linkUp, inbound, outbound, filter, isolated, bootOrder } = nic
  return {
    source: sourceOf(nic),
    mac,
    model,
    vlan,
    queues,
    rxRing,
    txRing,
    mtu,
    linkUp,
    inbound,
    outbound,
    filter,
    isolated,
    bootOrder,
  }
}

function sourceOf({ sourceKind, source, mode, portGroup }: DomainNic): NicSource | null {
  if (source === null) return null
  if (sourceKind === 'bridge') return { kind: 'bridge', bridge: source }
  if (sourceKind === 'network') return { kind: 'network', network: source, portGroup }
  if (sourceKind !== 'direct') return null
  return { kind: 'direct', device: source, mode: macvtapModes.find((known) => known === mode) ?? 'vepa' }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** The fields of `wanted` that are otherwise than the NIC has them. One queue is as good as none named. */
export function changedFields(nic: DomainNic, wanted: Partial<NicSettings>): NicField[] {
  const now = settingsOf(nic)
  return (Object.keys(wanted) as NicField[]).filter((field) => {
    if (wanted[field] === undefined) return false
    if (field === 'queues') return (now.queues ?? 1) !== (wanted.queues ?? 1)
    if (field === 'source') return !same(sourceKey(now.source), sourceKey(wanted.source ?? null))
    if (field === 'vlan') return !same(vlanKey(now.vlan), vlanKey(wanted.vlan ?? null))
    if (field === 'inbound' || field === 'outbound') return !same(rateKey(now[field]), rateKey(wanted[field] ?? null))
    return !same(now[field], wanted[field])
  })
}

// Property order is a matter of who wrote it.
const sourceKey = (source: NicSource | null): unknown[] | null => {
  if (source === null) return null
  if (source.kind === 'bridge') return ['bridge', source.bridge]
  if (source.kind === 'network') return ['network', source.network, source.portGroup]
  return ['direct', source.device, source.mode]
}
const vlanKey = (vlan: NicVlan | null): unknown[] | null =>
  vlan === null ? null : [vlan.trunk || vlan.tags.length > 1, vlan.tags.toSorted((a, b) => a - b), vlan.native]
const rateKey = (rate: Bandwidth | null): unknown[] | null =>
  rate === null || rate.averageKBps === 0 ? null : [rate.averageKBps, rate.peakKBps, rate.burstKB]
