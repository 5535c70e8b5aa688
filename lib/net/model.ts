/**
 * What a host's configuration wants of its links, whatever tool wrote it. Each back-end reads its files into this and
 * writes changes of this into its files. Null always means: not said, so the tool's or the kernel's default stands.
 */
export interface LinkConfig {
  name: string
  kind: 'nic' | 'bridge' | 'vlan' | 'bond'
  /** Lower case, the MAC the link is to have. */
  mac: string | null
  mtu: number | null
  ipv4: Ipv4Config
  ipv6: Ipv6Config
  dns: { servers: string[]; domains: string[] }
  /** Static routes besides the gateways of `ipv4` and `ipv6`. */
  routes: RouteConfig[]
  /** Policy rules that belong to this link in its files. */
  rules: RuleConfig[]
  /** The bridge or bond it is a port of. */
  master: string | null
  /** VLANs of this port; only with a bridge as master. */
  port: PortConfig | null
  bridge: BridgeConfig | null
  vlan: { parent: string; id: number } | null
  bond: BondConfig | null
}

export type Ipv4Config =
  | { kind: 'none' }
  /** `clientId` as the back-end writes it (`mac`, `duid`, or hex bytes with colons); `addresses` besides the lease. */
  | { kind: 'dhcp'; clientId: string | null; metric: number | null; addresses: string[] }
  /** Addresses as CIDR. */
  | { kind: 'static'; addresses: string[]; gateway: string | null; metric: number | null }

export type Ipv6Config =
  /** Link-local at most. */
  | { kind: 'none' }
  /** Router advertisements are heeded (SLAAC, and DHCPv6 where they say so); `addresses` besides. */
  | { kind: 'auto'; addresses: string[] }
  | { kind: 'dhcp'; addresses: string[] }
  /** No router advertisements. */
  | { kind: 'static'; addresses: string[]; gateway: string | null; metric: number | null }

export interface RouteConfig {
  /** CIDR or `default`. */
  destination: string
  family: 'inet' | 'inet6'
  gateway: string | null
  metric: number | null
  /** A number, or null for main. */
  table: number | null
  source: string | null
  onLink: boolean
}

export interface RuleConfig {
  family: 'inet' | 'inet6'
  priority: number | null
  from: string | null
  to: string | null
  table: number
}

export interface BridgeConfig {
  stp: boolean | null
  /** 2–30 with STP on. */
  forwardDelaySeconds: number | null
  /** 1–10 */
  helloSeconds: number | null
  /** 6–40 */
  maxAgeSeconds: number | null
  /** 0–65535 */
  priority: number | null
  ageingSeconds: number | null
  vlanFiltering: boolean | null
  /** 1–4094, 0 for none. */
  defaultPvid: number | null
  multicastSnooping: boolean | null
}

/** A port's own VLANs, in ascending order; `pvid` is always one of `untagged` or `tagged`. */
export interface PortConfig {
  pvid: number | null
  untagged: number[]
  tagged: number[]
}

export const bondModes = [
  'active-backup',
  '802.3ad',
  'balance-xor',
  'balance-rr',
  'broadcast',
  'balance-tlb',
  'balance-alb',
] as const
export type BondMode = (typeof bondModes)[number]

export interface BondConfig {
  mode: BondMode
  miimonMs: number | null
  upDelayMs: number | null
  downDelayMs: number | null
  /** 802.3ad only. */
  lacpRate: 'slow' | 'fast' | null
  hashPolicy: 'layer2' | 'layer3+4' | 'layer2+3' | 'encap2+3' | 'encap3+4' | null
  /** active-backup only: the preferred port. */
  primary: string | null
  minLinks: number | null
}

/** A tool whose files Drawbridge can change. */
export const managedBackEnds = ['networkd', 'netplan', 'networkmanager', 'ifupdown', 'ifupdown2'] as const
export type ManagedBackEnd = (typeof managedBackEnds)[number]

export const noBridge: BridgeConfig = {
  stp: null,
  forwardDelaySeconds: null,
  helloSeconds: null,
  maxAgeSeconds: null,
  priority: null,
  ageingSeconds: null,
  vlanFiltering: null,
  defaultPvid: null,
  multicastSnooping: null,
}

/** A link about which nothing is said. */
export const blankLink = (name: string, kind: LinkConfig['kind']): LinkConfig => ({
  name,
  kind,
  mac: null,
  mtu: null,
  ipv4: { kind: 'none' },
  ipv6: { kind: 'none' },
  dns: { servers: [], domains: [] },
  routes: [],
  rules: [],
  master: null,
  port: null,
  bridge: kind === 'bridge' ? noBridge : null,
  vlan: null,
  bond: null,
})
