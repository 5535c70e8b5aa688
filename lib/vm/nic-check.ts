import type { FieldError } from '../kit/problem.ts'
import type { Bandwidth } from './domain.ts'
import { macRefusal } from './mac.ts'
import type { NicSettings, NicSource, NicVlan } from './nic-settings.ts'

/** What is on the host, as far as a NIC depends on it. */
export interface NicSurroundings {
  /** That the VM can have at most. */
  maxVcpus: number
  bridges: readonly { name: string; kind: 'linux' | 'ovs'; mtu: number; vlanAware: boolean }[]
  networks: readonly { name: string; mode: string; bridge: string | null; portGroups: readonly string[] }[]
  devices: readonly { name: string; mtu: number }[]
  filters: readonly string[]
  /** Why a MAC is not free, in a sentence, or null. @param mac lower case */
  macTaken: (mac: string) => string | null
}

/** A NIC that was there may have a source that is none of ours. */
export type CheckedNic = Omit<NicSettings, 'source'> & { source: NicSource | null }

/** vhost and QEMU take no more; libvirt lets more through and the VM fails at its start. */
export const maxQueues = 256
/** More queues than vCPUs lie idle, and beyond eight few guests gain by more. */
export const defaultQueues = (vcpus: number): number => Math.max(1, Math.min(vcpus, 8))
const ringSizes = [256, 512, 1024]
export const minMtu = 68
export const maxMtu = 65_535

/** What is wrong with a NIC as it shall be, per field, in sentences. Judged are the fields in `fields`. */
export function checkNic(
  nic: CheckedNic,
  around: NicSurroundings,
  fields: readonly (keyof NicSettings)[] = Object.keys(nic) as (keyof NicSettings)[],
): FieldError[] {
  const judged = new Set(fields)
  const errors: FieldError[] = []
  const judge = (field: keyof NicSettings, message: string | null) => {
    if (message !== null) errors.push({ field, message })
  }
  const among = (...names: (keyof NicSettings)[]) => names.some((name) => judged.has(name))
  if (judged.has('source')) judge('source', wrongSource(nic.source, around))
  if (judged.has('mac')) judge('mac', macRefusal(nic.mac) ?? around.macTaken(nic.mac))
  if (judged.has('model')) judge('model', wrongModel(nic.model))
  if (among('queues', 'model')) judge('queues', wrongQueues(nic))
  if (among('rxRing', 'model')) judge('rxRing', wrongRing(nic, 'rxRing'))
  if (among('txRing', 'model')) judge('txRing', wrongRing(nic, 'txRing'))
  // Moving to another bridge does not make a VLAN or MTU right that were so on the old one.
  if (among('mtu', 'source')) judge('mtu', wrongMtu(nic, around))
  if (among('vlan', 'source')) judge('vlan', wrongVlan(nic, around))
  if (judged.has('inbound')) judge('inbound', wrongRate(nic.inbound))
  if (judged.has('outbound')) judge('outbound', wrongRate(nic.outbound))
  if (judged.has('filter') && nic.filter !== null && !around.filters.includes(nic.filter))
    judge('filter', `The host’s libvirt has no filter ${nic.filter}. Choose one that is there, e.g. clean-traffic.`)
  if (among('filter', 'source') && nic.filter !== null && nic.source?.kind === 'direct')
    judge('filter', 'A filter works on a bridge; on macvtap libvirt refuses it.')
  if (among('isolated', 'source') && nic.isolated && nic.source?.kind === 'direct')
    judge('isolated', 'Isolation is a setting of a bridge’s port; macvtap has none. Use the mode private instead.')
  return errors
}

function wrongSource(source: NicSource | null, { bridges, networks, devices }: NicSurroundings): string | null {
  if (source === null) return null
  if (source.kind === 'bridge')
    return bridges.some(({ name }) => name === source.bridge)
      ? null
      : `The host has no bridge ${source.bridge}. Choose one that is there, or make it first.`
  if (source.kind === 'direct')
    return devices.some(({ name }) => name === source.device)
      ? null
      : `The host has no adapter ${source.device} that a VM could share.`
  const network = networks.find(({ name }) => name === source.network)
  if (network === undefined) return `The host’s libvirt has no network ${source.network}.`
  return source.portGroup === null || network.portGroups.includes(source.portGroup)
    ? null
    : `The network ${source.network} has no port group ${source.portGroup}.`
}

