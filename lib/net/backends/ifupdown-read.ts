import { blankLink, bondModes, noBridge } from '../model.ts'
import { parseAddress, parseCidr, parseMac, parseVlanList } from '../names.ts'
import { prefixOfNetmask } from '../subnet.ts'
import { canonicalKey, wordsOf, type Line, type Stanza } from '../text/interfaces.ts'
import { parseHook, type HookCommand } from './hook-commands.ts'
import { InterfacesFiles, type PlacedStanza } from './ifupdown-files.ts'
import type { Configured } from '../back-end.ts'
import type { BondConfig, BridgeConfig, LinkConfig, PortConfig } from '../model.ts'

/** What the stanzas say, and what in them could not be understood. */
export function readInterfaces(files: InterfacesFiles): Configured {
  const unreadable = [...files.unreadable]
  const sources: Record<string, string[]> = {}
  const links: LinkConfig[] = []
  for (const name of files.names) {
    const reader = new LinkReader(files, name)
    links.push(reader.read())
    sources[name] = [...new Set(files.of(name).map(({ path }) => path))]
    for (const reason of reader.problems) unreadable.push({ link: name, path: sources[name][0] ?? '', reason })
  }
  // A port needs no stanza of its own.
  for (const placed of files.stanzas)
    for (const port of [...portsOf(placed.stanza, 'bridge-ports'), ...portsOf(placed.stanza, 'bond-slaves')]) {
      if (sources[port] !== undefined) continue
      links.push(new LinkReader(files, port).read())
      sources[port] = [placed.path]
    }
  return { links, sources, unreadable }
}

export const optionsOf = (stanza: Stanza, key: string): Line[] =>
  stanza.options.filter((line) => canonicalKey(line.key) === key)

/** Ports named by `bridge-ports` or `bond-slaves` (also `slaves`, as bonds were once written). */
export function portsOf(stanza: Stanza, key: 'bridge-ports' | 'bond-slaves'): string[] {
  const lines =
    key === 'bridge-ports' ? optionsOf(stanza, key) : [...optionsOf(stanza, key), ...optionsOf(stanza, 'slaves')]
  return lines.flatMap((line) => wordsOf(line.value)).filter((word) => word !== 'none')
}

export function hooksOf(stanza: Stanza, link: string): { line: Line; command: HookCommand }[] {
  return stanza.options.flatMap((line) => {
    if (!/^(pre|post)-(up|down)$/.test(canonicalKey(line.key))) return []
    const command = parseHook(line.value, link)
    return command === null ? [] : [{ line, command }]
  })
}

/** Addresses of a stanza in order, with the netmask each may have on a line of its own. */
export function addressesOf(stanza: Stanza): { line: Line; cidr: string | null; family: 'inet' | 'inet6' }[] {
  const found: { line: Line; cidr: string | null; family: 'inet' | 'inet6' }[] = []
  for (const line of stanza.options) {
    const key = canonicalKey(line.key)
    if (key === 'address') {
      const bare = parseAddress(line.value)
      const whole = parseCidr(line.value)
      const family = bare?.family ?? whole?.family ?? (stanza.family === 'inet6' ? 'inet6' : 'inet')
      found.push({ line, family, cidr: whole?.text ?? null })
    } else if (key === 'netmask') {
      const last = found.at(-1)
      const bare = parseAddress(last?.line.value ?? '')
      if (last === undefined || bare === null) continue
      const prefix = /^\d{1,3}$/.test(line.value) ? Number(line.value) : prefixOfNetmask(line.value)
      last.cidr = prefix === null ? null : (parseCidr(`${bare.text}/${prefix}`)?.text ?? null)
    }
  }
  // ifupdown does not mind a netmask above its address.
  const [only] = found
  const mask = optionsOf(stanza, 'netmask')[0]
  if (found.length === 1 && only !== undefined && only.cidr === null && mask !== undefined) {
    const bare = parseAddress(only.line.value)
    const prefix = /^\d{1,3}$/.test(mask.value) ? Number(mask.value) : prefixOfNetmask(mask.value)
    if (bare !== null && prefix !== null) only.cidr = parseCidr(`${bare.text}/${prefix}`)?.text ?? null
  }
  return found
}

