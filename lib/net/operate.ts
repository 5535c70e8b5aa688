import type { Operation } from '../contract/network.ts'
import type { Draft } from './draft.ts'
import {
  attach,
  createBond,
  createBridge,
  createVlan,
  hasAddresses,
  sayAddresses,
  usablePort,
  withAddressesOf,
  withoutAddresses,
} from './operate-create.ts'
import { chainOf } from './chain.ts'
import { nameOfTool, vmsOn } from './known.ts'
import type { LinkConfig } from './model.ts'
import { parseMac, vlanListText } from './names.ts'
import { say } from './sentences.ts'

/** Reads one operation into the draft. `at` is its path in the request, e.g. `operations.0`. */
export function operate(draft: Draft, at: string, op: Operation): void {
  switch (op.op) {
    case 'bridge.create':
      return createBridge(draft, at, op)
    case 'vlan.create':
      return createVlan(draft, at, op)
    case 'bond.create':
      return createBond(draft, at, op)
    case 'link.edit':
      return edit(draft, at, op)
    case 'link.delete':
      return remove(draft, at, op)
    case 'port.attach':
      return attachPort(draft, at, op)
    case 'port.detach':
      return detachPort(draft, at, op)
    case 'port.vlans':
      return setVlans(draft, at, op)
    case 'mtu.chain':
      return setChainMtu(draft, at, op)
    case 'tap.reattach':
      return reattach(draft, at, op)
    case 'drift.adopt':
      return adopt(draft, at, op.link)
    case 'drift.reconcile':
      return reconcile(draft, at, op.link)
    // The caller plans a revert by its files.
    case 'change.revert':
  }
}

type Of<Op extends Operation['op']> = Extract<Operation, { op: Op }>

function edit(draft: Draft, at: string, { link: name, set }: Of<'link.edit'>): void {
  const link = draft.editable(`${at}.link`, name)
  if (link === null) return
  const { mac, bridge, bond, vlanId, ...plain } = set
  let after: LinkConfig = { ...link, ...plain }
  if (mac !== undefined) {
    const parsed = mac === null ? null : parseMac(mac)
    if (parsed?.ok === false) draft.refuse(`${at}.set.mac`, parsed.error)
    after = { ...after, mac: parsed === null ? null : parsed.ok ? parsed.value : after.mac }
  }
  if (bridge !== undefined) {
    if (link.bridge === null) draft.refuse(`${at}.set.bridge`, say('refuse.wrong-kind', { name, kind: 'bridge' }))
    else after = { ...after, bridge: { ...link.bridge, ...bridge } }
  }
  if (bond !== undefined) {
    if (link.bond === null) draft.refuse(`${at}.set.bond`, say('refuse.wrong-kind', { name, kind: 'bond' }))
    else after = { ...after, bond: { ...link.bond, ...bond } }
  }
  if (vlanId !== undefined) {
    if (link.vlan === null) draft.refuse(`${at}.set.vlanId`, say('refuse.wrong-kind', { name, kind: 'VLAN' }))
    else after = { ...after, vlan: { ...link.vlan, id: vlanId } }
  }
  sayAddresses(draft, link, after)
  saySettings(draft, link, after)
  draft.set(after)
}

function saySettings(draft: Draft, before: LinkConfig, after: LinkConfig): void {
  const link = after.name
  const said = (value: string | number | boolean | null) => (value === null ? 'default' : String(value))
  if (after.mtu !== before.mtu && after.mtu !== null) draft.steps.push(say('step.mtu', { link, mtu: after.mtu }))
  if (after.mac !== before.mac && after.mac !== null) draft.steps.push(say('step.mac', { link, mac: after.mac }))
  for (const [setting, value] of Object.entries(after.bridge ?? {}))
    if (value !== before.bridge?.[setting as keyof typeof before.bridge])
      draft.steps.push(say('step.bridge-setting', { link, setting, value: said(value) }))
  for (const [setting, value] of Object.entries(after.bond ?? {}))
    if (value !== before.bond?.[setting as keyof typeof before.bond])
      draft.steps.push(say('step.bond-setting', { link, setting, value: said(value) }))
  if (after.vlan !== null && after.vlan.id !== before.vlan?.id)
    draft.steps.push(say('step.vlan-id', { link, id: after.vlan.id }))
}

