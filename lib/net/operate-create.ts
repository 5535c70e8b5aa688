import type { Addressing, Operation } from '../contract/network.ts'
import type { Draft } from './draft.ts'
import { nameOfTool } from './known.ts'
import { blankLink, noBridge, type BondConfig, type LinkConfig } from './model.ts'
import { parseMac, parseNewName, type LinkWord } from './names.ts'
import { say } from './sentences.ts'

type Create<Op extends Operation['op']> = Extract<Operation, { op: Op }>

export function createBridge(draft: Draft, at: string, op: Create<'bridge.create'>): void {
  const name = newName(draft, at, 'Bridge', op.name)
  const ports = op.ports.flatMap((port, index) => usablePort(draft, `${at}.ports.${index}`, port, 'bridge') ?? [])
  const mac = op.mac === null ? null : parseMac(op.mac)
  if (mac?.ok === false) draft.refuse(`${at}.mac`, mac.error)
  if (name === null || ports.length < op.ports.length) return
  const first = ports[0] === undefined ? undefined : draft.state.actual.get(ports[0].name)
  const bridge: LinkConfig = {
    ...blankLink(name, 'bridge'),
    // An unpinned bridge takes the lowest MAC of its ports, and with it another lease.
    mac: mac?.ok === true ? mac.value : (first?.mac ?? null),
    mtu: op.mtu ?? largerThanUsual(first?.mtu ?? null),
    bridge: { ...noBridge, stp: false, ...op.bridge },
  }
  draft.steps.push(say('step.create-bridge', { link: name }))
  if (bridge.mac !== null) draft.steps.push(say('step.mac', { link: name, mac: bridge.mac }))
  finish(draft, at, bridge, ports, op.addressing)
}

export function createBond(draft: Draft, at: string, op: Create<'bond.create'>): void {
  const name = newName(draft, at, 'Bond', op.name)
  const ports = op.ports.flatMap((port, index) => usablePort(draft, `${at}.ports.${index}`, port, 'bond') ?? [])
  if (op.ports.length === 0) draft.refuse(`${at}.ports`, say('refuse.bond-no-ports'))
  if (name === null || ports.length < op.ports.length) return
  const bond: BondConfig = {
    miimonMs: 100,
    upDelayMs: null,
    downDelayMs: null,
    lacpRate: null,
    hashPolicy: null,
    primary: null,
    minLinks: null,
    ...op.bond,
  }
  const first = ports[0] === undefined ? undefined : draft.state.actual.get(ports[0].name)
  const link: LinkConfig = {
    ...blankLink(name, 'bond'),
    mac: first?.mac ?? null,
    mtu: op.mtu ?? largerThanUsual(first?.mtu ?? null),
    bond,
  }
  draft.steps.push(say('step.create-bond', { link: name, mode: bond.mode }))
  finish(draft, at, link, ports, op.addressing)
}

export function createVlan(draft: Draft, at: string, op: Create<'vlan.create'>): void {
  const name = newName(draft, at, 'VLAN', op.name ?? `${op.parent}.${op.id}`)
  const parent = draft.editable(`${at}.parent`, op.parent)
  if (name === null || parent === null) return
  draft.set(parent)
  draft.steps.push(say('step.create-vlan', { link: name, id: op.id, parent: op.parent }))
  const vlan: LinkConfig = { ...blankLink(name, 'vlan'), mtu: op.mtu, vlan: { parent: op.parent, id: op.id } }
  finish(draft, at, vlan, [], op.addressing)
}

const largerThanUsual = (mtu: number | null): number | null => (mtu === null || mtu === 1500 ? null : mtu)

function newName(draft: Draft, at: string, what: LinkWord, text: string): string | null {
  const name = parseNewName(what, text)
  if (!name.ok) {
    draft.refuse(`${at}.name`, name.error)
    return null
  }
  if (draft.get(name.value) === undefined && !draft.state.links.has(name.value)) return name.value
  draft.refuse(`${at}.name`, say('refuse.name-taken', { name: name.value }))
  return null
}

/** A link that may become a port, as it is to be so far. */
export function usablePort(draft: Draft, field: string, name: string, of: 'bridge' | 'bond'): LinkConfig | null {
  const fact = draft.state.links.get(name)
  const refuse = (...[code, values]: Parameters<typeof say>) => {
    draft.refuse(field, say(code, values))
    return null
  }
  if (fact?.kind === 'loopback') return refuse('refuse.port-loopback')
  if (fact?.kind === 'wireless') return refuse('refuse.port-wireless')
  if (fact?.backEnd === 'libvirt' || fact?.backEnd === 'docker' || fact?.backEnd === 'ovs')
    return refuse('refuse.port-foreign', { port: name, owner: nameOfTool(fact.backEnd) })
  const link = draft.editable(field, name)
  if (link === null) return null
  if (link.kind === 'bridge') return refuse('refuse.port-bridge')
  if (fact !== undefined && !draft.state.actual.has(name))
    return refuse('refuse.port-kind', { port: name, kind: fact.kind })
  if (of === 'bond' && link.kind !== 'nic') return refuse('refuse.port-kind', { port: name, kind: link.kind })
  const master = link.master ?? (draft.links.has(name) ? null : (fact?.master ?? null))
  if (master !== null)
    return draft.get(master)?.kind === 'bond'
      ? refuse('refuse.port-of-bond', { port: name, bond: master })
      : refuse('refuse.port-taken', { port: name, master })
  const child = [...draft.all().values()].find(({ vlan }) => vlan?.parent === name)
  if (child !== undefined) return refuse('refuse.port-has-children', { child: child.name, port: name })
  const stacked = [...draft.state.links.values()].find(
    ({ kind, lower }) => (kind === 'macvlan' || kind === 'macvtap') && lower === name,
  )
  if (stacked !== undefined) return refuse('refuse.port-has-children', { child: stacked.name, port: name })
  return link
}

