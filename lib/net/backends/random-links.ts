import fc from 'fast-check'
import { blankLink, bondModes, type BondConfig, type BridgeConfig, type LinkConfig, type PortConfig } from '../model.ts'

/** Random configurations for the properties that every back-end has to hold. */

const octet = fc.integer({ min: 1, max: 254 })
const address4 = fc.tuple(octet, octet).map(([c, d]) => `10.9.${c}.${d}/24`)
const address6 = fc.tuple(octet, octet).map(([c, d]) => `2001:db8:${c.toString(16)}::${d.toString(16)}/64`)
const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { nil: null })
const several = <T>(some: fc.Arbitrary<T>, min: number): fc.Arbitrary<T[]> =>
  fc.uniqueArray(some, { minLength: min, maxLength: 3 })

export const mac = fc.tuple(octet, octet).map(([a, b]) => `02:00:00:00:${hex(a)}:${hex(b)}`)
const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

const ipv4 = (metrics: boolean): fc.Arbitrary<LinkConfig['ipv4']> =>
  fc.oneof(
    fc.constant({ kind: 'none' as const }),
    several(address4, 0).map((addresses) => ({ kind: 'dhcp' as const, clientId: null, metric: null, addresses })),
    fc
      .tuple(several(address4, 1), fc.boolean(), metrics ? maybe(octet) : fc.constant(null))
      .map(([addresses, gateway, metric]) => ({
        kind: 'static' as const,
        addresses,
        gateway: gateway ? `${addresses[0]?.split('.').slice(0, 3).join('.')}.200` : null,
        metric: gateway ? metric : null,
      })),
  )

const ipv6 = fc.oneof(
  fc.constant({ kind: 'none' as const }),
  several(address6, 0).map((addresses) => ({ kind: 'auto' as const, addresses })),
  several(address6, 0).map((addresses) => ({ kind: 'dhcp' as const, addresses })),
  fc.tuple(several(address6, 1), fc.boolean()).map(([addresses, gateway]) => ({
    kind: 'static' as const,
    addresses,
    gateway: gateway ? `${addresses[0]?.split('::')[0]}::fe` : null,
    metric: null,
  })),
)

const routes = fc.uniqueArray(
  fc.tuple(octet, fc.boolean(), maybe(octet), maybe(octet)).map(([c, six, metric, table]) => ({
    destination: six ? `2001:db8:f${hex(c)}::/64` : `10.20.${c}.0/24`,
    family: six ? ('inet6' as const) : ('inet' as const),
    gateway: six ? '2001:db8:1::1' : '10.9.1.1',
    metric,
    table: table === 254 ? null : table,
    source: null,
    onLink: false,
  })),
  { maxLength: 3, selector: ({ destination }) => destination },
)

const rules = fc.uniqueArray(
  fc.tuple(octet, octet).map(([c, table]) => ({
    family: 'inet' as const,
    priority: 1000 + c,
    from: `10.9.${c}.0/24`,
    to: null,
    table: table === 254 ? 100 : table,
  })),
  { maxLength: 2, selector: ({ priority }) => priority },
)

/** Addresses, routes, rules, DNS, MTU and MAC, on a link whose name and kind are to be replaced. */
export const nicAddressing = (tool: string): fc.Arbitrary<LinkConfig> =>
  fc
    .record({
      ipv4: ipv4(tool !== 'ifupdown2'),
      ipv6,
      routes,
      rules,
      servers: several(fc.constantFrom('192.0.2.53', '192.0.2.54', '2001:db8::53'), 0),
      domains: several(fc.constantFrom('example.net', 'lab.example.net'), 0),
      mtu: maybe(fc.constantFrom(1400, 1500, 9000)),
      mac: maybe(mac),
    })
    .map(({ servers, domains, ...rest }) => ({
      ...blankLink('x', 'nic'),
      ...rest,
      dns: { servers, domains },
    }))

export const bridgeConfigs: fc.Arbitrary<BridgeConfig> = fc.record({
  stp: maybe(fc.boolean()),
  forwardDelaySeconds: maybe(fc.integer({ min: 2, max: 30 })),
  helloSeconds: maybe(fc.integer({ min: 1, max: 10 })),
  maxAgeSeconds: maybe(fc.integer({ min: 6, max: 40 })),
  priority: maybe(fc.integer({ min: 0, max: 65535 })),
  ageingSeconds: maybe(fc.integer({ min: 0, max: 600 })),
  vlanFiltering: maybe(fc.boolean()),
  defaultPvid: maybe(fc.constantFrom(0, 1, 10)),
  multicastSnooping: maybe(fc.boolean()),
})

const vlans = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 6 })

export const portConfigs: fc.Arbitrary<PortConfig> = fc
  .tuple(vlans, fc.boolean(), fc.integer({ min: 0, max: 5 }))
  .map(([ids, hasPvid, split]) => {
    const ascending = (some: number[]): number[] => [...some].sort((a, b) => a - b)
    const untagged = ascending(ids.slice(0, split))
    const tagged = ascending(ids.slice(split))
    return { pvid: hasPvid ? (untagged[0] ?? tagged[0] ?? null) : null, untagged, tagged }
  })
  .filter(({ untagged, tagged }) => untagged.length + tagged.length > 0)

export const bonds: fc.Arbitrary<BondConfig> = fc.record({
  mode: fc.constantFrom(...bondModes),
  miimonMs: maybe(fc.constantFrom(50, 100)),
  upDelayMs: maybe(fc.constantFrom(100, 200)),
  downDelayMs: maybe(fc.constantFrom(100, 200)),
  lacpRate: maybe(fc.constantFrom('slow' as const, 'fast' as const)),
  hashPolicy: maybe(fc.constantFrom('layer2' as const, 'layer3+4' as const, 'encap2+3' as const)),
  primary: maybe(fc.constant('enp2s0')),
  minLinks: maybe(fc.constantFrom(1, 2)),
})