const wrongModel = (model: string | null): string | null =>
  model === null || /^[A-Za-z0-9_-]{1,32}$/.test(model)
    ? null
    : 'A model has letters, digits, - and _, e.g. virtio or e1000e.'

const isVirtio = (model: string | null): boolean => model !== null && model.startsWith('virtio')

function wrongQueues({ queues, model }: CheckedNic): string | null {
  if (queues === null || queues === 1) return null
  if (!isVirtio(model)) return `Only virtio has several queues; ${model ?? 'the default model'} has one.`
  return queues >= 1 && queues <= maxQueues
    ? null
    : `A card has 1 to ${maxQueues} queues. libvirt would take ${queues}, and the VM would not start. One per vCPU is enough, up to 8.`
}

function wrongRing(nic: CheckedNic, field: 'rxRing' | 'txRing'): string | null {
  const size = nic[field]
  if (size === null) return null
  if (!isVirtio(nic.model)) return `Only virtio lets its rings be sized; ${nic.model ?? 'the default model'} does not.`
  if (!ringSizes.includes(size)) return `A ring has ${ringSizes.join(', ')} entries: a power of two.`
  return field === 'txRing' && size > 256
    ? 'QEMU allows more than 256 entries for sending only with vhost-user. Leave it at 256.'
    : null
}

function wrongMtu({ mtu, source }: CheckedNic, { bridges, networks }: NicSurroundings): string | null {
  if (mtu === null) return null
  if (mtu < minMtu || mtu > maxMtu)
    return `An MTU is ${minMtu} to ${maxMtu} bytes; libvirt would take ${mtu}, and the VM would not start.`
  if (source === null) return null
  if (source.kind === 'direct')
    return 'On macvtap libvirt can’t set an MTU. Set it in the guest; its adapter’s is the most.'
  const bridge = bridgeOf(source, networks)
  const below = bridges.find(({ name }) => name === bridge)
  return below !== undefined && mtu > below.mtu
    ? `${below.name} carries frames of at most ${below.mtu} bytes; larger ones would be lost. Raise its MTU first, or choose at most ${below.mtu}.`
    : null
}

function wrongVlan({ vlan, source }: CheckedNic, { bridges, networks }: NicSurroundings): string | null {
  if (vlan === null) return null
  const wrong = wrongTags(vlan)
  if (wrong !== null) return wrong
  if (source === null) return null
  if (source.kind === 'direct') return 'macvtap can’t tag frames. Make a VLAN on the adapter, and choose that instead.'
  const name = bridgeOf(source, networks)
  const bridge = bridges.find((one) => one.name === name)
  if (bridge === undefined || bridge.kind === 'ovs' || bridge.vlanAware) return null
  return `${bridge.name} does not keep VLANs apart. Switch on VLAN filtering for it on the host’s network page, or choose a bridge that is of that VLAN.`
}

function wrongTags({ trunk, tags, native }: NicVlan): string | null {
  if (tags.length === 0) return 'Name at least one VLAN.'
  const odd = tags.find((tag) => !Number.isInteger(tag) || tag < 1 || tag > 4094)
  if (odd !== undefined) return `A VLAN is 1 to 4094; ${odd} is none.`
  if (new Set(tags).size < tags.length) return 'A VLAN is named twice.'
  if (!trunk && tags.length > 1) return 'Several VLANs are a trunk: the guest then sees tagged frames.'
  if (native === null || tags.includes(native)) return null
  return `VLAN ${native}, which comes untagged, must be one of the trunk’s.`
}

function wrongRate(rate: Bandwidth | null): string | null {
  if (rate === null) return null
  const { averageKBps, peakKBps, burstKB } = rate
  const most = 2 ** 32 - 1
  if ([averageKBps, peakKBps, burstKB].some((one) => one !== null && (one < 1 || one > most || !Number.isInteger(one))))
    return 'A rate is a whole number of kilobytes per second, at least 1.'
  return peakKBps !== null && peakKBps < averageKBps ? 'The peak must not be below the average.' : null
}

/** The bridge a NIC is a port of; null for macvtap and networks without one. */
export function bridgeOf(source: NicSource, networks: NicSurroundings['networks']): string | null {
  if (source.kind === 'bridge') return source.bridge
  return source.kind === 'network' ? (networks.find(({ name }) => name === source.network)?.bridge ?? null) : null
}
