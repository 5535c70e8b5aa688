import type { NetworkState, Operation } from '../contract/network.ts'
import { type BondMode, blankLink, type LinkConfig, type RouteConfig } from './model.ts'
import { parseVlanList, vlanListText } from './names.ts'

/** What the forms of links hold, as people type it, and the operations it stands for. */

export type LinkState = NetworkState['links'][number]

/** What has a form. The others (`detach`, `adopt`, …) go straight to their plan. */
export const formActions = [
  'bridge',
  'vlan',
  'bond',
  'edit',
  'addresses',
  'attach',
  'port-vlans',
  'mtu',
  'delete',
] as const
export type FormAction = (typeof formActions)[number]
export const directActions = ['detach', 'adopt', 'reconcile', 'reattach'] as const
export type DirectAction = (typeof directActions)[number]
export type LinkAction = FormAction | DirectAction

/** Numbers are texts: an empty one means that nothing is said. Lists are apart by spaces, commas or lines. */
export interface IpForm {
  kind4: 'none' | 'dhcp' | 'static'
  addresses4: string
  gateway4: string
  metric4: string
  clientId: string
  kind6: 'none' | 'auto' | 'dhcp' | 'static'
  addresses6: string
  gateway6: string
  metric6: string
  dnsServers: string
  dnsDomains: string
}

export interface RouteForm {
  destination: string
  gateway: string
  metric: string
  table: string
  source: string
  onLink: boolean
}

export interface BridgeForm {
  stp: boolean
  forwardDelaySeconds: string
  helloSeconds: string
  maxAgeSeconds: string
  priority: string
  ageingSeconds: string
  vlanFiltering: boolean
  defaultPvid: string
  multicastSnooping: boolean
}

export interface BondForm {
  mode: BondMode
  miimonMs: string
  upDelayMs: string
  downDelayMs: string
  lacpRate: '' | 'slow' | 'fast'
  hashPolicy: '' | 'layer2' | 'layer3+4' | 'layer2+3' | 'encap2+3' | 'encap3+4'
  primary: string
  minLinks: string
}

export interface LinkForm {
  name: string
  ports: string[]
  addressing: 'move' | 'none' | 'set'
  ip: IpForm
  routes: RouteForm[]
  mtu: string
  mac: string
  bridge: BridgeForm
  bond: BondForm
  vlan: { parent: string; id: string }
  /** Of a port in a bridge. */
  port: { pvid: string; untagged: string; tagged: string }
  /** Who is attached to whom. */
  attach: { master: string; port: string; moveAddresses: boolean }
  /** Who takes the addresses of a link that is deleted; empty: nobody. */
  addressesTo: string
}

/** What a link is meant to be: its files, else what it is. */
export const configOf = (link: LinkState): LinkConfig => link.configured ?? link.actual ?? blankLink(link.name, 'nic')

/** The first of br0, br1, … that nobody has. */
export function nextName(stem: string, taken: readonly { name: string }[]): string {
  const names = new Set(taken.map(({ name }) => name))
  for (let n = 0; ; n++) if (!names.has(`${stem}${n}`)) return `${stem}${n}`
}

const text = (value: number | string | null | undefined): string =>
  value === null || value === undefined ? '' : String(value)
const numberOf = (typed: string): number | null => (typed.trim() === '' ? null : Number(typed))
const wordsOf = (typed: string): string[] => typed.split(/[\s,;]+/).filter(Boolean)
const textOrNull = (typed: string): string | null => (typed.trim() === '' ? null : typed.trim())

const ipFormOf = ({ ipv4, ipv6, dns }: LinkConfig): IpForm => ({
  kind4: ipv4.kind,
  addresses4: ipv4.kind === 'none' ? '' : ipv4.addresses.join('\n'),
  gateway4: ipv4.kind === 'static' ? text(ipv4.gateway) : '',
  metric4: ipv4.kind === 'none' ? '' : text(ipv4.metric),
  clientId: ipv4.kind === 'dhcp' ? text(ipv4.clientId) : '',
  kind6: ipv6.kind,
  addresses6: ipv6.kind === 'none' ? '' : ipv6.addresses.join('\n'),
  gateway6: ipv6.kind === 'static' ? text(ipv6.gateway) : '',
  metric6: ipv6.kind === 'static' ? text(ipv6.metric) : '',
  dnsServers: dns.servers.join(' '),
  dnsDomains: dns.domains.join(' '),
})