/** VLAN of a name such as `enp1s0.20` or `vlan20`. */
export function vlanOfName(name: string): { parent: string | null; id: number } | null {
  const found = /^(?:(.+)\.|vlan)0*(\d{1,4})$/.exec(name)
  return found === null ? null : { parent: found[1] ?? null, id: Number(found[2]) }
}

export class LinkReader {
  readonly problems: string[] = []
  readonly #files: InterfacesFiles
  readonly #link: string
  readonly #placed: PlacedStanza[]

  constructor(files: InterfacesFiles, link: string) {
    this.#files = files
    this.#link = link
    this.#placed = files.of(link)
  }

  read(): LinkConfig {
    const kind = this.#kind()
    const link = blankLink(this.#link, kind)
    link.mac = this.#mac()
    link.mtu = this.#integer('mtu')
    this.#addresses(link)
    link.dns = {
      servers: this.#words('dns-nameservers', 'dns-nameserver').map((word) => parseAddress(word)?.text ?? word),
      domains: [...new Set([...this.#words('dns-search'), ...this.#words('dns-domain')])],
    }
    const commands = this.#commands()
    const routes = commands.flatMap((command) => {
      if (command.kind !== 'route' || command.action !== 'add') return []
      return command.dev === null || command.dev === this.#link ? [command.route] : []
    })
    const rules = commands.flatMap((one) => (one.kind === 'rule' && one.action === 'add' ? [one.rule] : []))
    link.routes = familiesApart(routes)
    link.rules = familiesApart(rules)
    if (kind === 'bridge') link.bridge = this.#bridge(commands)
    if (kind === 'vlan') link.vlan = this.#vlan()
    if (kind === 'bond') link.bond = this.#bond(commands)
    this.#membership(link)
    return link
  }

  #lines(...keys: string[]): Line[] {
    return this.#placed.flatMap(({ stanza }) => stanza.options.filter((line) => keys.includes(canonicalKey(line.key))))
  }

  #words(...keys: string[]): string[] {
    return this.#lines(...keys).flatMap((line) => wordsOf(line.value))
  }

  #value(...keys: string[]): string | null {
    return this.#lines(...keys)[0]?.value ?? null
  }

  #integer(...keys: string[]): number | null {
    const text = this.#value(...keys)
    if (text === null) return null
    const number = Number(text)
    if (text !== '' && Number.isInteger(number) && number >= 0) return number
    this.problems.push(`“${keys[0] ?? ''} ${text.slice(0, 40)}” is not understood`)
    return null
  }

