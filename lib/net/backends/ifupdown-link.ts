import { parseMac } from '../names.ts'
import { canonicalKey, type Line, type Option } from '../text/interfaces.ts'
import { parseHook, routeHook, ruleHook } from './hook-commands.ts'
import { writeAddresses } from './ifupdown-addresses.ts'
import { mainFile, type InterfacesFiles, type PlacedStanza } from './ifupdown-files.ts'
import { kernelModes, portsOf, vlanOfName } from './ifupdown-read.ts'
import { routeOf, ruleOf, sameValue } from './same-link.ts'
import type { BondConfig, BridgeConfig, LinkConfig } from '../model.ts'

/** Edits the stanzas of one link, all but whose port it is and its VLANs as a port. */
export class LinkWriter {
  readonly #files: InterfacesFiles
  readonly #link: string
  readonly #all: ReadonlyMap<string, LinkConfig>

  /** `all`: every link as it is to be. */
  constructor(files: InterfacesFiles, link: string, all: ReadonlyMap<string, LinkConfig>) {
    this.#files = files
    this.#link = link
    this.#all = all
  }

  remove(): void {
    for (const { text, stanza } of this.#placed) text.removeStanza(stanza)
    this.#files.removeAuto(this.#link)
  }

  write(before: LinkConfig | null, after: LinkConfig): void {
    if (this.#placed.length === 0) this.#begin(after)
    const new_ = before === null || before.kind !== after.kind
    // What goes must be gone before the addresses: a stanza with nothing left in it is removed with them.
    const same = (key: keyof LinkConfig): boolean =>
      before !== null && sameValue({ value: before[key] }, { value: after[key] })
    if (!same('routes')) this.#routes(after, 'keep')
    if (!same('rules')) this.#rules(after, 'keep')
    if (!same('dns')) this.#dns(before, after)
    for (const family of ['inet', 'inet6'] as const)
      if (new_ || !same(family === 'inet' ? 'ipv4' : 'ipv6'))
        writeAddresses(this.#files, this.#link, family, before, after)
    if (!same('mac')) this.#mac(after)
    if (!same('mtu')) this.#set(['mtu'], after.mtu === null ? [] : [option('mtu', String(after.mtu))])
    if (new_ && after.kind === 'bridge' && !this.#has('bridge-ports'))
      this.#set(['bridge-ports'], [option(this.#key('bridge-ports'), 'none')])
    if (new_ && after.kind === 'bond' && !this.#has('bond-slaves', 'slaves'))
      this.#set(['bond-slaves'], [option('bond-slaves', 'none')])
    if (after.bridge !== null && (new_ || !same('bridge'))) this.#bridge(after.bridge)
    if (after.bond !== null && (new_ || !same('bond'))) this.#bond(after.bond)
    if (after.vlan !== null && (new_ || !same('vlan'))) this.#vlan(after.vlan)
    const addressed = after.ipv4.kind !== 'none' || after.ipv6.kind !== 'none'
    if (after.master === null && addressed && !(same('ipv4') && same('ipv6') && same('master')))
      this.#files.makeAuto(this.#link)
    if (!same('routes')) this.#routes(after, 'all')
    if (!same('rules')) this.#rules(after, 'all')
  }

  get #placed(): PlacedStanza[] {
    return this.#files.of(this.#link)
  }

  /** A link's first stanza goes to the file of what it stands on, behind it: tools bring links up in this order. */
  #begin(after: LinkConfig): void {
    const ports = [...this.#all.values()].filter(({ master }) => master === this.#link).map(({ name }) => name)
    const below = [...ports, ...(after.vlan === null ? [] : [after.vlan.parent])]
    const namedBy = this.#files.stanzas
      .filter(({ stanza }) =>
        [...portsOf(stanza, 'bridge-ports'), ...portsOf(stanza, 'bond-slaves')].includes(this.#link),
      )
      .map(({ path }) => path)
    const paths = below.flatMap((name) => this.#files.of(name).map(({ path }) => path))
    const path = paths.length > 0 ? this.#files.lastOf(paths) : this.#files.lastOf(namedBy)
    this.#files.text(path === '' ? mainFile : path).addStanza(this.#link, 'inet', 'manual', true, null)
  }

  #has(...keys: string[]): boolean {
    return this.#placed.some(({ stanza }) => stanza.options.some((line) => keys.includes(canonicalKey(line.key))))
  }

  #key(name: string): string {
    return this.#files.dialect === 'ifupdown' && name.startsWith('bridge-') ? name.replaceAll('-', '_') : name
  }

  /** Options with these keys, or lines with an id of `idOf`: what is there stays where it is, the rest goes to `home`. */
  #set(
    keys: readonly string[] | ((line: Line) => string | null),
    wanted: readonly Option[],
    home: (placed: readonly PlacedStanza[]) => PlacedStanza | undefined = (placed) => placed[0],
  ): void {
    const idOf =
      typeof keys === 'function'
        ? keys
        : (line: Line) => (keys.includes(canonicalKey(line.key)) ? `${canonicalKey(line.key)} ${line.value}` : null)
    const placed = this.#placed
    const base = home(placed) ?? placed[0]
    const claimed = new Set<string>()
    const here = new Map<Line, string[]>()
    for (const { stanza } of placed) {
      const ids = stanza.options.flatMap((line) => idOf(line) ?? []).filter((id) => !claimed.has(id))
      for (const id of ids) claimed.add(id)
      here.set(stanza.header, ids)
    }
    for (const { text, stanza } of placed)
      text.setOptions(
        stanza,
        idOf,
        wanted.filter(
          ({ id }) =>
            here.get(stanza.header)?.includes(id) || (stanza.header === base?.stanza.header && !claimed.has(id)),
        ),
      )
  }

  #mac(after: LinkConfig): void {
    const key = after.kind === 'bridge' ? this.#key('bridge-hw') : 'hwaddress'
    const name = this.#files.dialect === 'ifupdown2' ? 'hwaddress' : key
    const idOf = (line: Line): string | null => {
      if (!['hwaddress', 'bridge-hw', 'hw-mac-address'].includes(canonicalKey(line.key))) return null
      const mac = parseMac(line.value.replace(/^ether\s+/, ''))
      return mac.ok ? mac.value : null
    }
    this.#set(idOf, after.mac === null ? [] : [{ id: after.mac, key: name, value: after.mac }])
  }

  #dns(before: LinkConfig | null, after: LinkConfig): void {
    const { servers, domains } = after.dns
    if (before === null || !sameValue(before.dns.servers, servers))
      this.#set(
        ['dns-nameservers', 'dns-nameserver'],
        servers.length === 0 ? [] : [option('dns-nameservers', servers.join(' '))],
      )
    if (before === null || !sameValue(before.dns.domains, domains))
      this.#set(['dns-search', 'dns-domain'], domains.length === 0 ? [] : [option('dns-search', domains.join(' '))])
  }

