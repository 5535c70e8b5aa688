import type { LinkConfig, RouteConfig } from '../model.ts'
import type { YamlValue } from '../text/yaml-value.ts'
import type { NetplanDraft } from './netplan-draft.ts'
import { flag, list, scalar, strings } from './netplan-files.ts'
import { addressOfItem, hasLinkLocal, heedsRa, routeOfItem, ruleOfItem } from './netplan-read.ts'
import { allRoutes } from './networkd-network.ts'
import { routeText } from './networkd-values.ts'
import { clientIdOf } from './proof.ts'

/** Makes a definition say what the model says of any kind of link; what it says besides stays. */
export function writeAddressing(draft: NetplanDraft, link: LinkConfig): void {
  const { name } = link
  const said = (...keys: string[]) => scalar(draft.of(name), keys)
  const put = (keys: string[], value: string | number | boolean | null) => {
    if (value === null ? said(...keys) !== null : said(...keys) !== String(value)) draft.set(name, keys, value)
  }
  if (said('macaddress')?.toLowerCase() !== link.mac?.toLowerCase()) put(['macaddress'], link.mac)
  put(['mtu'], link.mtu)
  for (const [key, wanted] of [
    ['dhcp4', link.ipv4.kind === 'dhcp'],
    ['dhcp6', link.ipv6.kind === 'dhcp'],
  ] as const)
    if ((flag(said(key)) ?? false) !== wanted) put([key], wanted)
  if (link.ipv4.kind === 'dhcp') {
    const clientId = clientIdOf(link.ipv4.clientId, link.mac)
    put(['dhcp-identifier'], clientId === 'mac' || clientId === 'duid' ? clientId : null)
    put(['dhcp4-overrides', 'route-metric'], link.ipv4.metric)
    // netplan refuses to generate where both families ask and their metrics differ.
    if (link.ipv6.kind === 'dhcp') put(['dhcp6-overrides', 'route-metric'], link.ipv4.metric)
  }
  writeRa(draft, link)
  const four = link.ipv4.kind === 'none' ? [] : link.ipv4.addresses
  const six = link.ipv6.kind === 'none' ? [] : link.ipv6.addresses
  writeAddresses(draft, name, [...four, ...six])
  writeRoutes(draft, link)
  writeRules(draft, link)
  for (const [key, wanted] of [
    ['addresses', link.dns.servers],
    ['search', link.dns.domains],
  ] as const)
    writeWords(draft, name, ['nameservers', key], wanted)
}

function writeRa(draft: NetplanDraft, link: LinkConfig): void {
  const { name } = link
  const port = link.master !== null
  const heeds = () => heedsRa(draft.of(name), port)
  const wanted = link.ipv6.kind === 'auto' || link.ipv6.kind === 'dhcp'
  if (link.ipv6.kind !== 'none' && !hasLinkLocal(draft.of(name))) draft.set(name, ['link-local'], null)
  if (heeds() === wanted || (link.ipv6.kind === 'dhcp' && scalar(draft.of(name), ['accept-ra']) === null)) return
  if (scalar(draft.of(name), ['accept-ra']) === null || !wanted) draft.set(name, ['accept-ra'], wanted)
  // A file that is not ours to write is overridden, others simply say nothing of it.
  else draft.set(name, ['accept-ra'], true)
}

/** The first address of a family is the one the host speaks from: their order counts. */
function writeAddresses(draft: NetplanDraft, name: string, wanted: readonly string[]): void {
  const family = (address: string) => address.includes(':')
  const had = () => list(draft.of(name), ['addresses'])
  const inOrder = () => {
    const got = had().flatMap((item) => addressOfItem(item) ?? [])
    return [true, false].every(
      (six) =>
        got
          .filter((of) => family(of) === six)
          .join()
          .toLowerCase() ===
        wanted
          .filter((of) => family(of) === six)
          .join()
          .toLowerCase(),
    )
  }
  if (inOrder()) return
  const known = (item: unknown) => addressOfItem(item)?.toLowerCase() ?? null
  const items = had()
  const full = wanted.map((cidr) => (items.find((item) => known(item) === cidr.toLowerCase()) as YamlValue) ?? cidr)
  draft.setList(name, ['addresses'], full, known)
  if (inOrder()) return
  draft.setList(name, ['addresses'], [], known)
  draft.setList(name, ['addresses'], full, known)
}

function writeRoutes(draft: NetplanDraft, link: LinkConfig): void {
  const { name } = link
  const wanted = allRoutes(link)
  for (const [key, six] of [
    ['gateway4', false],
    ['gateway6', true],
  ] as const) {
    const gateway = scalar(draft.of(name), [key])
    if (gateway === null) continue
    const at = wanted.findIndex((route) => isPlain(route) && route.gateway?.toLowerCase() === gateway.toLowerCase())
    if (at < 0 || wanted[at]?.family !== (six ? 'inet6' : 'inet')) draft.set(name, [key], null)
    else wanted.splice(at, 1)
  }
  draft.setList(name, ['routes'], wanted.map(routeItem), (item) => {
    const route = routeOfItem(item)
    return route === null ? null : routeText(route)
  })
}

const isPlain = (route: RouteConfig): boolean =>
  route.destination === 'default' &&
  route.metric === null &&
  route.table === null &&
  route.source === null &&
  !route.onLink

function routeItem(route: RouteConfig): YamlValue {
  const { destination, family, gateway, metric, table, source, onLink } = route
  // Without a gateway nothing else tells the family of a default route.
  const to = destination === 'default' && gateway === null ? (family === 'inet' ? '0.0.0.0/0' : '::/0') : destination
  return {
    to,
    ...(gateway === null ? { scope: 'link' } : { via: gateway }),
    ...(metric === null ? {} : { metric }),
    ...(table === null ? {} : { table }),
    ...(source === null ? {} : { from: source }),
    ...(onLink ? { 'on-link': true } : {}),
  }
}

function writeRules(draft: NetplanDraft, link: LinkConfig): void {
  const keyOf = ({ family, priority, from, to, table }: LinkConfig['rules'][number]) =>
    JSON.stringify([family, priority, from, to, table])
  const items = link.rules.map(({ from, to, table, priority }): YamlValue => ({
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
    table,
    ...(priority === null ? {} : { priority }),
  }))
  draft.setList(link.name, ['routing-policy'], items, (item) => {
    const rule = ruleOfItem(item)
    return rule === null ? null : keyOf(rule)
  })
}

function writeWords(draft: NetplanDraft, name: string, keys: string[], wanted: readonly string[]): void {
  const had = () => strings(list(draft.of(name), keys))
  const known = (item: unknown) => (typeof item === 'string' ? item : null)
  if (had().join(' ') === wanted.join(' ')) return
  draft.setList(name, keys, wanted, known)
  if (had().join(' ') === wanted.join(' ')) return
  draft.setList(name, keys, [], known)
  draft.setList(name, keys, wanted, known)
}
