import type { DomainFacts, HostFacts, LinkFacts, LinkKind, RouteFacts } from '../facts/facts.ts'
import type { ConfigFile } from './back-end.ts'
import type { RawNetwork } from './raw-network.ts'

/** Hosts for tests of pure code: only what a test is about need be said. */
export type LinkSketch = Partial<Omit<LinkFacts, 'name' | 'kind' | 'addresses'>> & {
  kind?: LinkKind
  /** CIDRs; `~` before it: dynamic. */
  addresses?: string[]
}

const plainLink: Omit<LinkFacts, 'name' | 'index'> = {
  kind: 'physical',
  backEnd: 'networkd',
  up: true,
  carrier: true,
  operState: 'up',
  mac: null,
  permanentMac: null,
  mtu: 1500,
  minMtu: 68,
  maxMtu: 9000,
  txQueueLength: 1000,
  rxQueues: 4,
  txQueues: 4,
  driver: null,
  firmware: null,
  speedMbps: null,
  duplex: null,
  pciAddress: null,
  numaNode: null,
  offloads: [],
  rings: null,
  channels: null,
  master: null,
  lower: null,
  addresses: [],
  bridge: null,
  bridgePort: null,
  bond: null,
  vlan: null,
  vm: null,
}

export const plainBridge: NonNullable<LinkFacts['bridge']> = {
  ports: [],
  stp: false,
  forwardDelaySeconds: 15,
  vlanFiltering: false,
  defaultPvid: 1,
  multicastSnooping: true,
  ageingSeconds: 300,
}

const macOf = (index: number): string => `52:54:00:00:00:${index.toString(16).padStart(2, '0')}`

export function sketchHost({
  links,
  files = {},
  routes = [],
  management = [],
  domains = [],
  facts = {},
  rest = {},
}: {
  links: Record<string, LinkSketch>
  files?: Record<string, string>
  routes?: (Partial<RouteFacts> & Pick<RouteFacts, 'destination' | 'device'>)[]
  management?: string[]
  domains?: (Partial<DomainFacts> & Pick<DomainFacts, 'name'>)[]
  facts?: Partial<HostFacts['network']>
  rest?: Partial<RawNetwork>
}): RawNetwork {
  const made = Object.entries(links).map(([name, { addresses = [], ...link }], index): LinkFacts => ({
    ...plainLink,
    index: index + 1,
    name,
    mac: macOf(index + 1),
    bridge: link.kind === 'bridge' ? plainBridge : null,
    ...link,
    addresses: addresses.map((text) => {
      const [address = '', prefix] = text.replace('~', '').split('/')
      return {
        family: address.includes(':') ? 'inet6' : 'inet',
        address,
        prefix: Number(prefix),
        scope: 'global',
        dynamic: text.startsWith('~'),
      }
    }),
  }))
  const local = made.find(({ name }) => name === management[0])?.addresses[0]?.address
  return {
    facts: {
      takenAt: '2026-01-01T00:00:00.000Z',
      hostname: 'kvm1',
      domains: domains.map((domain) => ({
        uuid: domain.name,
        state: 'running',
        vcpus: 1,
        memoryBytes: 1,
        type: 'kvm',
        autostart: false,
        nics: [],
        ...domain,
      })),
      network: {
        backEnd: 'networkd',
        links: made,
        routes: routes.map((route) => ({
          family: 'inet',
          gateway: null,
          metric: null,
          protocol: 'static',
          table: 'main',
          source: null,
          ...route,
        })),
        managementPath:
          local === undefined ? null : { localAddress: local, remoteAddress: '192.0.2.99', links: management },
        brNetfilter: { loaded: false, ipv4: null, ipv6: null, arp: null },
        forwarding: { ipv4: false, ipv6: false },
        firewall: { kind: 'none', forwardDropIpv4: null, forwardDropIpv6: null, docker: false },
        dnsServers: [],
        ...facts,
      },
    } as unknown as HostFacts,
    files: Object.entries(files).map(([path, content]): ConfigFile => ({ path, content, mode: 0o644, uid: 0, gid: 0 })),
    binaryFiles: [],
    details: new Map(),
    rules: [],
    clientIds: new Map(),
    versions: { systemd: '252' },
    ...rest,
  }
}
