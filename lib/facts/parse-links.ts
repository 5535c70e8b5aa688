import { linesOf, sectionOf, valuesOf, type Answer } from './answer.ts'
import { parseEthtool, type Adapter } from './parse-ethtool.ts'
import type { AddressFacts, BridgeFacts, BridgePortFacts, LinkFacts, LinkKind } from './facts.ts'
import { child, flag, jsonRows, number, rows, text, words, type Json } from './json.ts'
import { nameText, wholeNumber } from './text.ts'

const maxLinks = 4096
const maxAddresses = 256

/** What sysfs says of a link that `ip` does not. */
interface Device {
  driver: string | null
  pciAddress: string | null
  isDevice: boolean
  isWireless: boolean
}

/** Links without their owners and VMs, which need more than the kernel's word. Null when the host gave no list. */
export function parseLinks(answer: Answer): LinkFacts[] | null {
  const listed = jsonRows(sectionOf(answer, 'addresses').text)
  if (listed === null || listed.length === 0) return null
  const devices = parseDevices(answer)
  const values = valuesOf(sectionOf(answer, 'link-values'))
  const vlans = parseVlans(answer)
  const links = listed
    .slice(0, maxLinks)
    .map((row) => parseLink(row, devices, values, vlans, parseEthtool(answer, text(row, 'ifname') ?? '')))
    .filter((link) => link !== null)
  const portsOf = Map.groupBy(
    links.filter((link) => link.master !== null),
    (link) => link.master,
  )
  const portNames = (name: string) => (portsOf.get(name) ?? []).map((port) => port.name)
  return links.map((link) => ({
    ...link,
    bridge: link.bridge === null ? null : { ...link.bridge, ports: portNames(link.name) },
    bond: link.bond === null ? null : { ...link.bond, ports: portNames(link.name) },
  }))
}

function parseLink(
  row: Json,
  devices: ReadonlyMap<string, Device>,
  values: ReadonlyMap<string, string>,
  vlans: ReadonlyMap<string, PortVlans>,
  adapter: Adapter,
): LinkFacts | null {
  const index = number(row, 'ifindex')
  const name = text(row, 'ifname')
  if (index === null || name === null) return null
  const info = child(row, 'linkinfo')
  const data = child(info, 'info_data')
  const device = devices.get(name)
  const driver = device?.driver ?? adapter.driver
  const kind = kindOf(row, info, device, driver)
  const flags = words(row, 'flags')
  const up = flags.includes('UP')
  const value = (file: string) => values.get(`/sys/class/net/${name}/${file}`)?.trim()
  const speed = wholeNumber(value('speed'))
  const duplex = value('duplex')
  const numaNode = wholeNumber(value('device/numa_node'))
  const mac = macOf(text(row, 'address'))
  // The kernel makes 256 for any tap that may have several; these are open.
  const queues = kind === 'tap' && flag(data, 'multi_queue') === true ? number(data, 'numqueues') : null
  const isPermanent = value('addr_assign_type') === '0' || device?.isDevice === true
  return {
    index,
    name,
    kind,
    backEnd: 'unknown',
    up,
    carrier: up ? flags.includes('LOWER_UP') : null,
    operState: (text(row, 'operstate') ?? 'unknown').toLowerCase(),
    mac,
    // `ip` names it only where it differs from the present one.
    permanentMac: macOf(text(row, 'permaddr')) ?? (isPermanent && kind !== 'loopback' ? mac : null),
    mtu: number(row, 'mtu') ?? 0,
    minMtu: number(row, 'min_mtu') || null,
    maxMtu: number(row, 'max_mtu') || null,
    txQueueLength: number(row, 'txqlen'),
    rxQueues: queues ?? number(row, 'num_rx_queues'),
    txQueues: queues ?? number(row, 'num_tx_queues'),
    driver,
    firmware: adapter.firmware,
    // A tap says 10 Mbit/s whatever it carries.
    speedMbps: speed === null || speed <= 0 || kind === 'tap' || kind === 'macvtap' ? null : speed,
    duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
    pciAddress: device?.pciAddress ?? null,
    numaNode: numaNode === null || numaNode < 0 ? null : numaNode,
    offloads: adapter.offloads,
    rings: adapter.rings,
    channels: adapter.channels,
    master: text(row, 'master'),
    // `link_netnsid` there: the link below has this number in another namespace, and the name would be wrong here.
    lower: 'link_netnsid' in row || text(row, 'link') === name ? null : text(row, 'link'),
    addresses: rows(row, 'addr_info')
      .slice(0, maxAddresses)
      .map(parseAddress)
      .filter((address) => address !== null),
    bridge: kind === 'bridge' ? bridgeOf(data) : null,
    bridgePort:
      text(info, 'info_slave_kind') === 'bridge' ? portOf(child(info, 'info_slave_data'), vlans.get(name)) : null,
    bond:
      kind === 'bond'
        ? {
            mode: text(data, 'mode') ?? 'unknown',
            activePort: text(data, 'active_slave'),
            ports: [],
            miimonMs: number(data, 'miimon'),
          }
        : null,
    vlan: kind === 'vlan' ? { id: number(data, 'id') ?? 0, protocol: text(data, 'protocol') ?? '802.1Q' } : null,
    vm: null,
  }
}