const bridgeFormOf = ({ bridge }: LinkConfig): BridgeForm => ({
  stp: bridge?.stp ?? false,
  forwardDelaySeconds: text(bridge?.forwardDelaySeconds),
  helloSeconds: text(bridge?.helloSeconds),
  maxAgeSeconds: text(bridge?.maxAgeSeconds),
  priority: text(bridge?.priority),
  ageingSeconds: text(bridge?.ageingSeconds),
  vlanFiltering: bridge?.vlanFiltering ?? false,
  defaultPvid: text(bridge?.defaultPvid),
  multicastSnooping: bridge?.multicastSnooping ?? true,
})

const bondFormOf = ({ bond }: LinkConfig): BondForm => ({
  mode: bond?.mode ?? 'active-backup',
  miimonMs: text(bond === null ? 100 : bond.miimonMs),
  upDelayMs: text(bond?.upDelayMs),
  downDelayMs: text(bond?.downDelayMs),
  lacpRate: bond?.lacpRate ?? '',
  hashPolicy: bond?.hashPolicy ?? '',
  primary: text(bond?.primary),
  minLinks: text(bond?.minLinks),
})

/** Has it anything that a bridge over it must take along? */
export const hasAddresses = ({ ipv4, ipv6, routes }: LinkConfig): boolean =>
  ipv4.kind !== 'none' || ipv6.kind !== 'none' || routes.length > 0

/**
 * What a form shows at first: sensible for a new link, the present settings for one that is there.
 * @param on the link it begins from, or null for a new link from nothing
 */
export function formOf(action: FormAction, state: NetworkState, on: LinkState | null): LinkForm {
  const config = on === null ? blankLink('', 'nic') : configOf(on)
  const isNew = action === 'bridge' || action === 'vlan' || action === 'bond'
  const isMaster = config.kind === 'bridge' || config.kind === 'bond'
  const begins = on !== null && !(action === 'bond' && isMaster)
  const actual = on?.actual ?? null
  const blank = blankLink('', 'nic')
  return {
    name: action === 'bridge' ? nextName('br', state.links) : action === 'bond' ? nextName('bond', state.links) : '',
    ports: (action === 'bridge' || action === 'bond') && begins ? [config.name] : [],
    addressing: isNew && action !== 'vlan' && begins && hasAddresses(config) ? 'move' : 'none',
    ip: ipFormOf(isNew ? blank : config),
    routes: isNew ? [] : config.routes.map(routeFormOf),
    mtu: isNew || action === 'mtu' ? text(on === null ? null : (config.mtu ?? actual?.mtu)) : text(config.mtu),
    mac: action === 'bridge' && on !== null ? text(actual?.mac ?? config.mac) : isNew ? '' : text(config.mac),
    bridge: bridgeFormOf(isNew ? blank : config),
    bond: bondFormOf(isNew ? blank : config),
    vlan: {
      parent: action === 'vlan' ? (on?.name ?? '') : text(config.vlan?.parent),
      id: isNew ? '' : text(config.vlan?.id),
    },
    port: {
      pvid: text(config.port?.pvid ?? actual?.port?.pvid),
      untagged: vlanListText(config.port?.untagged ?? actual?.port?.untagged ?? []),
      tagged: vlanListText(config.port?.tagged ?? actual?.port?.tagged ?? []),
    },
    attach: {
      master: isMaster ? config.name : '',
      port: isMaster ? '' : text(on?.name),
      moveAddresses: !isMaster && hasAddresses(config),
    },
    addressesTo: hasAddresses(config) ? (heirsOf(state, config)[0] ?? '') : '',
  }
}

