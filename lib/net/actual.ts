import type { LinkFacts, NetworkFacts, RouteFacts } from '../facts/facts.ts'
import type { RuntimeLink } from './back-end.ts'
import { blankLink, noBridge, type LinkConfig, type RouteConfig } from './model.ts'
import { isLinkLocal, parseCidr } from './names.ts'
import type { LinkDetails, RawNetwork } from './raw-network.ts'

/** What the kernel has, in the shape configuration has. */

/** Null for what nobody configures as a link: taps, loopback, tunnels, a container's end of a veth. */
export function configKind(link: LinkFacts): LinkConfig['kind'] | null {
  switch (link.kind) {
    case 'bridge':
    case 'vlan':
    case 'bond':
      return link.kind
    case 'physical':
    case 'virtio':
    case 'wireless':
    case 'dummy':
    case 'other':
      return 'nic'
    case 'veth':
      return link.lower === null ? 'nic' : null
    default:
      return null
  }
}

/**
 * Not static: what the kernel made for an address, a router announced or DHCP brought. ifupdown2 calls its gateways
 * `kernel` too; the kernel itself never makes a route with one.
 */
const isForeign = ({ protocol, gateway }: RouteFacts): boolean =>
  isOfKernel({ protocol, gateway }) || protocol === 'dhcp'

/** Made by the kernel itself, for an address or on a router's word. */
export const isOfKernel = ({ protocol, gateway }: Pick<RouteFacts, 'protocol' | 'gateway'>): boolean =>
  (protocol === 'kernel' && gateway === null) || protocol === 'ra' || protocol === 'redirect'

const isMain = ({ table }: { table: string }): boolean => table === 'main' || table === '254'

export function actualConfig(link: LinkFacts, raw: RawNetwork): LinkConfig | null {
  const kind = configKind(link)
  if (kind === null) return null
  const { network } = raw.facts
  const details = raw.details.get(link.name)
  const routes = network.routes.filter(({ device }) => device === link.name)
  const gatewayOf = (family: 'inet' | 'inet6') =>
    routes.find(
      (route) => route.family === family && route.destination === 'default' && isMain(route) && !isForeign(route),
    )
  const of = (family: 'inet' | 'inet6') =>
    link.addresses.filter((address) => address.family === family && address.scope === 'global')
  const cidrs = (family: 'inet' | 'inet6') =>
    of(family)
      .filter(({ dynamic }) => !dynamic)
      .map(({ address, prefix }) => parseCidr(`${address}/${prefix}`)?.text ?? `${address}/${prefix}`)
  const isDynamic = (family: 'inet' | 'inet6') => of(family).some(({ dynamic }) => dynamic)
  const gateway4 = gatewayOf('inet')
  const gateway6 = gatewayOf('inet6')
  return {
    ...blankLink(link.name, kind),
    mac: link.mac,
    mtu: link.mtu,
    ipv4: isDynamic('inet')
      ? { kind: 'dhcp', clientId: raw.clientIds.get(link.name) ?? null, metric: null, addresses: cidrs('inet') }
      : cidrs('inet').length > 0
        ? {
            kind: 'static',
            addresses: cidrs('inet'),
            gateway: gateway4?.gateway ?? null,
            metric: gateway4?.metric || null,
          }
        : { kind: 'none' },
    ipv6: isDynamic('inet6')
      ? { kind: 'auto', addresses: cidrs('inet6') }
      : cidrs('inet6').length > 0
        ? {
            kind: 'static',
            addresses: cidrs('inet6'),
            gateway: gateway6?.gateway ?? null,
            metric: gateway6?.metric || null,
          }
        : { kind: 'none' },
    routes: routes
      .filter((route) => !isForeign(route) && route !== gateway4 && route !== gateway6)
      .map(routeConfig)
      .filter((route) => route !== null),
    master: link.master,
    port:
      link.bridgePort !== null && network.links.find(({ name }) => name === link.master)?.bridge?.vlanFiltering === true
        ? { pvid: link.bridgePort.pvid, untagged: link.bridgePort.untagged, tagged: link.bridgePort.tagged }
        : null,
    bridge: link.bridge === null ? null : bridgeConfig(link.bridge, details),
    vlan: link.vlan === null || link.lower === null ? null : { parent: link.lower, id: link.vlan.id },
    bond: details?.bond ?? null,
  }
}

const bridgeConfig = (bridge: NonNullable<LinkFacts['bridge']>, details: LinkDetails | undefined) => ({
  ...noBridge,
  stp: bridge.stp,
  forwardDelaySeconds: bridge.forwardDelaySeconds,
  helloSeconds: details?.helloSeconds ?? null,
  maxAgeSeconds: details?.maxAgeSeconds ?? null,
  priority: details?.priority ?? null,
  ageingSeconds: bridge.ageingSeconds,
  vlanFiltering: bridge.vlanFiltering,
  defaultPvid: bridge.defaultPvid,
  multicastSnooping: bridge.multicastSnooping,
})

function routeConfig(route: RouteFacts): RouteConfig | null {
  const table = isMain(route)
    ? null
    : /^\d+$/.test(route.table)
      ? Number(route.table)
      : route.table === 'default'
        ? 253
        : undefined
  if (table === undefined) return null
  return {
    destination: route.destination,
    family: route.family,
    gateway: route.gateway,
    metric: route.metric || null,
    table,
    source: route.source,
    onLink: false,
  }
}

/** Every link of the kernel as the back-ends' commands need it. */
export const runtimeOf = ({ links, routes }: Pick<NetworkFacts, 'links' | 'routes'>): RuntimeLink[] =>
  links.map((link) => ({
    name: link.name,
    kind: link.kind === 'tap' || link.kind === 'macvtap' ? 'tap' : (configKind(link) ?? 'other'),
    mac: link.mac,
    mtu: link.mtu,
    up: link.up,
    master: link.master,
    addresses: link.addresses
      .filter(({ address, scope }) => scope === 'global' || (scope === 'link' && !isLinkLocal(address)))
      .map(({ address, prefix, dynamic }) => ({ cidr: `${address}/${prefix}`, dynamic })),
    routes: routes
      .filter(({ device }) => device === link.name)
      .map(({ family, destination, gateway, metric, table, protocol, source }) => ({
        family,
        destination,
        gateway,
        metric,
        table,
        protocol,
        source,
      })),
  }))