  /** `keep`: only takes away; `all`: also adds. */
  #routes(after: LinkConfig, which: 'keep' | 'all'): void {
    const idOf = (line: Line): string | null => {
      const command = this.#hook(line)
      if (command?.kind !== 'route' || (command.dev !== null && command.dev !== this.#link)) return null
      const id = JSON.stringify(routeOf(command.route))
      const stays = after.routes.some((route) => JSON.stringify(routeOf(route)) === id)
      return command.action === 'add' ? id : stays ? null : 'gone'
    }
    for (const family of ['inet', 'inet6'] as const)
      this.#hooks(
        (line) => (familyOfHook(this.#hook(line)) === family ? idOf(line) : null),
        after.routes
          .filter((route) => route.family === family)
          .map((route) => ({
            id: JSON.stringify(routeOf(route)),
            key: 'post-up',
            value: routeHook('add', route),
          })),
        which,
        family,
      )
  }

  /** Rules outlive a link, so each is taken back by a line of its own. */
  #rules(after: LinkConfig, which: 'keep' | 'all'): void {
    for (const family of ['inet', 'inet6'] as const)
      this.#hooks(
        (line) => {
          const command = this.#hook(line)
          if (command?.kind !== 'rule' || command.rule.family !== family) return null
          return command.action + JSON.stringify(ruleOf(command.rule))
        },
        after.rules
          .filter((rule) => rule.family === family)
          .flatMap((rule) => [
            { id: `add${JSON.stringify(ruleOf(rule))}`, key: 'post-up', value: ruleHook('add', rule) },
            { id: `del${JSON.stringify(ruleOf(rule))}`, key: 'pre-down', value: ruleHook('del', rule) },
          ]),
        which,
        family,
      )
  }

  #hook(line: Line): ReturnType<typeof parseHook> {
    return /^(pre|post)-(up|down)$/.test(canonicalKey(line.key)) ? parseHook(line.value, this.#link) : null
  }

