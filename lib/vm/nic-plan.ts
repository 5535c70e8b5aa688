import type { HostChoices, NewVmNic } from '../contract/vm-create.ts'
import type { BuiltNic } from './domain-build.ts'
import { freeMac, macRefusal } from './mac.ts'
import { macTaken, takenMacs, type Inventory } from './inventory.ts'

export interface NicContext {
  uuid: string
  choices: HostChoices
  inventory: Inventory
  vcpus: number
  maxVcpus: number
  /** Three bytes at a time. */
  random: () => Uint8Array
  refuse: (field: string, message: string) => void
  warn: (field: string, message: string) => void
}

/** More than this serve nobody: the work of each costs more than it saves. */
const usualQueues = 8
const defaultMtu = 1500

/** The NICs as they will be, those for which that can be said; all that is wrong goes to `refuse`. */
export function planNics(nics: readonly NewVmNic[], context: NicContext): BuiltNic[] {
  const taken = takenMacs(context.inventory)
  for (const { mac } of nics) if (mac !== null) taken.add(mac)
  return nics.flatMap((nic, index): BuiltNic[] => {
    const field = `nics.${index}`
    if (nic.mac !== null) checkMac(nic.mac, index, nics, field, context)
    const source = sourceOf(nic, field, context)
    // libvirt can't give macvtap one.
    const inherited = source === null || source.source.kind === 'direct' ? null : source.mtu
    checkVlan(nic, source, field, context)
    checkNumbers(nic, inherited, field, context)
    if (source === null) return []
    const queues = nic.model === 'virtio' ? (nic.queues ?? Math.min(context.vcpus, usualQueues)) : 1
    return [
      {
        ...nic,
        source: source.source,
        mac: nic.mac ?? freeMac(taken, context.random),
        queues,
        // The tap has the bridge's anyway; the guest only learns of one that is not the usual.
        mtu: nic.mtu ?? (inherited !== null && inherited !== defaultMtu && nic.model === 'virtio' ? inherited : null),
        bootOrder: null,
        isOvs: source.isOvs,
        vlanByLibvirt: source.isOvs || setsBridgeVlans(context.choices.libvirtVersion),
      },
    ]
  })
}

/** From 11.0 on; before, libvirt refuses to start a VM with a VLAN on a Linux bridge. */
const setsBridgeVlans = (version: string | null): boolean => Number(version?.split('.')[0] ?? 0) >= 11

function checkMac(mac: string, index: number, nics: readonly NewVmNic[], field: string, context: NicContext): void {
  const wrong = macRefusal(mac)
  if (wrong !== null) return context.refuse(`${field}.mac`, wrong)
  if (nics.findIndex((other) => other.mac === mac) !== index)
    return context.refuse(`${field}.mac`, `Another NIC of this VM has ${mac}.`)
  const taken = macTaken(context.inventory, mac, context.uuid)
  if (taken !== null) context.refuse(`${field}.mac`, taken)
}

interface Source {
  source: BuiltNic['source']
  mtu: number | null
  isOvs: boolean
  bridge: HostChoices['bridges'][number] | null
}

function sourceOf({ source }: NewVmNic, field: string, { choices, refuse, warn }: NicContext): Source | null {
  const host = choices.host.name
  switch (source.kind) {
    case 'lan': {
      const lan = choices.bridges.find(({ isLan }) => isLan)
      if (lan === undefined) {
        refuse(
          `${field}.source`,
          `${host} has no bridge that leads to its LAN. Make one over the NIC that does, or choose a network.`,
        )
        return null
      }
      return bridgeSource(lan)
    }
    case 'bridge': {
      const bridge = choices.bridges.find(({ name }) => name === source.bridge)
      if (bridge === undefined) {
        refuse(`${field}.source`, `${host} has no bridge ${source.bridge}: it is gone, or was never there.`)
        return null
      }
      if (!bridge.up) refuse(`${field}.source`, `The bridge ${bridge.name} is down. Bring it up first.`)
      else if (bridge.carrier === false && bridge.uplinks.length > 0)
        warn(`${field}.source`, `Nothing is plugged in below ${bridge.name}: the VM reaches only what is on this host.`)
      return bridgeSource(bridge)
    }
    case 'network': {
      const network = choices.networks.find(({ name }) => name === source.network)
      if (network === undefined) refuse(`${field}.source`, `${host} has no libvirt network ${source.network}.`)
      else if (!network.active) refuse(`${field}.source`, `The network ${network.name} is not started. Start it first.`)
      else if (source.portGroup !== null && !network.portGroups.includes(source.portGroup))
        refuse(`${field}.source`, `The network ${network.name} has no port group ${source.portGroup}.`)
      return network === undefined
        ? null
        : {
            source,
            mtu: network.mtu,
            isOvs: false,
            bridge: choices.bridges.find(({ name }) => name === network.bridge) ?? null,
          }
    }
    case 'direct': {
      const device = choices.devices.find(({ name }) => name === source.device)
      if (device === undefined) {
        refuse(`${field}.source`, `${host} has no ${source.device} that a VM could be put on.`)
        return null
      }
      warn(
        `${field}.source`,
        `By macvtap the VM and ${host} itself do not reach each other over ${device.name}. A bridge has no such limit.`,
      )
      if (device.carrier === false) warn(`${field}.source`, `Nothing is plugged into ${device.name}.`)
      return { source, mtu: device.mtu, isOvs: false, bridge: null }
    }
  }
}