const routeFormOf = ({ destination, gateway, metric, table, source, onLink }: RouteConfig): RouteForm => ({
  destination,
  gateway: text(gateway),
  metric: text(metric),
  table: text(table),
  source: text(source),
  onLink,
})

/** Who can take the addresses of this link when it is deleted: its ports, or what it stands on. */
export function heirsOf(state: NetworkState, { name, kind, vlan }: LinkConfig): string[] {
  if (kind === 'vlan') return vlan === null ? [] : [vlan.parent]
  return state.links
    .filter((link) => (link.actual ?? link.configured)?.master === name && link.readOnly === null)
    .map((link) => link.name)
}

function ipv4Of(form: IpForm): LinkConfig['ipv4'] {
  const addresses = wordsOf(form.addresses4)
  const metric = numberOf(form.metric4)
  if (form.kind4 === 'none') return { kind: 'none' }
  if (form.kind4 === 'dhcp') return { kind: 'dhcp', clientId: textOrNull(form.clientId), metric, addresses }
  return { kind: 'static', addresses, gateway: textOrNull(form.gateway4), metric }
}

function ipv6Of(form: IpForm): LinkConfig['ipv6'] {
  const addresses = wordsOf(form.addresses6)
  if (form.kind6 === 'none') return { kind: 'none' }
  if (form.kind6 === 'static')
    return { kind: 'static', addresses, gateway: textOrNull(form.gateway6), metric: numberOf(form.metric6) }
  return { kind: form.kind6, addresses }
}

const dnsOf = (form: IpForm): LinkConfig['dns'] => ({
  servers: wordsOf(form.dnsServers),
  domains: wordsOf(form.dnsDomains),
})

const routeOf = (form: RouteForm): RouteConfig => ({
  destination: form.destination.trim(),
  family: `${form.destination}${form.gateway}`.includes(':') ? 'inet6' : 'inet',
  gateway: textOrNull(form.gateway),
  metric: numberOf(form.metric),
  table: numberOf(form.table),
  source: textOrNull(form.source),
  onLink: form.onLink,
})

const vlansOf = ({ port }: LinkForm) => {
  const list = (typed: string): number[] => parseVlanList(typed) ?? []
  return { pvid: numberOf(port.pvid), untagged: list(port.untagged), tagged: list(port.tagged) }
}

const addressingOf = ({ addressing, ip, ports }: LinkForm) => {
  const [first] = ports
  if (addressing === 'move' && first !== undefined) return { kind: 'move' as const, from: first }
  if (addressing === 'set') return { kind: 'set' as const, ipv4: ipv4Of(ip), ipv6: ipv6Of(ip), dns: dnsOf(ip) }
  return { kind: 'none' as const }
}

/** Only what differs: what is not said stays as it is. */
function changed<T extends object>(after: T, before: T): Partial<T> {
  const same = (key: keyof T) => JSON.stringify(after[key]) === JSON.stringify(before[key])
  return Object.fromEntries(Object.entries(after).filter(([key]) => !same(key as keyof T))) as Partial<T>
}

const bridgeOf = ({ bridge }: LinkForm) => ({
  stp: bridge.stp,
  forwardDelaySeconds: numberOf(bridge.forwardDelaySeconds),
  helloSeconds: numberOf(bridge.helloSeconds),
  maxAgeSeconds: numberOf(bridge.maxAgeSeconds),
  priority: numberOf(bridge.priority),
  ageingSeconds: numberOf(bridge.ageingSeconds),
  vlanFiltering: bridge.vlanFiltering,
  defaultPvid: bridge.vlanFiltering ? numberOf(bridge.defaultPvid) : null,
  multicastSnooping: bridge.multicastSnooping,
})

