import { err, type Result } from '../../kit/result.ts'
import { say, type Sentence } from '../sentences.ts'
import { rangesOf } from './ifupdown-ports.ts'
import { ethernet, keyfile, profileFolder, profilesOf, uuidOf } from './networkmanager-profiles.ts'
import { readProfiles } from './networkmanager-read.ts'
import { proved } from './proof.ts'
import { sameValue } from './same-link.ts'
import type { ConfigFile, FileChange, LinkChange, RuntimeLink } from '../back-end.ts'
import type { LinkConfig, PortConfig, RouteConfig } from '../model.ts'
import type { SectionText } from '../text/sections.ts'

/** The profiles after these changes; whatever reads back differently from what was wanted is refused. */
export function writeProfiles(
  files: readonly ConfigFile[],
  changes: readonly LinkChange[],
  runtime: readonly RuntimeLink[] = [],
): Result<FileChange[], Sentence> {
  const profiles = profilesOf(files, runtime)
  const { unreadable, links } = readProfiles(files, runtime)
  for (const { link, reason } of unreadable)
    if (changes.some(({ name }) => name === link)) return err(say('refuse.read-only', { link: link ?? '', reason }))
  const kindOf = (name: string): string =>
    (changes.find((one) => one.name === name)?.after ?? links.find((one) => one.name === name))?.kind ?? 'bridge'
  const made = changes.flatMap(({ name, after }): FileChange[] => {
    const profile = profiles.find(({ link }) => link === name)
    const before = files.find(({ path }) => path === profile?.path)?.content ?? null
    if (after === null) return profile === undefined ? [] : [{ path: profile.path, before, after: null, mode: 0o600 }]
    const current = links.find((link) => link.name === name) ?? null
    if (profile !== undefined && current?.kind === after.kind) {
      edit(profile.text, current, after, kindOf)
      const content = profile.text.toString()
      return content === before ? [] : [{ path: profile.path, before, after: content, mode: 0o600 }]
    }
    const path = profile?.path ?? freePath(name, files)
    return [{ path, before, after: newProfile(after, kindOf), mode: 0o600 }]
  })
  return proved('NetworkManager', (some) => readProfiles(some, runtime), files, changes.map(apart), made)
}

/** Each family has servers of its own, so the order between both cannot be said. */
function apart(change: LinkChange): LinkChange {
  const { after } = change
  if (after === null) return change
  const six = (server: string): boolean => server.includes(':')
  const { servers, domains } = after.dns
  const sorted = [...servers.filter((one) => !six(one)), ...servers.filter(six)]
  return { ...change, after: { ...after, dns: { servers: sorted, domains } } }
}

function freePath(name: string, files: readonly ConfigFile[]): string {
  const path = `${profileFolder}/${name}.nmconnection`
  return files.some((file) => file.path === path) ? `${profileFolder}/${name}-drawbridge.nmconnection` : path
}

const types = { nic: 'ethernet', bridge: 'bridge', bond: 'bond', vlan: 'vlan' } as const

function newProfile(after: LinkConfig, kindOf: (name: string) => string): string {
  const head = ['id', after.name, 'uuid', uuidOf(JSON.stringify(after)), 'type', types[after.kind]]
  const lines = head.flatMap((word, at) => (at % 2 === 0 ? [`${word}=${head[at + 1] ?? ''}`] : []))
  const text = keyfile(['[connection]', ...lines, `interface-name=${after.name}`, ''].join('\n'))
  if (after.kind === 'nic') text.addSection('ethernet', [])
  edit(text, null, after, kindOf)
  return text.toString()
}

function edit(text: SectionText, before: LinkConfig | null, after: LinkConfig, kindOf: (name: string) => string): void {
  const one = (section: string, key: string, value: string | number | boolean | null): void =>
    text.set(section, key, value === null ? [] : [String(value)])
  const differs = (key: keyof LinkConfig): boolean =>
    before === null || !sameValue({ value: before[key] }, { value: after[key] })
  if (differs('mac')) {
    if (after.kind === 'bridge') {
      one(ethernet(text), 'cloned-mac-address', null)
      one('bridge', 'mac-address', after.mac)
    } else one(ethernet(text), 'cloned-mac-address', after.mac)
  }
  if (differs('mtu')) one(ethernet(text), 'mtu', after.mtu)
  if (differs('master')) membership(text, after, kindOf)
  if (differs('port')) one('bridge-port', 'vlans', after.port === null ? null : vlansText(after.port))
  const { bridge, bond, vlan } = after
  if (bridge !== null && differs('bridge')) {
    const old = before?.bridge ?? null
    const keys = [
      ['stp', 'stp'],
      ['forwardDelaySeconds', 'forward-delay'],
      ['helloSeconds', 'hello-time'],
      ['maxAgeSeconds', 'max-age'],
      ['priority', 'priority'],
      ['ageingSeconds', 'ageing-time'],
      ['vlanFiltering', 'vlan-filtering'],
      ['defaultPvid', 'vlan-default-pvid'],
      ['multicastSnooping', 'multicast-snooping'],
    ] as const
    for (const [key, name] of keys) if (old?.[key] !== bridge[key]) one('bridge', name, bridge[key])
  }
  if (bond !== null && differs('bond')) {
    const keys = [
      ['mode', 'mode'],
      ['miimonMs', 'miimon'],
      ['upDelayMs', 'updelay'],
      ['downDelayMs', 'downdelay'],
      ['lacpRate', 'lacp_rate'],
      ['hashPolicy', 'xmit_hash_policy'],
      ['primary', 'primary'],
      ['minLinks', 'min_links'],
    ] as const
    for (const [key, name] of keys) if (before?.bond?.[key] !== bond[key]) one('bond', name, bond[key])
  }
  if (vlan !== null && differs('vlan')) {
    one('vlan', 'id', vlan.id)
    one('vlan', 'parent', vlan.parent)
  }
  if (['ipv4', 'ipv6', 'dns', 'routes', 'rules', 'master'].some((key) => differs(key as keyof LinkConfig)))
    for (const section of ['ipv4', 'ipv6'] as const) addressing(text, section, before, after)
}