const bridgeSource = (bridge: HostChoices['bridges'][number]): Source => ({
  source: { kind: 'bridge', bridge: bridge.name },
  mtu: bridge.mtu,
  isOvs: bridge.kind === 'ovs',
  bridge,
})

function checkVlan(nic: NewVmNic, source: Source | null, field: string, { refuse, warn }: NicContext): void {
  if (nic.vlan === null) return
  const at = `${field}.vlan`
  const { trunk, tags, native } = nic.vlan
  const wrong = [...tags, ...(native === null ? [] : [native])].find((id) => id < 1 || id > 4094)
  if (wrong !== undefined) return refuse(at, `${wrong} is no VLAN: they go from 1 to 4094.`)
  if (!trunk && tags.length > 1) return refuse(at, 'Without a trunk a NIC is in one VLAN only.')
  if (!trunk && native !== null) return refuse(at, 'Only a trunk has a native VLAN.')
  if (native !== null && !tags.includes(native))
    return refuse(at, `The native VLAN ${native} must be one of the trunk’s.`)
  if (new Set(tags).size < tags.length) return refuse(at, 'A VLAN is named twice.')
  if (source === null) return
  if (source.source.kind === 'network')
    return refuse(at, 'A libvirt network sets VLANs by its port groups. Choose one, or a bridge.')
  if (source.source.kind === 'direct')
    return refuse(at, 'macvtap knows no VLANs. Use a VLAN interface of the host as its device, or a bridge.')
  const { bridge } = source
  if (bridge === null || bridge.kind === 'ovs') return
  if (!bridge.vlanAware)
    return refuse(
      at,
      `${bridge.name} does not keep VLANs apart. Make it VLAN-aware first, or use a bridge over a VLAN interface.`,
    )
  const lost = tags.filter((id) => !bridge.vlans.includes(id))
  if (bridge.uplinks.length > 0 && lost.length > 0)
    warn(
      at,
      `No uplink of ${bridge.name} is in VLAN ${lost.join(', ')}: the VM reaches only VMs of this host there. Add the VLAN to the uplink.`,
    )
}

const isRing = (size: number): boolean => size >= 256 && size <= 1024 && (size & (size - 1)) === 0

function checkNumbers(nic: NewVmNic, inherited: number | null, field: string, context: NicContext): void {
  const { refuse, warn, vcpus, maxVcpus } = context
  const isVirtio = nic.model === 'virtio'
  if (nic.queues !== null) {
    if (nic.queues < 1) refuse(`${field}.queues`, 'A NIC has one queue at least.')
    else if (!isVirtio && nic.queues > 1)
      refuse(`${field}.queues`, `Only virtio has several queues, ${nic.model} has one.`)
    else if (nic.queues > maxVcpus)
      refuse(
        `${field}.queues`,
        `${nic.queues} queues need as many vCPUs: a guest uses no more queues than vCPUs, and this VM has ${maxVcpus}.`,
      )
    else if (nic.queues > vcpus)
      warn(`${field}.queues`, `The guest uses ${vcpus} of ${nic.queues} queues until more vCPUs are plugged in.`)
  }
  if (nic.rxRing !== null || nic.txRing !== null) {
    if (!isVirtio) refuse(`${field}.rxRing`, `Only virtio has rings whose size can be set, ${nic.model} has not.`)
    else {
      if (nic.rxRing !== null && !isRing(nic.rxRing))
        refuse(`${field}.rxRing`, 'A receive ring has 256, 512 or 1024 entries.')
      if (nic.txRing !== null && nic.txRing !== 256)
        refuse(`${field}.txRing`, 'Behind a bridge QEMU’s transmit ring has 256 entries, no more and no less.')
    }
  }
  if (nic.mtu !== null) {
    if (nic.source.kind === 'direct')
      refuse(`${field}.mtu`, 'On macvtap libvirt can’t set an MTU. Set it in the guest; its adapter’s is the most.')
    else if (nic.mtu < 68 || nic.mtu > 65_535) refuse(`${field}.mtu`, 'An MTU is between 68 and 65535.')
    else if (inherited !== null && nic.mtu > inherited)
      refuse(
        `${field}.mtu`,
        `The bridge or network carries ${inherited} bytes: larger packets of the VM would be lost. Raise its MTU first, or choose ${inherited} or less.`,
      )
    else if (!isVirtio)
      refuse(`${field}.mtu`, `Only virtio tells the guest an MTU, ${nic.model} does not. Set it in the guest.`)
  }
  for (const [key, rate] of [
    ['inbound', nic.inbound],
    ['outbound', nic.outbound],
  ] as const)
    if (rate !== null && rate.peakKBps !== null && rate.peakKBps < rate.averageKBps)
      refuse(`${field}.${key}`, 'The peak can’t be below the average.')
  if (nic.filter !== null && !context.choices.filters.includes(nic.filter))
    refuse(`${field}.filter`, `${context.choices.host.name} has no network filter ${nic.filter}.`)
}