/** Takes the ports in and gives the new link its addresses. */
function finish(draft: Draft, at: string, link: LinkConfig, ports: LinkConfig[], addressing: Addressing): void {
  let made = link
  if (addressing.kind === 'set') made = { ...made, ipv4: addressing.ipv4, ipv6: addressing.ipv6, dns: addressing.dns }
  else if (addressing.kind === 'move') {
    const from = draft.editable(`${at}.addressing.from`, addressing.from)
    if (from === null) return
    made = withAddressesOf(draft, from, made)
    draft.set(withoutAddresses(from))
  }
  draft.set(made)
  if (addressing.kind === 'set') sayAddresses(draft, null, made)
  for (const port of ports) attach(draft, port.name, made, null)
}

/** Makes a link a port. What addresses it still has, it loses. */
export function attach(draft: Draft, name: string, master: LinkConfig, vlans: LinkConfig['port']): void {
  const port = draft.get(name)
  if (port === undefined) return
  const bare = withoutAddresses(port)
  if (hasAddresses(port)) sayAddresses(draft, port, bare)
  draft.set({ ...bare, master: master.name, port: vlans, mtu: port.mtu ?? null })
  draft.steps.push(say('step.attach', { port: name, master: master.name }))
}

export const hasAddresses = ({ ipv4, ipv6 }: LinkConfig): boolean => ipv4.kind !== 'none' || ipv6.kind !== 'none'

export const withoutAddresses = (link: LinkConfig): LinkConfig => ({
  ...link,
  ipv4: { kind: 'none' },
  ipv6: { kind: 'none' },
  dns: { servers: [], domains: [] },
  routes: [],
  rules: [],
})

/** Addresses, gateways, DNS, routes of all tables, rules and the DHCP identity go from one link to the other. */
export function withAddressesOf(draft: Draft, from: LinkConfig, to: LinkConfig): LinkConfig {
  draft.moves.push({ from: from.name, to: to.name })
  const lease = draft.state.raw.clientIds.get(from.name) ?? null
  const ipv4 = from.ipv4.kind === 'dhcp' ? { ...from.ipv4, clientId: from.ipv4.clientId ?? lease } : from.ipv4
  const addresses = [from.ipv4, from.ipv6].flatMap((config) => (config.kind === 'none' ? [] : config.addresses))
  if (addresses.length > 0)
    draft.steps.push(say('step.move-addresses', { addresses: addresses.join(', '), from: from.name, to: to.name }))
  if (ipv4.kind === 'dhcp') draft.steps.push(say('step.dhcp4-moved', { from: from.name, to: to.name }))
  if (from.ipv6.kind === 'auto') draft.steps.push(say('step.ipv6-auto', { link: to.name }))
  if (from.ipv6.kind === 'dhcp') draft.steps.push(say('step.ipv6-dhcp', { link: to.name }))
  if (from.rules.length > 0) draft.steps.push(say('step.rules', { link: from.name }))
  return { ...to, ipv4, ipv6: from.ipv6, dns: from.dns, routes: from.routes, rules: from.rules }
}

/** Says what becomes of addresses, gateways, DNS and routes. */
export function sayAddresses(draft: Draft, before: LinkConfig | null, after: LinkConfig): void {
  const link = after.name
  const list = (config: LinkConfig['ipv4'] | LinkConfig['ipv6'] | undefined) =>
    config === undefined || config.kind === 'none' ? [] : config.addresses
  for (const family of ['ipv4', 'ipv6'] as const) {
    const old = before?.[family]
    const next = after[family]
    if (next.kind === 'dhcp' && old?.kind !== 'dhcp')
      draft.steps.push(say(family === 'ipv4' ? 'step.dhcp4' : 'step.ipv6-dhcp', { link }))
    if (next.kind === 'auto' && old?.kind !== 'auto') draft.steps.push(say('step.ipv6-auto', { link }))
    for (const address of list(next))
      if (!list(old).includes(address)) draft.steps.push(say('step.add-address', { link, address }))
    const gateway = next.kind === 'static' ? next.gateway : null
    const oldGateway = old?.kind === 'static' ? old.gateway : null
    if (gateway !== oldGateway)
      draft.steps.push(
        gateway === null
          ? say('step.no-gateway', { link, gateway: oldGateway ?? '' })
          : say('step.gateway', { link, gateway }),
      )
    for (const address of list(old))
      if (!list(next).includes(address)) draft.steps.push(say('step.remove-address', { link, address }))
    if (old?.kind === 'dhcp' && next.kind !== 'dhcp' && family === 'ipv4')
      draft.steps.push(say('step.no-dhcp4', { link }))
    if (old?.kind === 'auto' && next.kind !== 'auto') draft.steps.push(say('step.no-ipv6-auto', { link }))
  }
  if (after.dns.servers.join() !== (before?.dns.servers ?? []).join())
    draft.steps.push(say('step.dns', { link, servers: after.dns.servers.join(', ') || '—' }))
  const key = (route: LinkConfig['routes'][number]) => JSON.stringify(route)
  const old = new Set((before?.routes ?? []).map(key))
  const next = new Set(after.routes.map(key))
  for (const route of after.routes)
    if (!old.has(key(route))) draft.steps.push(say('step.add-route', { link, destination: route.destination }))
  for (const route of before?.routes ?? [])
    if (!next.has(key(route))) draft.steps.push(say('step.remove-route', { link, destination: route.destination }))
}