function remove(draft: Draft, at: string, { link: name, addressesTo }: Of<'link.delete'>): void {
  const link = draft.editable(`${at}.link`, name)
  if (link === null) return
  if (link.kind === 'nic')
    return draft.refuse(`${at}.link`, say('refuse.wrong-kind', { name, kind: 'bridge, VLAN or bond' }))
  const child = [...draft.all().values()].find(({ vlan }) => vlan?.parent === name)
  if (child !== undefined) return draft.refuse(`${at}.link`, say('refuse.in-use', { other: child.name, link: name }))
  if (link.master !== null) return draft.refuse(`${at}.link`, say('refuse.in-use', { other: link.master, link: name }))
  const { running, defined } = vmsBehind(draft, name)
  if (running.length > 0)
    return draft.refuse(`${at}.link`, say('refuse.running-vms', { link: name, vms: running.join(', ') }))
  if (defined.length > 0)
    return draft.refuse(`${at}.link`, say('refuse.defined-vms', { link: name, vms: defined.join(', ') }))
  for (const port of [...draft.all().values()].filter(({ master }) => master === name)) {
    draft.set({ ...port, master: null, port: null })
    draft.steps.push(say('step.detach', { port: port.name, master: name }))
  }
  if (addressesTo !== null) {
    const heir = draft.editable(`${at}.addressesTo`, addressesTo)
    if (heir === null) return
    draft.set(withAddressesOf(draft, link, heir))
  } else if (hasAddresses(link)) sayAddresses(draft, link, withoutAddresses(link))
  draft.links.set(name, null)
  draft.steps.push(say('step.delete', { link: name }))
}

function vmsBehind(draft: Draft, bridge: string): { running: string[]; defined: string[] } {
  const running = vmsOn(draft.state, bridge)
  const defined = draft.state.raw.facts.domains
    .filter(({ nics }) => nics.some(({ source, sourceKind }) => source === bridge && sourceKind === 'bridge'))
    .map(({ name }) => name)
    .filter((name) => !running.includes(name))
  return { running, defined: [...new Set(defined)].sort() }
}

function attachPort(draft: Draft, at: string, op: Of<'port.attach'>): void {
  const master = draft.editable(`${at}.master`, op.master)
  if (master === null) return
  if (master.kind !== 'bridge' && master.kind !== 'bond')
    return draft.refuse(`${at}.master`, say('refuse.wrong-kind', { name: op.master, kind: 'bridge or bond' }))
  const port = usablePort(draft, `${at}.port`, op.port, master.kind)
  if (port === null) return
  if (op.vlans !== null && master.bridge?.vlanFiltering !== true)
    draft.refuse(`${at}.vlans`, say('refuse.vlan-filtering-off', { bridge: op.master }))
  let above = master
  if (op.moveAddresses && hasAddresses(port)) {
    above = withAddressesOf(draft, port, master)
    draft.set(withoutAddresses(port))
  }
  draft.set(above)
  attach(draft, op.port, above, op.vlans)
}

function detachPort(draft: Draft, at: string, { port: name }: Of<'port.detach'>): void {
  const port = draft.editable(`${at}.port`, name)
  if (port === null) return
  if (port.master === null) return draft.refuse(`${at}.port`, say('refuse.wrong-kind', { name, kind: 'port' }))
  draft.set({ ...port, master: null, port: null })
  draft.steps.push(say('step.detach', { port: name, master: port.master }))
}

function setVlans(draft: Draft, at: string, { port: name, vlans }: Of<'port.vlans'>): void {
  const port = draft.editable(`${at}.port`, name)
  if (port === null) return
  const bridge = port.master === null ? undefined : draft.get(port.master)
  if (bridge?.kind !== 'bridge')
    return draft.refuse(`${at}.port`, say('refuse.wrong-kind', { name, kind: 'port of a bridge' }))
  if (bridge.bridge?.vlanFiltering !== true)
    return draft.refuse(`${at}.vlans`, say('refuse.vlan-filtering-off', { bridge: bridge.name }))
  const text = (ids: readonly number[]) => vlanListText(ids) || '—'
  draft.set({ ...port, port: vlans })
  draft.steps.push(
    say('step.port-vlans', {
      port: name,
      untagged: text(vlans.untagged),
      tagged: text(vlans.tagged),
      pvid: vlans.pvid ?? '—',
    }),
  )
}