/** What a mode has no use for is not said. */
const bondOf = ({ bond }: LinkForm) => ({
  mode: bond.mode,
  miimonMs: numberOf(bond.miimonMs),
  upDelayMs: numberOf(bond.upDelayMs),
  downDelayMs: numberOf(bond.downDelayMs),
  lacpRate: bond.mode === '802.3ad' && bond.lacpRate !== '' ? bond.lacpRate : null,
  hashPolicy:
    ['802.3ad', 'balance-xor', 'balance-tlb'].includes(bond.mode) && bond.hashPolicy !== '' ? bond.hashPolicy : null,
  primary: ['active-backup', 'balance-tlb', 'balance-alb'].includes(bond.mode) ? textOrNull(bond.primary) : null,
  minLinks: bond.mode === '802.3ad' ? numberOf(bond.minLinks) : null,
})

type Edit = Extract<Operation, { op: 'link.edit' }>['set']
const newBridge: Partial<ReturnType<typeof bridgeOf>> = { multicastSnooping: true, vlanFiltering: false }

/** Without what stands for "not said", and without what a new one is anyhow. */
const said = <T extends object>(settings: T, anyhow: Partial<T> = {}): Partial<T> =>
  Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => value !== null && value !== anyhow[key as keyof T]),
  ) as Partial<T>

/**
 * What a filled-in form asks for.
 * @param on the link it began from
 */
export function operationsOf(
  action: FormAction,
  form: LinkForm,
  state: NetworkState,
  on: LinkState | null,
): Operation[] {
  const before = formOf(action, state, on)
  const link = on?.name ?? ''
  const mtu = numberOf(form.mtu)
  switch (action) {
    case 'bridge': {
      const port = state.links.find(({ name }) => name === form.ports[0])
      const own = port?.actual?.mac ?? null
      const typed = textOrNull(form.mac)
      return [
        {
          op: 'bridge.create',
          name: form.name.trim(),
          ports: form.ports,
          addressing: addressingOf(form),
          bridge: said(bridgeOf(form), newBridge),
          // The default of every link need not stand in a file.
          mtu: mtu === 1500 && (port === undefined || configOf(port).mtu === null) ? null : mtu,
          mac: typed?.toLowerCase() === own ? null : typed,
        },
      ]
    }
    case 'vlan':
      return [
        {
          op: 'vlan.create',
          name: textOrNull(form.name),
          parent: form.vlan.parent,
          id: Number(form.vlan.id),
          addressing: addressingOf(form),
          mtu: mtu === 1500 ? null : mtu,
        },
      ]
    case 'bond':
      return [
        {
          op: 'bond.create',
          name: form.name.trim(),
          ports: form.ports,
          bond: { ...said(bondOf(form)), mode: form.bond.mode },
          addressing: addressingOf(form),
          mtu: mtu === 1500 ? null : mtu,
        },
      ]
    case 'edit': {
      const set: Edit = changed(
        { mtu, mac: textOrNull(form.mac) },
        { mtu: numberOf(before.mtu), mac: textOrNull(before.mac) },
      )
      const kind = on === null ? 'nic' : configOf(on).kind
      if (kind === 'bridge') set.bridge = changed(bridgeOf(form), bridgeOf(before))
      if (kind === 'bond') set.bond = changed(bondOf(form), bondOf(before))
      if (kind === 'vlan' && form.vlan.id !== before.vlan.id) set.vlanId = Number(form.vlan.id)
      return [{ op: 'link.edit', link, set: withoutEmpty(set) }]
    }
    case 'addresses':
      return [
        {
          op: 'link.edit',
          link,
          set: changed<Edit>(
            { ipv4: ipv4Of(form.ip), ipv6: ipv6Of(form.ip), dns: dnsOf(form.ip), routes: form.routes.map(routeOf) },
            {
              ipv4: ipv4Of(before.ip),
              ipv6: ipv6Of(before.ip),
              dns: dnsOf(before.ip),
              routes: before.routes.map(routeOf),
            },
          ),
        },
      ]
    case 'attach': {
      const { master, port, moveAddresses } = form.attach
      const target = state.links.find(({ name }) => name === master)
      const filters = target !== undefined && configOf(target).bridge?.vlanFiltering === true
      const vlans = vlansOf(form)
      const isSaid = vlans.pvid !== null || vlans.untagged.length + vlans.tagged.length > 0
      return [{ op: 'port.attach', master, port, moveAddresses, vlans: filters && isSaid ? vlans : null }]
    }
    case 'port-vlans':
      return [{ op: 'port.vlans', port: link, vlans: vlansOf(form) }]
    case 'mtu':
      return [{ op: 'mtu.chain', link, mtu: mtu ?? 0 }]
    case 'delete':
      return [{ op: 'link.delete', link, addressesTo: textOrNull(form.addressesTo) }]
  }
}

