import { err, ok, type Result } from '../../kit/result.ts'
import type { Configured, FileChange, ConfigFile, LinkChange } from '../back-end.ts'
import type { Ipv4Config, Ipv6Config, LinkConfig, RouteConfig } from '../model.ts'
import { say, type Sentence } from '../sentences.ts'

/** The files as they stand after these changes. */
export function changed(files: readonly ConfigFile[], changes: readonly FileChange[]): ConfigFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  for (const { path, after, mode } of changes) {
    if (after === null) byPath.delete(path)
    else byPath.set(path, { ...(byPath.get(path) ?? { path, mode, uid: 0, gid: 0 }), content: after })
  }
  return [...byPath.values()]
}

/**
 * Reads back what was written: each changed link must say what was asked, and every other what it said before. What a
 * tool's files cannot express is found here, whatever the reason.
 */
export function proved(
  tool: string,
  read: (files: readonly ConfigFile[]) => Configured,
  files: readonly ConfigFile[],
  changes: readonly LinkChange[],
  written: FileChange[],
): Result<FileChange[], Sentence> {
  const wanted = new Map(read(files).links.map((link) => [link.name, link]))
  for (const { name, after } of changes) {
    if (after === null) wanted.delete(name)
    else wanted.set(name, after)
  }
  const got = read(changed(files, written))
  const found = new Map(got.links.map((link) => [link.name, link]))
  for (const change of changes) {
    // A NIC about which nothing is said any more may still be told of by a file that matches many.
    if (change.after === null && change.before?.kind === 'nic') found.delete(change.name)
  }
  for (const name of new Set([...wanted.keys(), ...found.keys()])) {
    const difference = firstDifference(wanted.get(name) ?? null, found.get(name) ?? null)
    if (difference === null) continue
    const reason = got.unreadable.find(({ link }) => link === name)?.reason
    return err(say('refuse.not-expressible', { tool, what: reason ?? `${name}: ${difference}` }))
  }
  return ok(written)
}

/** What of two configurations of a link differs, in a few words; null when they mean the same. */
export function firstDifference(wanted: LinkConfig | null, got: LinkConfig | null): string | null {
  if (wanted === null || got === null) {
    const given = wanted ?? got
    // Whether nothing is said of a NIC or it is not mentioned is the same.
    if (given === null || given.kind === 'nic') return null
    return wanted === null ? 'it would still be there' : 'it would not be there'
  }
  const [a, b] = [canonical(wanted), canonical(got)]
  for (const key of Object.keys(a) as (keyof LinkConfig)[]) {
    const [left, right] = [JSON.stringify(a[key]), JSON.stringify(b[key])]
    if (left !== right) return `${key} ${left.slice(0, 120)} (it would be ${right.slice(0, 120)})`
  }
  return null
}

/** The same configuration in one spelling: order of routes and rules, gateways as routes, lower case. */
export function canonical(link: LinkConfig): LinkConfig {
  const { link4, link6, routes } = gathered(link)
  return {
    name: link.name,
    kind: link.kind,
    mac: link.mac?.toLowerCase() ?? null,
    mtu: link.mtu,
    ipv4: link4,
    ipv6: link6,
    dns: { servers: link.dns.servers.map(lower), domains: link.dns.domains },
    routes: sorted(routes),
    rules: sorted(link.rules.map(({ family, priority, from, to, table }) => ({ family, priority, from, to, table }))),
    master: link.master,
    port: link.port === null ? null : portOf(link.port),
    bridge: link.bridge === null ? null : inOrder(link.bridge),
    vlan: link.vlan === null ? null : { parent: link.vlan.parent, id: link.vlan.id },
    bond: link.bond === null ? null : inOrder(link.bond),
  }
}

const lower = (text: string): string => text.toLowerCase()
const sorted = <T>(list: T[]): T[] => list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
const inOrder = <T extends object>(of: T): T =>
  Object.fromEntries(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1))) as T

const portOf = (port: NonNullable<LinkConfig['port']>): LinkConfig['port'] => {
  const ascending = (list: number[]) => [...new Set(list)].toSorted((a, b) => a - b)
  const said = { pvid: port.pvid, untagged: ascending(port.untagged), tagged: ascending(port.tagged) }
  return said.pvid === null && said.untagged.length + said.tagged.length === 0 ? null : said
}

const defaultRoute = (family: RouteConfig['family']) => ({
  destination: 'default',
  family,
  gateway: null,
  metric: null,
  table: null,
  source: null,
  onLink: false,
})

/** Whether a route is what `gateway` and `metric` of an address family can say. */
export const isGateway = (route: RouteConfig): boolean =>
  route.destination === 'default' &&
  route.gateway !== null &&
  route.table === null &&
  route.source === null &&
  !route.onLink

function gathered(link: LinkConfig): { link4: Ipv4Config; link6: Ipv6Config; routes: RouteConfig[] } {
  const routes = link.routes.map(({ destination, family, gateway, metric, table, source, onLink }) => ({
    destination: destination === '0.0.0.0/0' || destination === '::/0' ? 'default' : lower(destination),
    family,
    gateway: gateway?.toLowerCase() ?? null,
    metric,
    table: table === 254 ? null : table,
    source: source?.toLowerCase() ?? null,
    onLink,
  }))
  const { ipv4, ipv6 } = link
  for (const [family, of] of [['inet', ipv4] as const, ['inet6', ipv6] as const])
    if (of.kind === 'static' && of.gateway !== null)
      routes.push({ ...defaultRoute(family), gateway: lower(of.gateway), metric: of.metric })
  const link4: Ipv4Config =
    ipv4.kind === 'static'
      ? { kind: 'static', addresses: ipv4.addresses, gateway: null, metric: null }
      : ipv4.kind === 'dhcp'
        ? {
            kind: 'dhcp',
            clientId: clientIdOf(ipv4.clientId, link.mac),
            metric: ipv4.metric,
            addresses: ipv4.addresses,
          }
        : ipv4
  const addresses = ipv6.kind === 'none' ? [] : ipv6.addresses.map(lower)
  const link6: Ipv6Config =
    ipv6.kind === 'static'
      ? { kind: 'static', addresses, gateway: null, metric: null }
      : ipv6.kind === 'none'
        ? ipv6
        : { kind: ipv6.kind, addresses }
  return { link4, link6, routes }
}

/** `01` and the link's own MAC is what tools call `mac`. */
export function clientIdOf(clientId: string | null, mac: string | null): string | null {
  const text = clientId?.toLowerCase() ?? null
  const own = /^01:((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/.exec(text ?? '')?.[1]
  return own !== undefined && (mac === null || mac.toLowerCase() === own) ? 'mac' : text
}
