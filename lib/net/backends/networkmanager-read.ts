import { blankLink, bondModes } from '../model.ts'
import { parseAddress, parseCidr, parseMac } from '../names.ts'
import { ethernet, listOf, numbered, profileFolder, profilesOf, type Profile } from './networkmanager-profiles.ts'
import type { ConfigFile, Configured, RuntimeLink } from '../back-end.ts'
import type { BondConfig, LinkConfig, PortConfig, RouteConfig, RuleConfig } from '../model.ts'

/** What the profiles say. A NIC without one has NetworkManager's automatic one, of which no file tells. */
export function readProfiles(files: readonly ConfigFile[], runtime: readonly RuntimeLink[] = []): Configured {
  const profiles = profilesOf(files, runtime)
  const links: LinkConfig[] = []
  const sources: Record<string, string[]> = {}
  const unreadable: Configured['unreadable'] = []
  for (const profile of profiles) {
    const { link, path } = profile
    if (link === null) continue
    const refuse = (reason: string) => unreadable.push({ link, path, reason })
    if (sources[link] !== undefined) {
      refuse('it has two profiles')
      continue
    }
    sources[link] = [path]
    const problems: string[] = []
    links.push(linkConfig(profile, profiles, problems))
    problems.forEach(refuse)
    if (/\/netplan-[^/]*$/.test(path)) refuse('netplan makes this profile')
    else if (!path.startsWith(`${profileFolder}/`))
      refuse('its profile is made anew at each boot or belongs to a package')
  }
  return { links, sources, unreadable }
}

export function linkConfig(profile: Profile, all: readonly Profile[], problems: string[]): LinkConfig {
  const { text } = profile
  const link = blankLink(profile.link ?? '', profile.kind ?? 'nic')
  const said = (section: string, key: string): number | null => {
    const value = text.last(section, key)
    if (value === null || value === '') return null
    if (/^-?\d+$/.test(value)) return Number(value)
    problems.push(`“${key}=${value.slice(0, 40)}” is not understood`)
    return null
  }
  const truth = (section: string, key: string): boolean | null => {
    const value = text.last(section, key)
    return value === null ? null : /^(true|yes|on|1)$/i.test(value)
  }
  const mac = text.last(ethernet(text), 'cloned-mac-address') ?? text.last('bridge', 'mac-address') ?? ''
  const parsed = parseMac(mac)
  link.mac = parsed.ok ? parsed.value : null
  const mtu = said(ethernet(text), 'mtu')
  link.mtu = mtu === 0 ? null : mtu
  const above = text.last('connection', 'controller') ?? text.last('connection', 'master')
  link.master = above === null || above === '' ? null : named(above, all)
  if (link.master === null) addressing(profile, link, problems)
  if (profile.kind === 'bridge')
    link.bridge = {
      stp: truth('bridge', 'stp'),
      forwardDelaySeconds: said('bridge', 'forward-delay'),
      helloSeconds: said('bridge', 'hello-time'),
      maxAgeSeconds: said('bridge', 'max-age'),
      priority: said('bridge', 'priority'),
      ageingSeconds: said('bridge', 'ageing-time'),
      vlanFiltering: truth('bridge', 'vlan-filtering'),
      defaultPvid: said('bridge', 'vlan-default-pvid'),
      multicastSnooping: truth('bridge', 'multicast-snooping'),
    }
  const vlans = text.last('bridge-port', 'vlans')
  if (vlans !== null) link.port = portOf(vlans, problems)
  if (profile.kind === 'vlan') {
    const id = said('vlan', 'id')
    const parent = text.last('vlan', 'parent')
    if (id === null || parent === null) problems.push('its VLAN is not understood')
    link.vlan = { parent: named(parent ?? '', all), id: id ?? 1 }
  }
  if (profile.kind === 'bond') link.bond = bondOf(text.last('bond', 'mode') ?? 'balance-rr')
  return link

  function bondOf(written: string): BondConfig {
    const mode = bondModes.find((one) => one === written) ?? numberedModes[Number(written)]
    if (mode === undefined) problems.push(`the bond mode ${written.slice(0, 40)} is not understood`)
    const rate = text.last('bond', 'lacp_rate')
    const policy = text.last('bond', 'xmit_hash_policy')
    const hashPolicy = hashPolicies.find((one) => one === policy) ?? null
    if (policy !== null && hashPolicy === null) problems.push('its hash policy is not understood')
    return {
      mode: mode ?? 'balance-rr',
      miimonMs: said('bond', 'miimon'),
      upDelayMs: said('bond', 'updelay'),
      downDelayMs: said('bond', 'downdelay'),
      lacpRate: rate === null ? null : rate === 'fast' || rate === '1' ? 'fast' : 'slow',
      hashPolicy,
      primary: text.last('bond', 'primary'),
      minLinks: said('bond', 'min_links'),
    }
  }
}

const numberedModes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const
const hashPolicies = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4'] as const

/** A link, where the file has its name or the UUID of its profile. */
const named = (text: string, all: readonly Profile[]): string =>
  all.find(({ uuid }) => uuid !== null && uuid === text)?.link ?? text

