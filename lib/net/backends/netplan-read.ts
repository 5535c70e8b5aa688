import type { ConfigFile, Configured, RuntimeLink } from '../back-end.ts'
import {
  blankLink,
  bondModes,
  type BondConfig,
  type BondMode,
  type BridgeConfig,
  type LinkConfig,
  type RouteConfig,
  type RuleConfig,
} from '../model.ts'
import { clientIdFrom } from './networkd-client-id.ts'
import { lastOf } from './networkd-files.ts'
import { gatewayRoute, portOf } from './networkd-read.ts'
import { booleanOf, cidrOf, familyOf, integerOf, secondsOf } from './networkd-values.ts'
import {
  definitionsOf,
  docsOf,
  dropInPath,
  dropInSections,
  flag,
  list,
  pathOf,
  scalar,
  strings,
  type Definition,
} from './netplan-files.ts'
import { isGateway } from './proof.ts'

export function readNetplan(files: readonly ConfigFile[], runtime: readonly RuntimeLink[] = []): Configured {
  const { docs, broken } = docsOf(files)
  const unreadable: Configured['unreadable'] = broken.map(({ path, reason }) => ({ link: null, path, reason }))
  // One file that netplan cannot read, or hands to another tool, makes all of it another's business.
  if (unreadable.length > 0) return { links: [], sources: {}, unreadable }
  const definitions = definitionsOf(docs, runtime)
  const names = new Map(definitions.map(({ id, name }) => [id, name]))
  const masters = mastersOf(definitions)
  const sources: Record<string, string[]> = {}
  const links: LinkConfig[] = []
  for (const definition of definitions) {
    const { id, name, reason } = definition
    const paths = definition.docs.map(({ path }) => path).toReversed()
    if (name === null) {
      unreadable.push({ link: id, path: paths[0] ?? '', reason })
      continue
    }
    const made = (['network', 'netdev'] as const).map((type) => dropInPath(id, type))
    sources[name] = [...paths, ...made.filter((path) => files.some((file) => file.path === path))]
    const link = readDefinition({ ...definition, name }, masters.get(id) ?? null, names, files)
    if (typeof link === 'string') unreadable.push({ link: name, path: paths[0] ?? '', reason: link })
    else links.push(link)
  }
  return { links, sources, unreadable }
}

/** Id of a port → its bridge or bond. */
export function mastersOf(definitions: readonly Definition[]): Map<string, Definition> {
  const masters = new Map<string, Definition>()
  for (const definition of definitions)
    if (definition.kind === 'bridge' || definition.kind === 'bond')
      for (const id of strings(list(definition, ['interfaces']))) masters.set(id, definition)
  return masters
}

function readDefinition(
  of: Definition & { name: string },
  master: Definition | null,
  names: ReadonlyMap<string, string | null>,
  files: readonly ConfigFile[],
): LinkConfig | string {
  if (of.docs.some(({ text }) => text.has(['network', 'openvswitch']) || text.has(pathOf(of, ['openvswitch']))))
    return 'Open vSwitch'
  const network = dropInSections(files, of.id, 'network')
  const link: LinkConfig = {
    ...blankLink(of.name, of.kind),
    mac: scalar(of, ['macaddress'])?.toLowerCase() ?? null,
    mtu: integerOf(scalar(of, ['mtu'])),
    dns: {
      servers: strings(list(of, ['nameservers', 'addresses'])),
      domains: strings(list(of, ['nameservers', 'search'])),
    },
    rules: list(of, ['routing-policy']).flatMap((item) => ruleOfItem(item) ?? []),
    master: master?.name ?? null,
    port: master?.kind === 'bridge' ? portOf(network) : null,
  }
  const addressed = { ...link, ...addressingOf(of, master !== null, clientIdFrom(network)) }
  if (of.kind === 'bridge') return { ...addressed, bridge: bridgeOf(of, files) }
  if (of.kind === 'vlan') {
    const [id, lower] = [integerOf(scalar(of, ['id'])), scalar(of, ['link'])]
    const parent = lower === null ? null : (names.get(lower) ?? null)
    return id === null || parent === null ? 'its id or link is not understood' : { ...addressed, vlan: { parent, id } }
  }
  if (of.kind !== 'bond') return addressed
  const bond = bondOf(of, names)
  return bond === null ? 'its bond mode is unknown' : { ...addressed, bond }
}

/** A number of an address, whether it has options or not. */
export const addressOfItem = (item: unknown): string | null => {
  const text =
    typeof item === 'string' ? item : typeof item === 'object' && item !== null ? Object.keys(item)[0] : undefined
  return text === undefined ? null : cidrOf(text)
}

/** Whether router advertisements are heeded, as systemd decides where netplan says nothing. */
export function heedsRa(of: Definition, port: boolean): boolean {
  return flag(scalar(of, ['accept-ra'])) ?? (hasLinkLocal(of) && !port)
}

export const hasLinkLocal = (of: Definition): boolean => {
  const said = of.docs.some(({ text }) => Array.isArray(text.get(pathOf(of, ['link-local']))))
  return !said || strings(list(of, ['link-local'])).includes('ipv6')
}

