import type { Bandwidth } from './domain.ts'
import type { NicSettings, NicSource, NicVlan } from './nic-settings.ts'
import { type Locate, XmlEditor } from './xml-editor.ts'
import { named, pathTo, valueOf, type XmlElement } from './xml-text.ts'
import { tree, type XmlTree } from './xml-write.ts'

/** Where a NIC's VLANs stand: in `<vlan>`, where libvirt itself heeds them, else in our metadata. */
export interface NicManner {
  /** The bridge is one of Open vSwitch. */
  ovs: boolean
  nativeVlan: boolean
}

export const interfacesOf = (domain: XmlElement): XmlElement[] => named(pathTo(domain, 'devices'), 'interface')
export const macOf = (nic: XmlElement): string => (valueOf(pathTo(nic, 'mac'), 'address') ?? '').toLowerCase()
export const nicByMac =
  (mac: string): Locate =>
  (domain) =>
    interfacesOf(domain).find((nic) => macOf(nic) === mac) ?? null

const below =
  (locate: Locate, ...names: string[]): Locate =>
  (root) =>
    pathTo(locate(root), ...names)

/** Brings one `<interface>` to what is wanted; what is not named stays. VLANs outside of `<vlan>` are the caller's. */
export function editNic(editor: XmlEditor, nic: Locate, wanted: Partial<NicSettings>, manner: NicManner): void {
  const { source, model, mac, vlan, mtu, linkUp, filter, isolated, bootOrder } = wanted
  // First, while the caller's `nic` may still go by it.
  if (source !== undefined) setSource(editor, nic, source, manner)
  if (model !== undefined) setModel(editor, nic, model)
  setDriver(editor, nic, wanted)
  if (mtu !== undefined) setAttributeOf(editor, nic, 'mtu', { size: mtu })
  if (linkUp !== undefined) {
    const isThere = editor.at(below(nic, 'link')) !== null
    if (isThere || !linkUp) setAttributeOf(editor, nic, 'link', { state: linkUp ? 'up' : 'down' })
  }
  for (const way of ['inbound', 'outbound'] as const)
    if (wanted[way] !== undefined) setRate(editor, nic, way, wanted[way] ?? null)
  if (filter !== undefined) setAttributeOf(editor, nic, 'filterref', { filter })
  if (isolated !== undefined) setAttributeOf(editor, nic, 'port', { isolated: isolated ? 'yes' : null })
  if (bootOrder !== undefined) setAttributeOf(editor, nic, 'boot', { order: bootOrder })
  if (vlan !== undefined && manner.nativeVlan) setVlan(editor, nic, vlan)
  if (mac !== undefined) editor.setAttributes(below(nic, 'mac'), { address: mac })
}

/** A whole new `<interface>`. */
export function newNicTree(wanted: NicSettings, manner: NicManner): XmlTree {
  const { source, model, mac, vlan, queues, rxRing, txRing, mtu, linkUp, filter, isolated, bootOrder } = wanted
  const { inbound, outbound } = wanted
  const driver = { queues, rx_queue_size: rxRing, tx_queue_size: txRing }
  const rates = [rateTree('inbound', inbound), rateTree('outbound', outbound)]
  return tree('interface', { type: source.kind }, [
    tree('mac', { address: mac }),
    sourceTree(source),
    vlan !== null && manner.nativeVlan ? vlanTree(vlan) : null,
    source.kind === 'bridge' && manner.ovs ? tree('virtualport', { type: 'openvswitch' }) : null,
    rates.some((rate) => rate !== null) ? tree('bandwidth', {}, rates) : null,
    model === null ? null : tree('model', { type: model }),
    Object.values(driver).some((value) => value !== null) ? tree('driver', driver) : null,
    filter === null ? null : tree('filterref', { filter }),
    isolated ? tree('port', { isolated: 'yes' }) : null,
    linkUp ? null : tree('link', { state: 'down' }),
    mtu === null ? null : tree('mtu', { size: mtu }),
    bootOrder === null ? null : tree('boot', { order: bootOrder }),
  ])
}

/** Puts a new NIC behind the others. */
export const addNic = (editor: XmlEditor, wanted: NicSettings, manner: NicManner): void =>
  void editor.insert(
    below((root) => root, 'devices'),
    newNicTree(wanted, manner),
    ['emulator', 'disk', 'controller', 'lease', 'filesystem', 'interface'],
  )

function sourceTree(source: NicSource): XmlTree {
  if (source.kind === 'bridge') return tree('source', { bridge: source.bridge })
  if (source.kind === 'network') return tree('source', { network: source.network, portgroup: source.portGroup })
  return tree('source', { dev: source.device, mode: source.mode })
}