const macOf = (address: string | null): string | null =>
  address !== null && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(address) ? address.toLowerCase() : null

const kinds: Record<string, LinkKind> = {
  bridge: 'bridge',
  bond: 'bond',
  vlan: 'vlan',
  macvtap: 'macvtap',
  ipvtap: 'macvtap',
  macvlan: 'macvlan',
  ipvlan: 'macvlan',
  vxlan: 'vxlan',
  dummy: 'dummy',
  veth: 'veth',
  openvswitch: 'ovs',
  geneve: 'tunnel',
  gre: 'tunnel',
  gretap: 'tunnel',
  ip6gre: 'tunnel',
  ip6gretap: 'tunnel',
  ipip: 'tunnel',
  ip6tnl: 'tunnel',
  sit: 'tunnel',
  vti: 'tunnel',
  wireguard: 'tunnel',
}

function kindOf(row: Json, info: Json, device: Device | undefined, driver: string | null): LinkKind {
  if (text(row, 'link_type') === 'loopback') return 'loopback'
  const said = text(info, 'info_kind')
  if (said === 'tun') return text(child(info, 'info_data'), 'type') === 'tun' ? 'tunnel' : 'tap'
  if (said !== null) return kinds[said] ?? (device?.isDevice === true ? 'physical' : 'other')
  if (device?.isWireless === true) return 'wireless'
  if (driver === 'virtio_net') return 'virtio'
  return device?.isDevice === true ? 'physical' : 'other'
}

/** `ls -ld` of symbolic links: the path, an arrow, the target. Kernel names have no white space. */
function parseDevices(answer: Answer): Map<string, Device> {
  const devices = new Map<string, Device>()
  const get = (name: string) => {
    const known = devices.get(name) ?? { driver: null, pciAddress: null, isDevice: false, isWireless: false }
    devices.set(name, known)
    return known
  }
  for (const line of linesOf(sectionOf(answer, 'links'))) {
    const found = /\s\/sys\/class\/net\/([^/\s]{1,64})(\/\S+)? -> (\S{1,4096})$/.exec(line)
    if (found === null) continue
    const [, raw = '', file, target = ''] = found
    const device = get(nameText(raw))
    if (file === undefined) {
      device.isDevice = !target.includes('/virtual/')
      device.pciAddress = target.match(/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?=\/)/g)?.at(-1) ?? null
    } else if (file === '/device/driver') device.driver = nameText(target.slice(target.lastIndexOf('/') + 1), 40)
    else if (file === '/phy80211') device.isWireless = true
  }
  return devices
}

function parseAddress(row: Json): AddressFacts | null {
  const family = text(row, 'family')
  const address = text(row, 'local')
  const prefix = number(row, 'prefixlen')
  if ((family !== 'inet' && family !== 'inet6') || address === null || prefix === null) return null
  if (!/^[0-9a-f:.]{2,45}$/i.test(address)) return null
  return { family, address, prefix, scope: text(row, 'scope') ?? 'global', dynamic: flag(row, 'dynamic') === true }
}

const hundredths = (value: number | null): number | null => (value === null ? null : value / 100)

function bridgeOf(data: Json): BridgeFacts {
  return {
    ports: [],
    stp: (number(data, 'stp_state') ?? 0) > 0,
    forwardDelaySeconds: hundredths(number(data, 'forward_delay')),
    vlanFiltering: flag(data, 'vlan_filtering') === true,
    defaultPvid: number(data, 'vlan_default_pvid') || null,
    multicastSnooping: flag(data, 'mcast_snooping'),
    ageingSeconds: hundredths(number(data, 'ageing_time')),
  }
}

function portOf(data: Json, vlans: PortVlans | undefined): BridgePortFacts {
  return {
    state: text(data, 'state') ?? 'unknown',
    isolated: flag(data, 'isolated') === true,
    learning: flag(data, 'learning') !== false,
    pvid: vlans?.pvid ?? null,
    untagged: vlans?.untagged ?? [],
    tagged: vlans?.tagged ?? [],
  }
}

interface PortVlans {
  pvid: number | null
  untagged: number[]
  tagged: number[]
}

/** `bridge -j vlan show`. A bridge's own VLANs come under its own name and are no port's. */
function parseVlans(answer: Answer): Map<string, PortVlans> {
  const ports = new Map<string, PortVlans>()
  for (const row of jsonRows(sectionOf(answer, 'vlans').text) ?? []) {
    const name = text(row, 'ifname')
    if (name === null) continue
    const port: PortVlans = { pvid: null, untagged: [], tagged: [] }
    for (const vlan of rows(row, 'vlans')) {
      const first = number(vlan, 'vlan')
      const last = number(vlan, 'vlanEnd') ?? first
      if (first === null || last === null || first < 1 || last > 4094) continue
      const flags = words(vlan, 'flags')
      if (flags.includes('PVID')) port.pvid = first
      const list = flags.includes('Egress Untagged') ? port.untagged : port.tagged
      for (let id = first; id <= last; id++) list.push(id)
    }
    ports.set(name, port)
  }
  return ports
}