function withoutEmpty(set: Edit): Edit {
  const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return Object.fromEntries(Object.entries(set).filter(([, value]) => !isEmpty(value))) as Edit
}

/** @param on the link, or the tap, it is about */
export function directOperationOf(action: DirectAction, state: NetworkState, on: string): Operation {
  switch (action) {
    case 'detach':
      return { op: 'port.detach', port: on }
    case 'adopt':
      return { op: 'drift.adopt', link: on }
    case 'reconcile':
      return { op: 'drift.reconcile', link: on }
    case 'reattach':
      return { op: 'tap.reattach', tap: on, bridge: state.orphanedTaps.find(({ tap }) => tap === on)?.bridge ?? '' }
  }
}

/** Begin of a refusal's `field` → the field of the form. The first that fits counts. */
const places: readonly [string, string][] = [
  ['addressing.from', 'addressing'],
  ['addressing.kind', 'addressing'],
  ['ipv4.addresses', 'ip.addresses4'],
  ['ipv4.gateway', 'ip.gateway4'],
  ['ipv4.metric', 'ip.metric4'],
  ['ipv4.clientId', 'ip.clientId'],
  ['ipv4', 'ip.kind4'],
  ['ipv6.addresses', 'ip.addresses6'],
  ['ipv6.gateway', 'ip.gateway6'],
  ['ipv6.metric', 'ip.metric6'],
  ['ipv6', 'ip.kind6'],
  ['dns.domains', 'ip.dnsDomains'],
  ['dns', 'ip.dnsServers'],
  ['addressing', 'addressing'],
  ['vlans.pvid', 'port.pvid'],
  ['vlans.untagged', 'port.untagged'],
  ['vlans', 'port.tagged'],
  ['parent', 'vlan.parent'],
  ['id', 'vlan.id'],
  ['vlanId', 'vlan.id'],
  ['master', 'attach.master'],
  ['port', 'attach.port'],
  ['moveAddresses', 'attach.moveAddresses'],
  ['name', 'name'],
  ['ports', 'ports'],
  ['mtu', 'mtu'],
  ['mac', 'mac'],
  ['addressesTo', 'addressesTo'],
]

/** What each form shows: other refusals have no place in it and are said above it. */
const shown: Record<FormAction, readonly string[]> = {
  bridge: ['name', 'ports', 'addressing', 'ip', 'mtu', 'mac', 'bridge'],
  vlan: ['name', 'addressing', 'ip', 'mtu', 'vlan'],
  bond: ['name', 'ports', 'addressing', 'ip', 'mtu', 'bond'],
  edit: ['mtu', 'mac', 'bridge', 'bond', 'vlan'],
  addresses: ['ip', 'routes'],
  attach: ['attach', 'port'],
  'port-vlans': ['port'],
  mtu: ['mtu'],
  delete: ['addressesTo'],
}

/** The field of the form that a refusal is about (`operations.0.set.bridge.helloSeconds` → `bridge.helloSeconds`), or null. */
export function placeOf(action: FormAction, field: string | null): string | null {
  const path = /^operations\.\d+\.(?:set\.)?(?:addressing\.(?=ipv|dns))?(.+)$/.exec(field ?? '')?.[1]
  if (path === undefined) return null
  const isIn = (begin: string) => path === begin || path.startsWith(`${begin}.`)
  const isOwn = /^(?:bridge|bond)\.\w+$|^routes\.\d+\.(?:destination|gateway|metric|table|source)$/.test(path)
  const found = isOwn ? path : places.find(([begin]) => isIn(begin))?.[1]
  return found !== undefined && shown[action].includes(found.split('.')[0] ?? '') ? found : null
}