function addressing({ text }: Profile, link: LinkConfig, problems: string[]): void {
  for (const section of ['ipv4', 'ipv6'] as const) {
    const method = text.last(section, 'method') ?? 'auto'
    let gateway = parseAddress(text.last(section, 'gateway') ?? '')?.text ?? null
    const addresses = numbered(text, section, 'address(?:es)?').flatMap(({ value }) => {
      const [cidr = '', via] = value.split(',')
      if (via !== undefined) gateway ??= parseAddress(via)?.text ?? null
      const whole = parseCidr(cidr)
      if (whole === null) problems.push(`“${value.slice(0, 60)}” is no address with a prefix`)
      return whole === null ? [] : [whole.text]
    })
    const written = text.last(section, 'route-metric')
    const metric = written === null || written === '-1' ? null : Number(written)
    if (!['auto', 'manual', 'dhcp', 'disabled', 'ignore', 'link-local'].includes(method))
      problems.push(`the method ${method.slice(0, 40)} is not understood`)
    if (section === 'ipv4') {
      const clientId = text.last('ipv4', 'dhcp-client-id')
      if (method === 'auto') link.ipv4 = { kind: 'dhcp', clientId, metric, addresses }
      else if (method === 'manual') link.ipv4 = { kind: 'static', addresses, gateway, metric }
    } else if (method === 'auto' || method === 'dhcp') link.ipv6 = { kind: method, addresses }
    else if (method === 'manual') link.ipv6 = { kind: 'static', addresses, gateway, metric }
    for (const { key, value } of numbered(text, section, 'routes?')) {
      const route = routeOf(value, text.last(section, `${key}_options`) ?? '')
      if (route === null) problems.push(`the route “${value.slice(0, 60)}” is not understood`)
      else link.routes.push({ ...route, family: section === 'ipv4' ? 'inet' : 'inet6' })
    }
    for (const { value } of numbered(text, section, 'routing-rule')) {
      const rule = ruleOf(value, section === 'ipv4' ? 'inet' : 'inet6')
      if (rule === null) problems.push(`the rule “${value.slice(0, 60)}” is not understood`)
      else link.rules.push(rule)
    }
    link.dns.servers.push(...listOf(text.last(section, 'dns')).map((one) => parseAddress(one)?.text ?? one))
    for (const domain of listOf(text.last(section, 'dns-search')))
      if (!link.dns.domains.includes(domain)) link.dns.domains.push(domain)
  }
}

function routeOf(value: string, options: string): RouteConfig | null {
  const [to = '', via = '', metric = ''] = value.split(',').map((part) => part.trim())
  const network = parseCidr(to)
  if (network === null) return null
  const words = new Map(
    options.split(',').flatMap((part) => (part === '' ? [] : [part.split('=') as [string, string]])),
  )
  for (const word of words.keys()) if (!['table', 'src', 'onlink'].includes(word)) return null
  const gateway = parseAddress(via)
  const table = words.get('table')
  return {
    destination: network.prefix === 0 ? 'default' : network.network,
    family: network.family,
    gateway: gateway === null || /^(0\.0\.0\.0|::)$/.test(gateway.text) ? null : gateway.text,
    metric: metric === '' ? null : Number(metric),
    table: table === undefined || table === '254' ? null : Number(table),
    source: parseAddress(words.get('src') ?? '')?.text ?? null,
    onLink: words.get('onlink') === 'true',
  }
}

function ruleOf(value: string, family: 'inet' | 'inet6'): RuleConfig | null {
  const rule: RuleConfig = { family, priority: null, from: null, to: null, table: 254 }
  const words = value.trim().split(/\s+/)
  for (let at = 0; at < words.length; at += 2) {
    const [word, argument] = [words[at] ?? '', words[at + 1]]
    if (argument === undefined) return null
    if (/^(priority|pref|order)$/.test(word)) rule.priority = Number(argument)
    else if (/^(table|lookup)$/.test(word)) rule.table = argument === 'main' ? 254 : Number(argument)
    else if (word === 'from') rule.from = /^(all|0\.0\.0\.0\/0|::\/0)$/.test(argument) ? null : argument
    else if (word === 'to') rule.to = /^(all|0\.0\.0\.0\/0|::\/0)$/.test(argument) ? null : argument
    else return null
  }
  return Number.isInteger(rule.table) ? rule : null
}

function portOf(text: string, problems: string[]): PortConfig {
  const port: PortConfig = { pvid: null, untagged: [], tagged: [] }
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue
    const [range = '', ...flags] = part.split(/\s+/)
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? []
    if (first === undefined) problems.push(`the VLANs “${part.slice(0, 40)}” are not understood`)
    for (let id = Number(first); id <= Number(last ?? first) && id <= 4094; id++) {
      if (flags.includes('pvid')) port.pvid = id
      ;(flags.includes('untagged') ? port.untagged : port.tagged).push(id)
    }
  }
  port.untagged.sort((a, b) => a - b)
  port.tagged.sort((a, b) => a - b)
  return port
}