/** Below before above when it grows, above before below when it shrinks: no link is ever larger than what it stands on. */
function setChainMtu(draft: Draft, at: string, { link, mtu }: Of<'mtu.chain'>): void {
  if (draft.editable(`${at}.link`, link) === null) return
  const chain = chainOf(draft, link)
  const grows = (draft.state.links.get(link)?.mtu ?? 0) < mtu
  for (const name of grows ? chain.links : chain.links.toReversed()) {
    const member = draft.editable(`${at}.link`, name)
    if (member === null) return
    if (member.mtu === mtu || (member.mtu === null && draft.state.links.get(name)?.mtu === mtu)) continue
    draft.set({ ...member, mtu })
    draft.steps.push(say('step.mtu', { link: name, mtu }))
  }
  for (const tap of chain.taps) {
    if (draft.state.links.get(tap)?.mtu === mtu) continue
    draft.tapMtus.push({ tap, mtu })
    draft.steps.push(say('step.mtu', { link: tap, mtu }))
  }
}

function reattach(draft: Draft, at: string, { tap, bridge }: Of<'tap.reattach'>): void {
  const fact = draft.state.links.get(tap)
  if (fact === undefined) return draft.refuse(`${at}.tap`, say('refuse.no-link', { name: tap.slice(0, 30) }))
  if (fact.kind !== 'tap' || fact.vm === null)
    return draft.refuse(`${at}.tap`, say('refuse.wrong-kind', { name: tap, kind: 'VM port' }))
  if (fact.master !== null)
    return draft.refuse(`${at}.tap`, say('refuse.port-taken', { port: tap, master: fact.master }))
  if (draft.state.links.get(bridge)?.kind !== 'bridge')
    return draft.refuse(`${at}.bridge`, say('refuse.wrong-kind', { name: bridge, kind: 'bridge' }))
  draft.taps.push({ tap, bridge })
  draft.steps.push(say('step.tap', { tap, bridge }))
}

function adopt(draft: Draft, at: string, name: string): void {
  const actual = draft.state.actual.get(name)
  if (draft.editable(`${at}.link`, name) === null || actual === undefined) return
  const wanted = draft.state.wanted.get(name)
  const tool = draft.state.driver === null ? '' : nameOfTool(draft.state.driver.id)
  draft.set(wanted === undefined ? actual : adopted(wanted, actual))
  draft.steps.push(say('step.adopt', { link: name, tool }))
}

/** Files say what they said, with what differs taken from the kernel; what they leave open stays open. */
function adopted(wanted: LinkConfig, actual: LinkConfig): LinkConfig {
  const ipv4 = actual.ipv4.kind === 'static' || wanted.ipv4.kind === 'static' ? actual.ipv4 : wanted.ipv4
  const ipv6 = actual.ipv6.kind === 'static' || wanted.ipv6.kind === 'static' ? actual.ipv6 : wanted.ipv6
  const settings = Object.fromEntries(
    Object.entries(wanted.bridge ?? {}).map(([key, value]) => [
      key,
      value === null ? null : actual.bridge?.[key as keyof NonNullable<LinkConfig['bridge']>],
    ]),
  ) as unknown as NonNullable<LinkConfig['bridge']>
  return {
    ...wanted,
    mac: wanted.mac === null ? null : actual.mac,
    mtu: wanted.mtu === null && actual.mtu === 1500 ? null : actual.mtu,
    master: actual.master,
    port: wanted.port === null ? null : actual.port,
    ipv4,
    ipv6,
    bridge: wanted.bridge === null ? null : settings,
  }
}

function reconcile(draft: Draft, at: string, name: string): void {
  const link = draft.editable(`${at}.link`, name)
  if (link === null) return
  if (!draft.state.wanted.has(name)) return draft.refuse(`${at}.link`, say('refuse.no-link', { name }))
  draft.reconciled.add(name)
  draft.steps.push(
    say('step.reload', { link: name, tool: draft.state.driver === null ? '' : nameOfTool(draft.state.driver.id) }),
  )
}