function membership(text: SectionText, after: LinkConfig, kindOf: (name: string) => string): void {
  for (const [key, old] of [
    ['master', 'controller'],
    ['slave-type', 'port-type'],
  ] as const) {
    const name = text.last('connection', old) === null ? key : old
    const value = after.master === null ? null : key === 'master' ? after.master : kindOf(after.master)
    text.set('connection', name, value === null ? [] : [value])
    text.remove('connection', name === key ? old : key)
  }
  const gone = after.master === null || kindOf(after.master) !== 'bridge' ? 'bridge-port' : 'bond-port'
  while (text.count(gone) > 0) text.removeSection(gone, 0)
}

const owned =
  /^(method|gateway|route-metric|dhcp-client-id|dns|dns-search|addr(ess(es)?)?\d*|routes?\d*(_options)?|routing-rule\d*)$/

/** Writes a section's addressing; keys that say the same are not touched. */
function addressing(text: SectionText, section: 'ipv4' | 'ipv6', before: LinkConfig | null, after: LinkConfig): void {
  const wanted = after.master === null ? entriesOf(section, after) : new Map<string, string>()
  const same = before !== null && before.master === null && after.master === null
  const old = same ? entriesOf(section, before) : null
  // What the file says in a spelling of its own stays while its meaning does.
  if (old !== null && sameValue([...old], [...wanted])) return
  const present = text.sections.filter(({ name }) => name === section).flatMap(({ entries }) => entries)
  for (const { key } of present) if (owned.test(key) && !wanted.has(key)) text.remove(section, key)
  for (const [key, value] of wanted) text.set(section, key, [value])
  if (text.count(section) > 0 && text.sections.every(({ name, entries }) => name !== section || entries.length === 0))
    while (text.count(section) > 0) text.removeSection(section, 0)
}

function entriesOf(section: 'ipv4' | 'ipv6', link: LinkConfig): Map<string, string> {
  const entries = new Map<string, string>()
  const config = section === 'ipv4' ? link.ipv4 : link.ipv6
  const family = section === 'ipv4' ? 'inet' : 'inet6'
  const method =
    config.kind === 'static'
      ? 'manual'
      : config.kind === 'none'
        ? section === 'ipv4'
          ? 'disabled'
          : 'link-local'
        : section === 'ipv4'
          ? 'auto'
          : config.kind
  entries.set('method', method)
  if (config.kind !== 'none') config.addresses.forEach((cidr, at) => entries.set(`address${at + 1}`, cidr))
  if (config.kind === 'static' && config.gateway !== null) entries.set('gateway', config.gateway)
  if ('metric' in config && config.metric !== null) entries.set('route-metric', String(config.metric))
  if (config.kind === 'dhcp' && 'clientId' in config && typeof config.clientId === 'string')
    entries.set('dhcp-client-id', config.clientId)
  const six = section === 'ipv6'
  const servers = link.dns.servers.filter((server) => server.includes(':') === six)
  if (servers.length > 0) entries.set('dns', `${servers.join(';')};`)
  // With IPv4 alone or with both, the domains stand with IPv4.
  if (link.dns.domains.length > 0 && !six) entries.set('dns-search', `${link.dns.domains.join(';')};`)
  link.routes
    .filter((route) => route.family === family)
    .forEach((route, at) => {
      entries.set(`route${at + 1}`, routeText(route))
      const options = optionsText(route)
      if (options !== '') entries.set(`route${at + 1}_options`, options)
    })
  link.rules
    .filter((rule) => rule.family === family)
    .forEach((rule, at) => {
      const words = [
        ...(rule.priority === null ? [] : [`priority ${rule.priority}`]),
        `from ${rule.from ?? (six ? '::/0' : '0.0.0.0/0')}`,
        ...(rule.to === null ? [] : [`to ${rule.to}`]),
        `table ${rule.table}`,
      ]
      entries.set(`routing-rule${at + 1}`, words.join(' '))
    })
  return entries
}

function routeText(route: RouteConfig): string {
  const any = route.family === 'inet' ? '0.0.0.0/0' : '::/0'
  const to = route.destination === 'default' ? any : route.destination
  const via = route.gateway ?? (route.metric === null ? null : any.replace(/\/.*/, ''))
  return [to, ...(via === null ? [] : [via]), ...(route.metric === null ? [] : [route.metric])].join(',')
}

const optionsText = ({ onLink, source, table }: RouteConfig): string =>
  [
    ...(onLink ? ['onlink=true'] : []),
    ...(source === null ? [] : [`src=${source}`]),
    ...(table === null ? [] : [`table=${table}`]),
  ].join(',')

function vlansText(port: PortConfig): string {
  const lone = (ids: readonly number[]): string[] => rangesOf(ids.filter((id) => id !== port.pvid))
  const flag = port.pvid !== null && port.untagged.includes(port.pvid) ? ' pvid untagged' : ' pvid'
  return [
    ...(port.pvid === null ? [] : [`${port.pvid}${flag}`]),
    ...lone(port.untagged).map((ids) => `${ids} untagged`),
    ...lone(port.tagged),
  ].join(', ')
}
