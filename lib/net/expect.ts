import type { LinkFacts } from '../facts/facts.ts'
import { isOfKernel } from './actual.ts'
import type { RuntimeLink } from './back-end.ts'
import type { Expectation } from './change.ts'
import type { Known } from './known.ts'
import type { LinkConfig } from './model.ts'
import { parseAddress, parseCidr } from './names.ts'

/** How the host itself can tell that a link is as configuration wants it. */
export function expectationsOf(link: LinkConfig, before: LinkConfig | null): Expectation[] {
  const { name } = link
  const found: Expectation[] = [
    { kind: 'link', link: name },
    { kind: 'master', link: name, master: link.master },
  ]
  // A NIC without a use may be down.
  if (link.kind !== 'nic' || link.master !== null || link.ipv4.kind !== 'none' || link.ipv6.kind !== 'none')
    found.push({ kind: 'up', link: name })
  if (link.mtu !== null) found.push({ kind: 'mtu', link: name, mtu: link.mtu })
  if (link.mac !== null && link.master === null) found.push({ kind: 'mac', link: name, mac: link.mac })
  for (const family of ['inet', 'inet6'] as const) {
    const config = family === 'inet' ? link.ipv4 : link.ipv6
    if (config.kind === 'none') continue
    for (const cidr of config.addresses) found.push({ kind: 'address', link: name, cidr: canonicalCidr(cidr) })
    // Router advertisements come when they come; a lease is waited for.
    if (config.kind === 'dhcp' && family === 'inet') found.push({ kind: 'any-address', link: name, family })
    if (config.kind === 'static' && config.gateway !== null)
      found.push({
        kind: 'route',
        family,
        destination: 'default',
        gateway: parseAddress(config.gateway)?.text ?? config.gateway,
        link: name,
        table: 'main',
      })
  }
  for (const route of link.routes)
    found.push({
      kind: 'route',
      family: route.family,
      destination: route.destination,
      gateway: route.gateway === null ? null : (parseAddress(route.gateway)?.text ?? route.gateway),
      link: name,
      table: route.table === null || route.table === 254 ? 'main' : String(route.table),
    })
  const { bridge, port } = link
  const sysfs = (file: string, value: number | boolean | null) => {
    if (value !== null) found.push({ kind: 'sysfs', link: name, file: `bridge/${file}`, value: String(Number(value)) })
  }
  if (bridge !== null) {
    sysfs('stp_state', bridge.stp)
    // Kernels without VLAN filtering have no such file, so `off` is only looked for where it was on.
    if (bridge.vlanFiltering === true || before?.bridge?.vlanFiltering === true)
      sysfs('vlan_filtering', bridge.vlanFiltering)
    sysfs('multicast_snooping', bridge.multicastSnooping)
    sysfs('ageing_time', bridge.ageingSeconds === null ? null : Math.round(bridge.ageingSeconds * 100))
    if (bridge.stp === true) {
      sysfs('forward_delay', bridge.forwardDelaySeconds === null ? null : Math.round(bridge.forwardDelaySeconds * 100))
      sysfs('hello_time', bridge.helloSeconds === null ? null : Math.round(bridge.helloSeconds * 100))
      sysfs('max_age', bridge.maxAgeSeconds === null ? null : Math.round(bridge.maxAgeSeconds * 100))
      sysfs('priority', bridge.priority)
    }
  }
  if (port !== null)
    found.push({ kind: 'vlans', link: name, pvid: port.pvid, untagged: port.untagged, tagged: port.tagged })
  if (link.bond !== null) found.push({ kind: 'sysfs', link: name, file: 'bonding/mode', value: link.bond.mode })
  return found
}

const canonicalCidr = (text: string): string => parseCidr(text)?.text ?? text

