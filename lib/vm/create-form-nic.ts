import type { GuestNetwork, NewVm, newVmNicSourceSchema, PresetSpec } from '../contract/vm-create.ts'
import type * as z from 'zod'
import type { FormReader } from './create-form.ts'

type NicOf = NonNullable<NewVm['nics']>[number]
type Source = z.input<typeof newVmNicSourceSchema>
type Guest = NonNullable<NonNullable<NonNullable<NewVm['cloudInit']>['networks']>>[number]

/** How the guest gets its addresses on this NIC, by cloud-init. */
export interface GuestForm {
  kind: 'dhcp' | 'static'
  dhcp6: boolean
  addresses: string
  gateway4: string
  gateway6: string
  nameservers: string
  search: string
}

export interface RateForm {
  averageKBps: string
  peakKBps: string
  burstKB: string
}

export interface NicForm {
  kind: Source['kind']
  bridge: string
  network: string
  portGroup: string
  device: string
  mode: 'bridge' | 'vepa' | 'private' | 'passthrough'
  model: 'virtio' | 'e1000e' | 'e1000' | 'rtl8139'
  mac: string
  vlanTrunk: boolean
  /** `10`, or of a trunk `10, 20-29`. */
  vlanTags: string
  vlanNative: string
  queues: string
  rxRing: string
  txRing: string
  mtu: string
  linkUp: boolean
  inbound: RateForm
  outbound: RateForm
  filter: string
  isolated: boolean
  guest: GuestForm
}

const text = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value)
const wordsOf = (typed: string): string[] => typed.split(/[\s,;]+/).filter(Boolean)
const orNull = (typed: string): string | null => (typed.trim() === '' ? null : typed.trim())

export const guestFormOf = (network: GuestNetwork | undefined): GuestForm => ({
  kind: (network?.addresses.length ?? 0) > 0 ? 'static' : 'dhcp',
  dhcp6: network?.dhcp6 ?? false,
  addresses: (network?.addresses ?? []).join(' '),
  gateway4: text(network?.gateway4),
  gateway6: text(network?.gateway6),
  nameservers: (network?.nameservers ?? []).join(' '),
  search: (network?.search ?? []).join(' '),
})

/** Nothing where the guest does what it would do anyway: DHCP. */
export function guestOf(form: GuestForm, nic: number): Guest[] {
  if (form.kind === 'dhcp') return form.dhcp6 ? [{ nic, dhcp4: true, dhcp6: true }] : []
  return [
    {
      nic,
      dhcp4: false,
      dhcp6: form.dhcp6,
      addresses: wordsOf(form.addresses),
      gateway4: orNull(form.gateway4),
      gateway6: orNull(form.gateway6),
      nameservers: wordsOf(form.nameservers),
      search: wordsOf(form.search),
    },
  ]
}

type Said = NonNullable<PresetSpec['nics']>[number] | NicOf

export const blankNic = (bridge: string): NicForm => ({
  ...nicFormOf({ source: bridge === '' ? { kind: 'lan' } : { kind: 'bridge', bridge } }),
  guest: guestFormOf(undefined),
})

export function nicFormOf(nic: Said): Omit<NicForm, 'guest'> {
  const { source } = nic
  const rate = (said: Said['inbound']): RateForm => ({
    averageKBps: text(said?.averageKBps),
    peakKBps: text(said?.peakKBps),
    burstKB: text(said?.burstKB),
  })
  return {
    kind: source.kind,
    bridge: source.kind === 'bridge' ? source.bridge : '',
    network: source.kind === 'network' ? source.network : '',
    portGroup: source.kind === 'network' ? text(source.portGroup) : '',
    device: source.kind === 'direct' ? source.device : '',
    mode: source.kind === 'direct' ? (source.mode ?? 'bridge') : 'bridge',
    model: nic.model ?? 'virtio',
    mac: text(nic.mac),
    vlanTrunk: nic.vlan?.trunk ?? false,
    vlanTags: (nic.vlan?.tags ?? []).join(', '),
    vlanNative: text(nic.vlan?.native),
    queues: text(nic.queues),
    rxRing: text(nic.rxRing),
    txRing: text(nic.txRing),
    mtu: text(nic.mtu),
    linkUp: nic.linkUp ?? true,
    inbound: rate(nic.inbound),
    outbound: rate(nic.outbound),
    filter: text(nic.filter),
    isolated: nic.isolated ?? false,
  }
}

function sourceOf({ kind, bridge, network, portGroup, device, mode }: NicForm): Source {
  switch (kind) {
    case 'bridge':
      return { kind, bridge }
    case 'network':
      return { kind, network, portGroup: orNull(portGroup) }
    case 'direct':
      return { kind, device, mode }
    case 'lan':
      return { kind }
  }
}

/** `10, 20-22` → 10, 20, 21, 22; null when it is no such list. */
export function parseTags(typed: string): number[] | null {
  const tags: number[] = []
  for (const word of typed.split(/[\s,;]+/).filter(Boolean)) {
    const match = /^(\d{1,4})(?:[-–](\d{1,4}))?$/.exec(word)
    if (match === null) return null
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (last < first) return null
    for (let tag = first; tag <= last; tag++) tags.push(tag)
  }
  return [...new Set(tags)]
}

export function nicOf(form: NicForm, path: string, reader: FormReader): NicOf {
  const tags = parseTags(form.vlanTags)
  if (tags === null) reader.errors.push({ field: `${path}.vlanTags`, code: 'formVlans' })
  const rate = (field: 'inbound' | 'outbound') => {
    const read = (part: keyof RateForm) => reader.number(`${path}.${field}.${part}`, form[field][part])
    const averageKBps = read('averageKBps')
    const rest = { peakKBps: read('peakKBps'), burstKB: read('burstKB') }
    return averageKBps === null ? null : { averageKBps, ...rest }
  }
  return {
    source: sourceOf(form),
    model: form.model,
    mac: orNull(form.mac),
    vlan:
      tags === null || tags.length === 0
        ? null
        : { trunk: form.vlanTrunk, tags, native: reader.number(`${path}.vlanNative`, form.vlanNative) },
    queues: reader.number(`${path}.queues`, form.queues),
    rxRing: reader.number(`${path}.rxRing`, form.rxRing),
    txRing: reader.number(`${path}.txRing`, form.txRing),
    mtu: reader.number(`${path}.mtu`, form.mtu),
    linkUp: form.linkUp,
    inbound: rate('inbound'),
    outbound: rate('outbound'),
    filter: orNull(form.filter),
    isolated: form.isolated,
  }
}