function addressingOf(of: Definition, port: boolean, pinned: string | null) {
  const addresses = list(of, ['addresses']).flatMap((item) => addressOfItem(item) ?? [])
  const four = addresses.filter((address) => familyOf(address) === 'inet')
  const six = addresses.filter((address) => familyOf(address) === 'inet6')
  const routes = [
    ...[scalar(of, ['gateway4']), scalar(of, ['gateway6'])].flatMap((gateway) =>
      gateway === null ? [] : [gatewayRoute(gateway)],
    ),
    ...list(of, ['routes']).flatMap((item) => routeOfItem(item) ?? []),
  ]
  const take = (family: 'inet' | 'inet6') => {
    const at = routes.findIndex((route) => route.family === family && isGateway(route))
    const [route] = at < 0 ? [] : routes.splice(at, 1)
    return { gateway: route?.gateway ?? null, metric: route?.metric ?? null }
  }
  const identifier = scalar(of, ['dhcp-identifier'])
  const clientId = pinned ?? (identifier === 'mac' || identifier === 'duid' ? identifier : null)
  const metric = integerOf(scalar(of, ['dhcp4-overrides', 'route-metric']))
  const ipv4: LinkConfig['ipv4'] =
    flag(scalar(of, ['dhcp4'])) === true
      ? { kind: 'dhcp', clientId, metric, addresses: four }
      : four.length > 0
        ? { kind: 'static', addresses: four, ...take('inet') }
        : { kind: 'none' }
  const ipv6: LinkConfig['ipv6'] =
    flag(scalar(of, ['dhcp6'])) === true
      ? { kind: 'dhcp', addresses: six }
      : heedsRa(of, port)
        ? { kind: 'auto', addresses: six }
        : six.length > 0
          ? { kind: 'static', addresses: six, ...take('inet6') }
          : { kind: 'none' }
  return { ipv4, ipv6, routes }
}

const record = (item: unknown): Record<string, string> | null =>
  typeof item === 'object' &&
  item !== null &&
  !Array.isArray(item) &&
  Object.values(item).every((value) => typeof value === 'string')
    ? (item as Record<string, string>)
    : null

/** Keys that only say more of a route that the model can hold. */
const routeKeys = ['to', 'via', 'metric', 'table', 'from', 'on-link']
const routeExtras = ['scope', 'mtu', 'congestion-window', 'advertised-receive-window']

/** Null when it says what the model has no words for: it is kept and not shown. */
export function routeOfItem(item: unknown): RouteConfig | null {
  const said = record(item)
  const to = said?.to
  if (said === null || to === undefined) return null
  if (
    Object.keys(said).some(
      (key) => ![...routeKeys, ...routeExtras].includes(key) && !(key === 'type' && said[key] === 'unicast'),
    )
  )
    return null
  const everything = ['default', '0.0.0.0/0', '::/0', '0/0'].includes(to)
  const table = said.table === undefined ? null : integerOf(said.table)
  if (said.table !== undefined && table === null) return null
  return {
    destination: everything ? 'default' : cidrOf(to),
    family: familyOf(said.via ?? said.from ?? to),
    gateway: said.via ?? null,
    metric: integerOf(said.metric ?? null) || null,
    table: table === 254 ? null : table,
    source: said.from ?? null,
    onLink: flag(said['on-link'] ?? null) ?? false,
  }
}

export function ruleOfItem(item: unknown): RuleConfig | null {
  const said = record(item)
  if (said === null || Object.keys(said).some((key) => !['from', 'to', 'table', 'priority'].includes(key))) return null
  const given = said.from ?? said.to
  if (given === undefined) return null
  return {
    family: familyOf(given),
    priority: integerOf(said.priority ?? null),
    from: said.from === undefined ? null : cidrOf(said.from),
    to: said.to === undefined ? null : cidrOf(said.to),
    table: integerOf(said.table ?? null) ?? 254,
  }
}

function bridgeOf(of: Definition, files: readonly ConfigFile[]): BridgeConfig {
  const said = (key: string) => scalar(of, ['parameters', key])
  const sections = dropInSections(files, of.id, 'netdev')
  const pvid = lastOf(sections, 'Bridge', 'DefaultPVID')
  return {
    stp: flag(said('stp')),
    forwardDelaySeconds: secondsOf(said('forward-delay')),
    helloSeconds: secondsOf(said('hello-time')),
    maxAgeSeconds: secondsOf(said('max-age')),
    priority: integerOf(said('priority')),
    ageingSeconds: secondsOf(said('ageing-time') ?? said('aging-time')),
    vlanFiltering: booleanOf(lastOf(sections, 'Bridge', 'VLANFiltering')),
    defaultPvid: pvid === 'none' ? 0 : integerOf(pvid),
    multicastSnooping: booleanOf(lastOf(sections, 'Bridge', 'MulticastSnooping')),
  }
}

const policies = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4'] as const

function bondOf(of: Definition, names: ReadonlyMap<string, string | null>): BondConfig | null {
  const said = (key: string) => scalar(of, ['parameters', key])
  const mode = (said('mode') ?? 'balance-rr') as BondMode
  const [rate, primary] = [said('lacp-rate'), said('primary')]
  if (!bondModes.includes(mode)) return null
  const ms = (text: string | null) =>
    integerOf(text) ?? (text === null ? null : Math.round((secondsOf(text) ?? 0) * 1000))
  return {
    mode,
    miimonMs: ms(said('mii-monitor-interval')),
    upDelayMs: ms(said('up-delay')),
    downDelayMs: ms(said('down-delay')),
    lacpRate: rate === 'slow' || rate === 'fast' ? rate : null,
    hashPolicy: policies.find((policy) => policy === said('transmit-hash-policy')) ?? null,
    primary: primary === null ? null : (names.get(primary) ?? primary),
    minLinks: integerOf(said('min-links')),
  }
}
