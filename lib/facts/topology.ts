import type { LinkFacts, NetworkFacts } from './facts.ts'

/** What stands in one column of the map, from the wire to the VM. */
export const layers = ['uplink', 'bond', 'vlan', 'bridge', 'vm'] as const
export type Layer = (typeof layers)[number]

export interface TopologyNode {
  /** `link:<name>` or `vm:<uuid>` */
  id: string
  layer: Layer
  /** The link's or the VM's name. */
  name: string
  /** The link it is, null for a VM. */
  link: LinkFacts | null
  management: boolean
  /** A sentence's worth of what is wrong with it, or null. */
  trouble: 'down' | 'no-carrier' | 'not-attached' | null
}

export interface TopologyEdge {
  id: string
  from: string
  to: string
  /** The link whose rates are the edge's. */
  via: string
  management: boolean
  /** Nothing flows here: the link is down, has no carrier, or STP blocks it. */
  broken: 'down' | 'no-carrier' | 'blocked' | null
}

export interface Topology {
  nodes: TopologyNode[]
  edges: TopologyEdge[]
}

/** Where a link of this kind stands; null for what is neither on the way to a VM nor its end. */
export const layerOf = ({ kind, lower }: LinkFacts): Layer | null => {
  switch (kind) {
    case 'physical':
    case 'virtio':
    case 'wireless':
      return 'uplink'
    // A container's or namespace's NIC: an uplink when nothing in this host is its other end.
    case 'veth':
      return lower === null ? 'uplink' : null
    case 'bond':
      return 'bond'
    case 'vlan':
      return 'vlan'
    case 'bridge':
    case 'ovs':
      return 'bridge'
    case 'tap':
    case 'macvtap':
      return 'vm'
    default:
      return null
  }
}

const faultOf = ({ up, carrier }: LinkFacts): 'down' | 'no-carrier' | null =>
  up ? (carrier === false ? 'no-carrier' : null) : 'down'

const blockingStates = new Set(['blocking', 'disabled', 'listening', 'learning'])
const brokenOf = (link: LinkFacts): TopologyEdge['broken'] =>
  faultOf(link) ?? (blockingStates.has(link.bridgePort?.state ?? '') ? 'blocked' : null)

/** The map of a host: uplink → bond → VLAN → bridge → VM. What belongs to none of them and carries nothing is left out. */
export function topologyOf({ links, managementPath }: Pick<NetworkFacts, 'links' | 'managementPath'>): Topology {
  const management = new Set(managementPath?.links)
  const byName = new Map(links.map((link) => [link.name, link]))
  const carries = new Set(links.flatMap(({ master, lower }) => [master, lower]))
  const nodes = new Map<string, TopologyNode>()
  const edges: TopologyEdge[] = []

  /** Any link may be what others stand on: then it is on the map whatever its kind. */
  const drawn = (link: LinkFacts): Layer | null =>
    layerOf(link) ?? (link.kind !== 'loopback' && (link.master !== null || carries.has(link.name)) ? 'uplink' : null)

  for (const link of links) {
    const layer = drawn(link)
    if (layer === null) continue
    const isManagement = management.has(link.name)
    if (layer === 'vm') {
      const id = link.vm === null ? `link:${link.name}` : `vm:${link.vm.uuid}`
      const under = link.master ?? link.lower
      const held = nodes.get(id)
      nodes.set(id, {
        id,
        layer,
        name: link.vm?.domain ?? link.name,
        link: link.vm === null ? link : null,
        management: held?.management === true || isManagement,
        trouble: under === null ? 'not-attached' : (held?.trouble ?? null),
      })
      if (under !== null && byName.has(under))
        edges.push({
          id: link.name,
          from: `link:${under}`,
          to: id,
          via: link.name,
          management: isManagement,
          broken: brokenOf(link),
        })
      continue
    }
    nodes.set(`link:${link.name}`, {
      id: `link:${link.name}`,
      layer,
      name: link.name,
      link,
      management: isManagement,
      trouble: faultOf(link),
    })
    const edge = (from: string, to: string, via: LinkFacts) =>
      edges.push({
        id: `${from} ${to}`,
        from: `link:${from}`,
        to: `link:${to}`,
        via: via.name,
        management: management.has(from) && management.has(to),
        broken: brokenOf(via),
      })
    if (link.master !== null && byName.has(link.master)) edge(link.name, link.master, link)
    if (layer === 'vlan' && link.lower !== null && byName.has(link.lower)) edge(link.lower, link.name, link)
  }
  return { nodes: [...nodes.values()], edges: edges.filter(({ from, to }) => nodes.has(from) && nodes.has(to)) }
}