  #hooks(
    idOf: (line: Line) => string | null,
    wanted: readonly Option[],
    which: 'keep' | 'all',
    family: 'inet' | 'inet6',
  ): void {
    const there = new Set(this.#placed.flatMap(({ stanza }) => stanza.options.flatMap((line) => idOf(line) ?? [])))
    this.#set(
      idOf,
      which === 'all' ? wanted : wanted.filter(({ id }) => there.has(id)),
      // Behind the last address, which the route may need.
      (placed) => placed.findLast(({ stanza }) => stanza.family === family && stanza.method !== 'manual'),
    )
  }

  #bridge(bridge: BridgeConfig): void {
    const two = this.#files.dialect === 'ifupdown2'
    const truth = (value: boolean | null): string | null => (value === null ? null : value ? 'yes' : 'no')
    const wanted: [key: string, value: string | number | null][] = [
      ['bridge-stp', bridge.stp === null ? null : bridge.stp ? 'on' : 'off'],
      ['bridge-fd', bridge.forwardDelaySeconds],
      ['bridge-hello', bridge.helloSeconds],
      ['bridge-maxage', bridge.maxAgeSeconds],
      ['bridge-bridgeprio', bridge.priority],
      ['bridge-ageing', bridge.ageingSeconds],
      ['bridge-vlan-aware', truth(bridge.vlanFiltering)],
      ['bridge-mcsnoop', truth(bridge.multicastSnooping)],
      ['vlan_default_pvid', bridge.defaultPvid],
    ]
    this.#set(
      (line) => {
        const command = this.#hook(line)
        if (command?.kind === 'bridge') {
          const key = hookKeys[command.setting]
          return `${key} ${key === 'vlan_default_pvid' ? command.value : command.value === 0 ? 'no' : 'yes'}`
        }
        const key = canonicalKey(line.key)
        if (!wanted.some(([name]) => name === key)) return null
        return `${key} ${plainValue(line.value)}`
      },
      wanted.flatMap(([key, value]) => {
        if (value === null) return []
        const id = `${key} ${plainValue(String(value))}`
        const setting = key === 'vlan_default_pvid' ? key : key === 'bridge-mcsnoop' && !two ? 'mcast_snooping' : null
        if (setting === null) return [{ id, key: this.#key(key), value: String(value) }]
        const number = value === 'yes' ? 1 : value === 'no' ? 0 : value
        return [{ id, key: 'post-up', value: `ip link set dev $IFACE type bridge ${setting} ${number}` }]
      }),
    )
  }

  #bond(bond: BondConfig): void {
    const two = this.#files.dialect === 'ifupdown2'
    const wanted: [key: string, value: string | number | null][] = [
      ['bond-mode', bond.mode],
      ['bond-miimon', bond.miimonMs],
      ['bond-updelay', bond.upDelayMs],
      ['bond-downdelay', bond.downDelayMs],
      ['bond-lacp-rate', bond.lacpRate === null ? null : two ? (bond.lacpRate === 'fast' ? 1 : 0) : bond.lacpRate],
      ['bond-xmit-hash-policy', bond.hashPolicy],
      ['bond-primary', bond.primary],
      ['bond-min-links', bond.minLinks],
    ]
    this.#set(
      (line) => {
        const command = this.#hook(line)
        if (command?.kind === 'bond') return `bond-min-links ${command.minLinks}`
        const key = canonicalKey(line.key)
        if (!wanted.some(([name]) => name === key)) return null
        const numbered = key === 'bond-mode' && /^[0-6]$/.test(line.value) ? kernelModes[Number(line.value)] : null
        return `${key} ${key === 'bond-lacp-rate' ? rateOf(line.value) : (numbered ?? line.value)}`
      },
      wanted.flatMap(([key, value]) => {
        if (value === null) return []
        const id = `${key} ${key === 'bond-lacp-rate' ? rateOf(String(value)) : value}`
        // ifenslave has no option for it.
        if (key === 'bond-min-links' && !two)
          return [{ id, key: 'post-up', value: `ip link set dev $IFACE type bond min_links ${value}` }]
        return [{ id, key, value: String(value) }]
      }),
    )
  }

  #vlan(vlan: { parent: string; id: number }): void {
    const named = vlanOfName(this.#link)
    const byName = named?.id === vlan.id && (named.parent === null || named.parent === vlan.parent)
    const two = this.#files.dialect === 'ifupdown2'
    this.#set(
      ['vlan-raw-device', 'vlan-id'],
      [option('vlan-raw-device', vlan.parent), ...(byName || !two ? [] : [option('vlan-id', String(vlan.id))])],
    )
    if (two) return
    // The bridge itself must be in the VLAN, else nothing arrives at a link that stands on it.
    const filtered = this.#all.get(vlan.parent)?.bridge?.vlanFiltering === true
    const value = `bridge vlan add dev ${vlan.parent} vid ${vlan.id} self`
    this.#set(
      (line) => {
        const command = this.#hook(line)
        return command?.kind === 'port-vlan' && command.self ? `${command.port} ${command.first}` : null
      },
      filtered ? [{ id: `${vlan.parent} ${vlan.id}`, key: 'post-up', value }] : [],
    )
  }
}

const hookKeys = {
  vlan_filtering: 'bridge-vlan-aware',
  mcast_snooping: 'bridge-mcsnoop',
  vlan_default_pvid: 'vlan_default_pvid',
} as const

const option = (key: string, value: string): Option => ({ id: `${canonicalKey(key)} ${value}`, key, value })

const rateOf = (value: string): string => (value === '1' || value === 'fast' ? 'fast' : 'slow')

const plainValue = (value: string): string =>
  /^(on|yes|true)$/i.test(value) ? 'yes' : /^(off|no|false)$/i.test(value) ? 'no' : value

const familyOfHook = (command: ReturnType<typeof parseHook>): 'inet' | 'inet6' | null =>
  command?.kind === 'route' ? command.route.family : null