/** What holds now of a link that is there, so that an undo can be told from a half one. */
export function presentExpectations(state: Known, name: string): Expectation[] {
  const fact = state.links.get(name)
  if (fact === undefined) return [{ kind: 'no-link', link: name }]
  const found: Expectation[] = [
    { kind: 'link', link: name },
    { kind: 'master', link: name, master: fact.master },
    { kind: 'mtu', link: name, mtu: fact.mtu },
  ]
  if (fact.up) found.push({ kind: 'up', link: name })
  for (const { address, prefix, scope, dynamic, family } of fact.addresses) {
    if (scope !== 'global') continue
    if (!dynamic) found.push({ kind: 'address', link: name, cidr: canonicalCidr(`${address}/${prefix}`) })
    else if (family === 'inet') found.push({ kind: 'any-address', link: name, family })
  }
  for (const route of state.raw.facts.network.routes) {
    if (route.device !== name || isOfKernel(route)) continue
    if (route.protocol === 'dhcp' && route.destination !== 'default') continue
    found.push({
      kind: 'route',
      family: route.family,
      destination: route.destination,
      gateway: route.gateway,
      link: name,
      table: route.table === '254' ? 'main' : route.table,
    })
  }
  if (fact.bridge !== null) {
    const stp = String(Number(fact.bridge.stp))
    found.push({ kind: 'sysfs', link: name, file: 'bridge/stp_state', value: stp })
    if (fact.bridge.vlanFiltering) found.push({ kind: 'sysfs', link: name, file: 'bridge/vlan_filtering', value: '1' })
  }
  return found
}

/**
 * Commands that bring the kernel back to what it has now by itself, whatever state it is in: the last resort of an
 * undo. Each is run by itself and may fail.
 */
export function restoreCommands(state: Known, names: readonly string[], runtime: readonly RuntimeLink[]): string[][] {
  const commands: string[][] = []
  const ip = (...words: string[]) => commands.push(['ip', ...words])
  const present = names.flatMap((name) => {
    const link = runtime.find((one) => one.name === name)
    const fact = state.links.get(name)
    return link === undefined || fact === undefined ? [] : [{ link, fact }]
  })
  for (const { link, fact } of present) {
    recreate(state, fact, ip)
    ip('link', 'set', 'dev', link.name, 'mtu', String(link.mtu))
    if (link.master === null) ip('link', 'set', 'dev', link.name, 'nomaster')
    if (fact.bridge !== null)
      ip(
        'link',
        'set',
        'dev',
        link.name,
        'type',
        'bridge',
        'stp_state',
        String(Number(fact.bridge.stp)),
        ...(fact.bridge.vlanFiltering ? ['vlan_filtering', '1'] : []),
      )
    if (link.up) ip('link', 'set', 'dev', link.name, 'up')
  }
  for (const { link, fact } of present) {
    for (const { cidr } of link.addresses)
      ip('address', 'replace', cidr, 'dev', link.name, ...(cidr.includes(':') ? ['nodad'] : []))
    if (link.master !== null) ip('link', 'set', 'dev', link.name, 'master', link.master)
    if (fact.bridgePort !== null) restoreVlans(fact, commands)
  }
  for (const { link } of present)
    for (const route of link.routes) {
      if (isOfKernel(route)) continue
      ip(
        route.family === 'inet' ? '-4' : '-6',
        'route',
        'replace',
        route.destination,
        ...(route.gateway === null ? [] : ['via', route.gateway]),
        'dev',
        link.name,
        'table',
        route.table,
        ...(route.metric === null || route.metric === 0 ? [] : ['metric', String(route.metric)]),
        ...(route.source === null ? [] : ['src', route.source]),
        ...(route.protocol === null || !/^[a-z0-9]+$/.test(route.protocol) ? [] : ['proto', route.protocol]),
      )
    }
  return commands
}

function recreate(state: Known, fact: LinkFacts, ip: (...words: string[]) => void): void {
  const mac = fact.mac === null ? [] : ['address', fact.mac]
  if (fact.kind === 'bridge') ip('link', 'add', 'name', fact.name, ...mac, 'type', 'bridge')
  else if (fact.kind === 'vlan' && fact.vlan !== null && fact.lower !== null)
    ip('link', 'add', 'link', fact.lower, 'name', fact.name, 'type', 'vlan', 'id', String(fact.vlan.id))
  else if (fact.kind === 'bond') {
    const mode = state.raw.details.get(fact.name)?.bond?.mode ?? 'active-backup'
    ip('link', 'add', 'name', fact.name, ...mac, 'type', 'bond', 'mode', mode)
  }
}

function restoreVlans({ name, bridgePort }: LinkFacts, commands: string[][]): void {
  for (const vid of [...(bridgePort?.untagged ?? []), ...(bridgePort?.tagged ?? [])].slice(0, 256))
    commands.push([
      'bridge',
      'vlan',
      'add',
      'dev',
      name,
      'vid',
      String(vid),
      ...(bridgePort?.pvid === vid ? ['pvid'] : []),
      ...(bridgePort?.untagged.includes(vid) === true ? ['untagged'] : []),
    ])
}
