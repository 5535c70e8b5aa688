import { readBridgeLinks, readPortVlans, type BridgeLink } from '../../../host/bridges.ts'
import { libraryVersion } from '../../../host/libvirt/calls.ts'
import { listFilters } from '../../../host/libvirt/device-calls.ts'
import { readNetworks } from '../../../host/libvirt/networks.ts'
import { isOvsBridge, type OvsBridge, readOvsBridges } from '../../../host/ovs.ts'
import { Problem } from '../../../kit/problem.ts'
import { listHosts } from '../../../store/hosts.ts'
import { macTaken } from '../../../vm/inventory.ts'
import type { VmChoices } from '../../../contract/vm-edit.ts'
import type { NicManner } from '../../../vm/domain-edit-nic.ts'
import { bridgeOf, type NicSurroundings } from '../../../vm/nic-check.ts'
import type { NicSource } from '../../../vm/nic-settings.ts'
import { parseLibvirtNetwork } from '../../../vm/network-edit.ts'
import { refreshBoardBy } from '../board.ts'
import type { FoundVm } from '../find.ts'
import { macMaker, readInventory } from '../inventory.ts'
import { granted } from './change-vm.ts'

/** What a NIC of this VM can be, as it is on its host at this moment. */
export interface NicAround extends NicSurroundings {
  bridges: VmChoices['bridges']
  networks: VmChoices['networks']
  devices: VmChoices['devices']
  /** Makes one that nobody has. */
  newMac: () => string
  /** libvirt sets VLANs on Linux bridges itself. */
  vlansByLibvirt: boolean
}

// 11.0.0: libvirt counts it as 11 * 1000000.
const firstWithBridgeVlans = 11_000_000

const below = new Set(['', 'bond', 'vlan', 'vxlan', 'team', 'veth', 'dummy', 'gretap', 'wlan'])

export async function readNicAround(
  { host, session, client, domain }: FoundVm,
  mac: string | null,
  now: () => Date,
): Promise<NicAround> {
  const [links, vlans, networks, filters, version, board] = await Promise.all([
    readBridgeLinks(session),
    readPortVlans(session),
    readNetworks(client),
    client.call(listFilters()),
    client.call(libraryVersion()),
    refreshBoardBy(host.id, client, now),
  ])
  if (!links.ok) throw new Problem({ code: 'links-unread', kind: 'unreachable', title: links.error })
  granted(board)
  const inventory = await readInventory(await listHosts())
  const { maxVcpus } = domain.defined
  const ovs = links.value.some(({ kind }) => kind === 'openvswitch') ? await readOvsBridges(session) : []
  const bridges = bridgesOf(links.value, vlans.ok ? vlans.value : new Map(), ovs)
  return {
    maxVcpus,
    bridges,
    networks: granted(networks)
      .flatMap(({ definitionXml, runningXml, active }) => {
        const parsed = parseLibvirtNetwork(runningXml ?? definitionXml)
        if (!parsed.ok) return []
        const { name, mode, bridge, mtu, portGroups } = parsed.value
        return [{ name, mode, bridge, active, mtu, portGroups: portGroups.map((group) => group.name) }]
      })
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
    devices: links.value
      .filter(({ kind, name }) => below.has(kind) && !name.startsWith('vnet') && !name.startsWith('macvtap'))
      .map(({ name, mtu, carrier, master }) => ({ name, mtu, carrier, master })),
    filters: filters.ok ? filters.value.toSorted() : [],
    macTaken: (asked) => (asked === mac ? null : macTaken(inventory, asked, null)),
    newMac: macMaker(inventory),
    vlansByLibvirt: version.ok && version.value >= firstWithBridgeVlans,
  }
}

function bridgesOf(
  links: readonly BridgeLink[],
  vlans: ReadonlyMap<string, readonly { vid: number }[]>,
  ovs: readonly OvsBridge[] | null,
) {
  return links
    .filter(({ kind, name }) => kind === 'bridge' || (kind === 'openvswitch' && isOvsBridge(ovs, name)))
    .map(({ name, kind, mtu, up, carrier, vlanFiltering, defaultPvid }): VmChoices['bridges'][number] => {
      const isOvs = kind === 'openvswitch'
      const ports = ovs?.find((one) => one.name === name)?.ports ?? []
      const uplinks = links
        .filter((link) => below.has(link.kind) && (isOvs ? ports.includes(link.name) : link.master === name))
        .map((link) => link.name)
      const carried = uplinks.flatMap((uplink) => vlans.get(uplink)?.map(({ vid }) => vid) ?? [])
      return {
        name,
        kind: isOvs ? 'ovs' : 'linux',
        mtu,
        // What is down of Open vSwitch's is the host's own port on it; it forwards all the same.
        up: isOvs || up,
        carrier: isOvs ? null : carrier,
        vlanAware: isOvs || vlanFiltering,
        defaultPvid: vlanFiltering ? defaultPvid : null,
        vlans: vlanFiltering ? [...new Set(carried)].toSorted((a, b) => a - b) : [],
        uplinks,
      }
    })
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
}

/** How a NIC with this source is written. */
export function mannerOf(source: NicSource | null, around: NicAround): NicManner {
  const bridge = source === null ? null : bridgeOf(source, around.networks)
  const ovs = around.bridges.some(({ name, kind }) => name === bridge && kind === 'ovs')
  return { ovs, nativeVlan: ovs || around.vlansByLibvirt }
}