function setSource(editor: XmlEditor, nic: Locate, source: NicSource, { ovs }: NicManner): void {
  const before = valueOf(editor.at(nic), 'type')
  editor.setAttributes(nic, { type: source.kind })
  // Written anew: what libvirt noted of the source before (port id, resolved bridge) is not true of this one.
  if (editor.at(below(nic, 'source')) === null) editor.insert(nic, sourceTree(source), ['mac'])
  else editor.replace(below(nic, 'source'), sourceTree(source))
  // Of one kind alone: 802.1Qbg and its like of macvtap, and Open vSwitch's of a bridge.
  if (source.kind !== before) {
    editor.remove(below(nic, 'virtualport'))
    if (before === 'direct' || source.kind === 'direct') editor.remove(below(nic, 'target'))
    // Of user networking alone.
    while (editor.at(below(nic, 'portForward')) !== null) editor.remove(below(nic, 'portForward'))
    if (valueOf(editor.at(below(nic, 'backend')), 'type') !== null) editor.remove(below(nic, 'backend'))
  }
  const virtualPort = valueOf(editor.at(below(nic, 'virtualport')), 'type')
  if (source.kind === 'bridge' && ovs && virtualPort === null)
    editor.insert(nic, tree('virtualport', { type: 'openvswitch' }), ['mac', 'source', 'vlan'])
  if (source.kind === 'bridge' && !ovs && virtualPort === 'openvswitch') editor.remove(below(nic, 'virtualport'))
}

function setModel(editor: XmlEditor, nic: Locate, model: string | null): void {
  setAttributeOf(editor, nic, 'model', { type: model })
  // An address of a bus that only the old model is on; libvirt gives a new one.
  const bus = valueOf(editor.at(below(nic, 'address')), 'type')
  if (bus !== null && bus !== 'pci' && bus !== 'ccw') editor.remove(below(nic, 'address'))
}

function setDriver(editor: XmlEditor, nic: Locate, { queues, rxRing, txRing }: Partial<NicSettings>): void {
  const wanted = {
    ...(queues === undefined ? {} : { queues }),
    ...(rxRing === undefined ? {} : { rx_queue_size: rxRing }),
    ...(txRing === undefined ? {} : { tx_queue_size: txRing }),
  }
  setAttributeOf(editor, nic, 'driver', wanted)
}

/** On a child that is made when it is missing, and goes when nothing of it is left. */
export function setAttributeOf(
  editor: XmlEditor,
  parent: Locate,
  name: string,
  values: Record<string, string | number | null>,
): void {
  const child = below(parent, name)
  if (editor.at(child) === null) {
    if (Object.values(values).some((value) => value !== null)) editor.insert(parent, tree(name, values))
    return
  }
  editor.setAttributes(child, values)
  const left = editor.at(child)
  // A filter's parameters belong to it.
  const isEmpty = left?.attributes.length === 0 && (left.children.length === 0 || name === 'filterref')
  if (isEmpty) editor.remove(child)
}

const rateTree = (way: string, rate: Bandwidth | null): XmlTree | null =>
  rate === null || rate.averageKBps === 0
    ? null
    : tree(way, { average: rate.averageKBps, peak: rate.peakKBps, burst: rate.burstKB })

function setRate(editor: XmlEditor, nic: Locate, way: 'inbound' | 'outbound', rate: Bandwidth | null): void {
  const all = below(nic, 'bandwidth')
  const one = below(nic, 'bandwidth', way)
  const wanted = rateTree(way, rate)
  if (wanted === null) {
    editor.remove(one)
    if (editor.at(all)?.children.length === 0) editor.remove(all)
  } else if (editor.at(all) === null) editor.insert(nic, tree('bandwidth', {}, [wanted]))
  else if (editor.at(one) === null) editor.insert(all, wanted)
  else editor.setAttributes(one, wanted.attributes ?? {})
}

export const vlanTree = ({ trunk, tags, native }: NicVlan): XmlTree =>
  tree(
    'vlan',
    { trunk: trunk || tags.length > 1 ? 'yes' : null },
    tags.map((id) => tree('tag', { id, nativeMode: id === native ? 'untagged' : null })),
  )

function setVlan(editor: XmlEditor, nic: Locate, vlan: NicVlan | null): void {
  const there = below(nic, 'vlan')
  if (vlan === null) editor.remove(there)
  else if (editor.at(there) === null) editor.insert(nic, vlanTree(vlan), ['mac', 'source'])
  else editor.replace(there, vlanTree(vlan))
}
