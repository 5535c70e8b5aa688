/**
 * What Drawbridge knows of a host, taken in one round trip at one instant and parsed by pure code.
 *
 * Every text in here was written by the host, so it is a stranger's text: parsed, length-limited, free of control
 * characters, and only ever shown as text. `null` means "the host did not say"; zero means zero.
 */
export interface HostFacts {
  /** Wall clock of the dashboard when the answer arrived, ISO 8601. */
  takenAt: string
  bootId: string
  machineId: string | null
  hostname: string
  os: OsFacts
  cpu: CpuFacts
  memory: MemoryFacts
  kvm: KvmFacts
  libvirt: LibvirtFacts
  network: NetworkFacts
  storagePools: StoragePoolFacts[]
  domains: DomainFacts[]
  /** What could not be read, in sentences (a missing tool, an unreadable file). */
  gaps: string[]
}

export interface OsFacts {
  /** `ID` of os-release: debian, ubuntu, rocky, opensuse-leap, … */
  id: string
  /** Most specific first, itself excluded, e.g. ['rhel', 'centos', 'fedora']. */
  like: string[]
  name: string
  version: string | null
  kernel: string
  architecture: string
  /** ISO 8601 on the host's own clock. */
  bootedAt: string | null
  uptimeSeconds: number | null
  packageManager: 'apt' | 'dnf' | 'zypper' | null
  initSystem: 'systemd' | 'other'
  virtualization: string | null
}

export interface CpuFacts {
  model: string | null
  vendor: string | null
  sockets: number
  coresPerSocket: number
  threadsPerCore: number
  /** Logical CPUs online. */
  threads: number
  flags: string[]
  numa: NumaNode[]
  maxMhz: number | null
}

export interface NumaNode {
  id: number
  /** Logical CPU numbers. */
  cpus: number[]
  memoryBytes: number | null
}

export interface MemoryFacts {
  totalBytes: number
  availableBytes: number | null
  swapTotalBytes: number
  hugepages: { sizeBytes: number; total: number; free: number }[]
}

export interface KvmFacts {
  /** `usable` only when a boot sector really ran under KVM on this boot, or all cheap signs agree and none disagrees. */
  state: 'usable' | 'unusable' | 'unproven'
  /** A sentence: what was seen. */
  reason: string
  hasCpuFlag: boolean
  hasDevice: boolean
  nested: boolean | null
  hasVhostNet: boolean
}

export interface LibvirtFacts {
  state: 'running' | 'stopped' | 'absent'
  /** e.g. "9.0.0". */
  libvirtVersion: string | null
  qemuVersion: string | null
  networks: { name: string; active: boolean; autostart: boolean; bridge: string | null; mode: string | null }[]
}

/** Which tool's files make an interface what it is. */
export type BackEnd =
  | 'networkd'
  | 'netplan'
  | 'networkmanager'
  | 'ifupdown'
  | 'ifupdown2'
  | 'wicked'
  | 'libvirt'
  | 'docker'
  | 'ovs'
  | 'kernel'
  | 'unknown'

export interface NetworkFacts {
  /** The back-end that owns the host's uplinks. */
  backEnd: BackEnd
  links: LinkFacts[]
  routes: RouteFacts[]
  managementPath: ManagementPath | null
  brNetfilter: { loaded: boolean; ipv4: boolean | null; ipv6: boolean | null; arp: boolean | null }
  forwarding: { ipv4: boolean | null; ipv6: boolean | null }
  firewall: {
    kind: 'nftables' | 'iptables' | 'firewalld' | 'ufw' | 'none' | 'unknown'
    forwardDropIpv4: boolean | null
    forwardDropIpv6: boolean | null
    docker: boolean
  }
  dnsServers: string[]
}

export type LinkKind =
  | 'physical'
  | 'virtio'
  | 'veth'
  | 'bridge'
  | 'bond'
  | 'vlan'
  | 'tap'
  | 'macvtap'
  | 'macvlan'
  | 'vxlan'
  | 'dummy'
  | 'wireless'
  | 'ovs'
  | 'tunnel'
  | 'loopback'
  | 'other'

export interface LinkFacts {
  index: number
  name: string
  kind: LinkKind
  backEnd: BackEnd
  /** Administrative state. */
  up: boolean
  /** Lower layer up; null when the kernel does not say (link down). */
  carrier: boolean | null
  operState: string
  mac: string | null
  permanentMac: string | null
  mtu: number
  minMtu: number | null
  maxMtu: number | null
  txQueueLength: number | null
  rxQueues: number | null
  txQueues: number | null
  driver: string | null
  firmware: string | null
  speedMbps: number | null
  duplex: 'full' | 'half' | null
  pciAddress: string | null
  numaNode: number | null
  /** ethtool -k names that are on, e.g. ['tx-checksumming', 'generic-receive-offload']. */
  offloads: string[]
  rings: { rx: number; rxMax: number; tx: number; txMax: number } | null
  channels: { combined: number; combinedMax: number } | null
  /** Name of the bridge or bond it is a port of. */
  master: string | null
  /** Name of the link below (VLAN, macvtap) or of the veth's peer when in the same namespace. */
  lower: string | null
  addresses: AddressFacts[]
  bridge: BridgeFacts | null
  bridgePort: BridgePortFacts | null
  bond: { mode: string; activePort: string | null; ports: string[]; miimonMs: number | null } | null
  vlan: { id: number; protocol: string } | null
  /** The VM NIC behind a tap. */
  vm: { domain: string; uuid: string; mac: string; queues: number | null; model: string | null } | null
}

export interface AddressFacts {
  family: 'inet' | 'inet6'
  address: string
  prefix: number
  scope: string
  dynamic: boolean
}

export interface BridgeFacts {
  ports: string[]
  stp: boolean
  forwardDelaySeconds: number | null
  vlanFiltering: boolean
  defaultPvid: number | null
  multicastSnooping: boolean | null
  ageingSeconds: number | null
}

export interface BridgePortFacts {
  state: string
  isolated: boolean
  learning: boolean
  pvid: number | null
  untagged: number[]
  tagged: number[]
}

export interface RouteFacts {
  family: 'inet' | 'inet6'
  /** CIDR or 'default'. */
  destination: string
  gateway: string | null
  device: string
  metric: number | null
  protocol: string | null
  table: string
  source: string | null
}

/** How the dashboard's own SSH session gets in: the chain a change must not cut. */
export interface ManagementPath {
  localAddress: string
  remoteAddress: string
  /** From the device that holds the address down to the NIC, e.g. ['br0', 'enp1s0']. */
  links: string[]
}

export interface StoragePoolFacts {
  name: string
  type: string
  active: boolean
  autostart: boolean
  capacityBytes: number | null
  availableBytes: number | null
  path: string | null
}

export type DomainState =
  | 'running'
  | 'idle'
  | 'paused'
  | 'shutting-down'
  | 'shut-off'
  | 'crashed'
  | 'suspended'
  | 'unknown'

export interface DomainFacts {
  uuid: string
  name: string
  state: DomainState
  vcpus: number
  memoryBytes: number
  /** `kvm`, `qemu`, … as the XML says. */
  type: string
  autostart: boolean
  nics: {
    mac: string
    source: string | null
    sourceKind: string
    model: string | null
    tap: string | null
    queues: number | null
    mtu: number | null
  }[]
}
