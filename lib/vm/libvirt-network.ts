/** A libvirt network as Drawbridge reads and writes it. What else its XML says is kept, and not shown here. */

/** How its VMs get out. `macvtap` is bridge, private, vepa and passthrough with a device instead of a bridge. */
export const networkModes = ['nat', 'route', 'isolated', 'open', 'bridge', 'macvtap', 'hostdev', 'other'] as const
export type NetworkMode = (typeof networkModes)[number]
/** Those that Drawbridge makes and edits. */
export const managedModes = ['nat', 'route', 'isolated', 'open', 'bridge'] as const
export type ManagedMode = (typeof managedModes)[number]

export interface DhcpRange {
  start: string
  end: string
}

/** A fixed address. `mac` or, for IPv6, `duid` or a name says for whom. */
export interface DhcpHost {
  mac: string | null
  duid: string | null
  name: string | null
  address: string
}

/** The host's own address on the network's bridge, and what DHCP gives out around it. */
export interface NetworkIp {
  address: string
  prefix: number
  ranges: DhcpRange[]
  hosts: DhcpHost[]
}

export interface PortGroup {
  name: string
  isDefault: boolean
  vlans: number[]
}

/** What a person decides of a network. */
export interface NetworkConfig {
  name: string
  mode: NetworkMode
  /** Mode `bridge`: of the host, made by somebody else. Else libvirt makes it; null: libvirt names it. */
  bridge: string | null
  /** Device that nat and route leave by; null: whichever the routes say. */
  uplink: string | null
  mtu: number | null
  domain: string | null
  ipv4: NetworkIp | null
  ipv6: NetworkIp | null
}

/** All that its XML says of itself. */
export interface NetworkDefinition extends NetworkConfig {
  uuid: string
  portGroups: PortGroup[]
}

export const usesOwnBridge = (mode: NetworkMode): boolean =>
  mode === 'nat' || mode === 'route' || mode === 'isolated' || mode === 'open'