  #boolean(key: string): boolean | null {
    const text = this.#value(key)
    if (text === null) return null
    if (/^(on|yes|1|true)$/i.test(text)) return true
    if (/^(off|no|0|false)$/i.test(text)) return false
    this.problems.push(`“${key} ${text.slice(0, 40)}” is not understood`)
    return null
  }

  #commands(): HookCommand[] {
    return this.#placed.flatMap(({ stanza }) => hooksOf(stanza, this.#link).map(({ command }) => command))
  }

  #kind(): LinkConfig['kind'] {
    if (this.#lines('bridge-ports', 'bridge-vlan-aware', 'bridge-stp').length > 0) return 'bridge'
    if (this.#lines('bond-mode', 'bond-slaves', 'slaves').length > 0) return 'bond'
    if (this.#lines('vlan-raw-device', 'vlan-id').length > 0) return 'vlan'
    return /\.\d{1,4}$/.test(this.#link) ? 'vlan' : 'nic'
  }

  #mac(): string | null {
    for (const line of this.#lines('hwaddress', 'bridge-hw', 'hw-mac-address')) {
      const mac = parseMac(line.value.replace(/^ether\s+/, ''))
      if (mac.ok) return mac.value
    }
    return null
  }

  #addresses(link: LinkConfig): void {
    const addresses = { inet: [] as string[], inet6: [] as string[] }
    const gateways = { inet: [] as string[], inet6: [] as string[] }
    const metrics: { inet: number | null; inet6: number | null } = { inet: null, inet6: null }
    let dhcp4 = false
    let client: string | null = null
    let kind6: 'auto' | 'dhcp' | null = null
    for (const { stanza } of this.#placed) {
      const family = stanza.family === 'inet6' ? 'inet6' : 'inet'
      if (stanza.method === 'dhcp' && family === 'inet') {
        dhcp4 = true
        client = optionsOf(stanza, 'client')[0]?.value ?? null
      }
      if (stanza.method === 'dhcp' && family === 'inet6') kind6 = 'dhcp'
      if (stanza.method === 'auto') kind6 ??= 'auto'
      if (family === 'inet6' && optionsOf(stanza, 'autoconf').some((line) => line.value === '1')) kind6 ??= 'auto'
      const static_ = stanza.method === 'static' || this.#files.dialect === 'ifupdown2'
      if (static_)
        for (const { line, cidr, family: of } of addressesOf(stanza))
          if (cidr === null) this.problems.push(`“${line.text.trim().slice(0, 60)}” is no address with a prefix`)
          else addresses[of].push(cidr)
      const metric = optionsOf(stanza, 'metric')[0]?.value
      for (const line of optionsOf(stanza, 'gateway')) {
        const gateway = parseAddress(line.value)
        if (gateway === null) {
          if (line.value !== 'none') this.problems.push(`“gateway ${line.value.slice(0, 40)}” is not understood`)
        } else {
          gateways[gateway.family].push(gateway.text)
          if (metric !== undefined) metrics[gateway.family] = Number(metric)
        }
      }
      if (stanza.method === 'dhcp' && metric !== undefined) metrics[family] = Number(metric)
    }
    if (gateways.inet.length > 1 || gateways.inet6.length > 1) this.problems.push('it has two gateways of one family')
    // ifupdown's own word for “no client identifier”, which is no identifier.
    const clientId = client === 'no' ? null : client
    if (dhcp4) link.ipv4 = { kind: 'dhcp', clientId, metric: metrics.inet, addresses: addresses.inet }
    else if (addresses.inet.length > 0)
      link.ipv4 = {
        kind: 'static',
        addresses: addresses.inet,
        gateway: gateways.inet[0] ?? null,
        metric: metrics.inet,
      }
    if (kind6 !== null) link.ipv6 = { kind: kind6, addresses: addresses.inet6 }
    else if (addresses.inet6.length > 0)
      link.ipv6 = {
        kind: 'static',
        addresses: addresses.inet6,
        gateway: gateways.inet6[0] ?? null,
        metric: metrics.inet6,
      }
  }

  #bridge(commands: readonly HookCommand[]): BridgeConfig {
    const set = (name: string): number | null => {
      const found = commands.findLast((command) => command.kind === 'bridge' && command.setting === name)
      return found?.kind === 'bridge' ? found.value : null
    }
    const truth = (value: number | null): boolean | null => (value === null ? null : value !== 0)
    for (const word of this.#words('bridge-ports'))
      if (/^(regex|noregex|all|glob)$|[*?[\]]/.test(word)) {
        this.problems.push('its ports are a pattern')
        break
      }
    return {
      ...noBridge,
      stp: this.#boolean('bridge-stp'),
      forwardDelaySeconds: this.#integer('bridge-fd'),
      helloSeconds: this.#integer('bridge-hello'),
      maxAgeSeconds: this.#integer('bridge-maxage'),
      priority: this.#integer('bridge-bridgeprio'),
      ageingSeconds: this.#integer('bridge-ageing'),
      vlanFiltering: truth(set('vlan_filtering')) ?? this.#boolean('bridge-vlan-aware'),
      defaultPvid: set('vlan_default_pvid'),
      multicastSnooping: truth(set('mcast_snooping')) ?? this.#boolean('bridge-mcsnoop'),
    }
  }

  #vlan(): LinkConfig['vlan'] {
    const named = vlanOfName(this.#link)
    const parent = this.#value('vlan-raw-device') ?? named?.parent ?? null
    const id = this.#integer('vlan-id') ?? named?.id ?? null
    if (parent !== null && id !== null && id >= 1 && id <= 4094) return { parent, id }
    this.problems.push('its VLAN is not understood')
    return { parent: parent ?? '', id: id ?? 1 }
  }

  #bond(commands: readonly HookCommand[]): BondConfig {
    const minLinks = commands.findLast((command) => command.kind === 'bond')
    const written = this.#value('bond-mode') ?? 'balance-rr'
    const mode = /^[0-6]$/.test(written) ? kernelModes[Number(written)] : bondModes.find((one) => one === written)
    if (mode === undefined) this.problems.push(`the bond mode ${written.slice(0, 40)} is not understood`)
    const rate = this.#value('bond-lacp-rate')
    const policy = this.#value('bond-xmit-hash-policy')
    const hashPolicy = hashPolicies.find((one, at) => one === policy || String(at) === policy) ?? null
    if (policy !== null && hashPolicy === null)
      this.problems.push(`the hash policy ${policy.slice(0, 40)} is not understood`)
    if (this.#words('bond-slaves', 'slaves').includes('all')) this.problems.push('its ports are a pattern')
    return {
      mode: mode ?? 'balance-rr',
      miimonMs: this.#integer('bond-miimon'),
      upDelayMs: this.#integer('bond-updelay'),
      downDelayMs: this.#integer('bond-downdelay'),
      lacpRate: rate === null ? null : rate === '1' || rate === 'fast' ? 'fast' : 'slow',
      hashPolicy,
      primary: this.#words('bond-primary')[0] ?? null,
      minLinks: this.#integer('bond-min-links') ?? (minLinks?.kind === 'bond' ? minLinks.minLinks : null),
    }
  }

  #membership(link: LinkConfig): void {
    link.master = this.#value('bond-master')
    for (const { stanza } of this.#files.stanzas) {
      if (portsOf(stanza, 'bond-slaves').includes(this.#link)) link.master = stanza.name
      if (!portsOf(stanza, 'bridge-ports').includes(this.#link)) continue
      link.master = stanza.name
      link.port = this.#files.dialect === 'ifupdown2' ? this.#port2(stanza.name) : this.#port(stanza.name)
    }
  }

  #port(bridge: string): PortConfig | null {
    const reader = new LinkReader(this.#files, bridge)
    const commands = [...reader.#commands(), ...this.#commands()]
    return portVlans(commands, this.#link, reader.#bridge(reader.#commands()).defaultPvid)
  }

  #port2(bridge: string): PortConfig | null {
    const above = new LinkReader(this.#files, bridge)
    const access = this.#integer('bridge-access')
    if (access !== null) return { pvid: access, untagged: [access], tagged: [] }
    const vids = this.#value('bridge-vids') ?? above.#value('bridge-vids')
    const named = this.#integer('bridge-pvid') ?? above.#integer('bridge-pvid')
    const untagged = this.#boolean('bridge-allow-untagged')
    if (vids === null && named === null && untagged === null) return null
    const list = parseVlanList(vids ?? '')
    if (list === null) this.problems.push(`“bridge-vids ${(vids ?? '').slice(0, 40)}” is not understood`)
    const pvid = untagged === false ? null : (named ?? 1)
    return {
      pvid,
      untagged: pvid === null ? [] : [pvid],
      tagged: (list ?? []).filter((id) => id !== pvid),
    }
  }
}

export const kernelModes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const

const hashPolicies = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4'] as const

/** IPv4 first, otherwise in the order of the files. */
const familiesApart = <T extends { family: 'inet' | 'inet6' }>(all: readonly T[]): T[] => [
  ...all.filter(({ family }) => family === 'inet'),
  ...all.filter(({ family }) => family === 'inet6'),
]

/** What `bridge vlan` commands leave on a port that begins with the bridge's default. Null: there is none for it. */
export function portVlans(
  commands: readonly HookCommand[],
  port: string,
  defaultPvid: number | null,
): PortConfig | null {
  const own = commands.filter((command) => command.kind === 'port-vlan' && command.port === port && !command.self)
  if (own.length === 0) return null
  const first = defaultPvid ?? 1
  const untagged = new Set(first === 0 ? [] : [first])
  const tagged = new Set<number>()
  let pvid = first === 0 ? null : first
  for (const command of own) {
    if (command.kind !== 'port-vlan') continue
    for (let id = command.first; id <= command.last; id++) {
      untagged.delete(id)
      tagged.delete(id)
      if (pvid === id) pvid = null
      if (command.action === 'del') continue
      if (command.untagged) untagged.add(id)
      else tagged.add(id)
      if (command.pvid) pvid = id
    }
  }
  const ascending = (ids: Set<number>): number[] => [...ids].sort((a, b) => a - b)
  return { pvid, untagged: ascending(untagged), tagged: ascending(tagged) }
}
