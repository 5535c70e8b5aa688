import type { FieldError } from '../kit/problem.ts'
import { isInside, parseAddress, parseCidr, subnetText } from './subnet.ts'

/** What a host forwards, translates and keeps apart for Drawbridge; nothing here ever touches what goes to the host itself. */
export interface ForwardingConfig {
  /** Subnets behind a bridge that leave with the host's own address. */
  nat: NatRule[]
  /** Ports of the host that lead to a VM. */
  ports: PortRule[]
  /** Pairs of bridges between which nothing is forwarded. */
  isolated: { a: string; b: string }[]
  /** Bridges whose own frames, from port to port, another firewall must let through. */
  passBridged: string[]
  /** Rules for `passBridged`, `nat` and `ports` in the firewall that drops (iptables, Docker, ufw). */
  passFirewall: boolean
}

export interface NatRule {
  bridge: string
  subnet: string
  /** Null: whichever link the route takes. */
  uplink: string | null
}

export interface PortRule {
  protocol: 'tcp' | 'udp'
  port: number
  /** Where it comes in; null: on any link. */
  uplink: string | null
  address: string
  toPort: number
}

export const noForwarding: ForwardingConfig = {
  nat: [],
  ports: [],
  isolated: [],
  passBridged: [],
  passFirewall: false,
}

export const isNothing = ({ nat, ports, isolated, passBridged }: ForwardingConfig): boolean =>
  nat.length + ports.length + isolated.length + passBridged.length === 0

export interface ForwardingLinks {
  links: readonly { name: string; kind: string; addresses: readonly { address: string; prefix: number }[] }[]
  /** Ports at which the host is administered: never to be led elsewhere. */
  managementPorts: readonly number[]
}

// Also what may stand between the quotes of an nft string and in an iptables-restore line.
const isLinkName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(name)

/** Why it can't be, with the field that is wrong; empty when it can. */
export function checkForwarding(config: ForwardingConfig, { links, managementPorts }: ForwardingLinks): FieldError[] {
  const errors: FieldError[] = []
  const wrong = (field: string, message: string) => errors.push({ field, message })
  const linkProblem = (name: string, kind: 'bridge' | 'link'): string | null => {
    const link = links.find((one) => one.name === name)
    if (!isLinkName(name) || link === undefined) return `The host has no ${kind} named ${name}.`
    return kind === 'bridge' && link.kind !== 'bridge' ? `${name} is no bridge.` : null
  }
  const check = (field: string, name: string | null, kind: 'bridge' | 'link'): boolean => {
    const problem = name === null ? null : linkProblem(name, kind)
    if (problem !== null) wrong(field, problem)
    return problem === null
  }
  for (const [index, { bridge, subnet, uplink }] of config.nat.entries()) {
    const at = `nat.${index}`
    check(`${at}.uplink`, uplink, 'link')
    if (uplink === bridge) wrong(`${at}.uplink`, 'NAT leaves by another link than the bridge itself.')
    if (!check(`${at}.bridge`, bridge, 'bridge')) continue
    const parsed = parseCidr(subnet)
    if (parsed === null || parsed.subnet.prefix === 0) {
      wrong(`${at}.subnet`, `“${subnet}” is no network, like 10.20.0.0/24.`)
      continue
    }
    const own = links.find(({ name }) => name === bridge)?.addresses ?? []
    const isGateway = own.some(({ address }) => {
      const parsedOwn = parseAddress(address)
      return parsedOwn !== null && isInside(parsed.subnet, parsedOwn)
    })
    if (!isGateway)
      wrong(
        `${at}.subnet`,
        `The host has no address of ${subnetText(parsed.subnet)} on ${bridge}, so it is no way out.`,
      )
  }
  const seen = new Set<string>()
  for (const [index, { protocol, port, uplink, address, toPort }] of config.ports.entries()) {
    const at = `ports.${index}`
    check(`${at}.uplink`, uplink, 'link')
    for (const [field, number] of [
      ['port', port],
      ['toPort', toPort],
    ] as const)
      if (!Number.isInteger(number) || number < 1 || number > 65_535) wrong(`${at}.${field}`, 'Ports are 1–65535.')
    if (protocol === 'tcp' && managementPorts.includes(port))
      wrong(`${at}.port`, `Port ${port} is how this host is administered; it can’t lead to a VM.`)
    const target = parseAddress(address)
    if (target === null) wrong(`${at}.address`, `“${address}” is no address.`)
    const key = `${protocol}/${port}/${uplink ?? ''}/${target?.family ?? ''}`
    if (seen.has(key)) wrong(`${at}.port`, `${protocol} ${port} leads elsewhere already.`)
    seen.add(key)
  }
  for (const [index, { a, b }] of config.isolated.entries()) {
    check(`isolated.${index}.a`, a, 'bridge')
    check(`isolated.${index}.b`, b, 'bridge')
    if (a === b) wrong(`isolated.${index}.b`, 'A bridge can’t be kept apart from itself here; isolate its ports.')
  }
  for (const [index, bridge] of config.passBridged.entries()) check(`passBridged.${index}`, bridge, 'bridge')
  return errors
}

const familyWord = (family: 'ipv4' | 'ipv6') => (family === 'ipv4' ? 'ip' : 'ip6')

/**
 * Our table as `nft -f` takes it: the old one goes and the new one comes in one transaction. No base chain of it is on
 * the way to the host itself. @param mark names this content, so that one can see whether it is what is loaded
 */
export function tableText(config: ForwardingConfig, mark: string): string {
  const gone = 'table inet drawbridge\ndelete table inet drawbridge\n'
  if (isNothing(config)) return gone
  const prerouting = config.ports.map(({ protocol, port, uplink, address, toPort }) => {
    const family = parseAddress(address)?.family ?? 'ipv4'
    const target = family === 'ipv4' ? `${address}:${toPort}` : `[${address}]:${toPort}`
    const where = uplink === null ? '' : `iifname "${uplink}" `
    return `${where}fib daddr type local ${protocol} dport ${port} dnat ${familyWord(family)} to ${target}`
  })
  const postrouting = config.nat.map(({ bridge, subnet, uplink }) => {
    const parsed = parseCidr(subnet)?.subnet
    const word = familyWord(parsed?.family ?? 'ipv4')
    const net = parsed === undefined ? subnet : subnetText(parsed)
    const out = uplink === null ? `oifname != "${bridge}"` : `oifname "${uplink}"`
    return `${word} saddr ${net} ${word} daddr != ${net} ${out} masquerade`
  })
  const forward = config.isolated.flatMap(({ a, b }) => [
    `iifname "${a}" oifname "${b}" drop`,
    `iifname "${b}" oifname "${a}" drop`,
  ])
  const chain = (name: string, head: string, rules: readonly string[]) =>
    rules.length === 0 ? '' : `  chain ${name} {\n    ${head}\n${rules.map((rule) => `    ${rule}\n`).join('')}  }\n`
  return `${gone}table inet drawbridge {
  chain ${mark} {
  }
${chain('prerouting', 'type nat hook prerouting priority dstnat; policy accept;', prerouting)}${chain(
    'postrouting',
    'type nat hook postrouting priority srcnat; policy accept;',
    postrouting,
  )}${chain('forward', 'type filter hook forward priority filter; policy accept;', forward)}}
`
}

/**
 * The chain DRAWBRIDGE for `iptables-restore --noflush`, of one family; empty when nothing is to be let through. It is
 * needed because an accept in one table never overrules a drop in another.
 */
export function iptablesText(config: ForwardingConfig, family: 'ipv4' | 'ipv6'): string {
  if (!config.passFirewall) return ''
  const bridged = config.passBridged.map((bridge) => `-i ${bridge} -o ${bridge} -j ACCEPT`)
  const nat = config.nat
    .filter(({ subnet }) => parseCidr(subnet)?.subnet.family === family)
    .flatMap(({ bridge, uplink }) => [
      `-i ${bridge} ${uplink === null ? `! -o ${bridge}` : `-o ${uplink}`} -j ACCEPT`,
      `-o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    ])
  const ports = config.ports
    .filter(({ address }) => parseAddress(address)?.family === family)
    .flatMap(({ protocol, address, toPort }) => [
      `-d ${address} -p ${protocol} --dport ${toPort} -m conntrack --ctstate DNAT -j ACCEPT`,
      `-s ${address} -p ${protocol} --sport ${toPort} -m conntrack --ctstate ESTABLISHED -j ACCEPT`,
    ])
  const rules = [...bridged, ...nat, ...ports]
  if (rules.length === 0) return ''
  return `*filter\n:DRAWBRIDGE - [0:0]\n${rules.map((rule) => `-A DRAWBRIDGE ${rule}\n`).join('')}COMMIT\n`
}

/** Kernel settings that NAT and port forwards need. @param routers links that learn their IPv6 gateway by itself */
export function sysctlText(config: ForwardingConfig, routers: readonly string[]): string {
  const families = new Set([
    ...config.nat.map(({ subnet }) => parseCidr(subnet)?.subnet.family),
    ...config.ports.map(({ address }) => parseAddress(address)?.family),
  ])
  const lines = [
    ...(families.has('ipv4') ? ['net.ipv4.ip_forward = 1'] : []),
    // A kernel that forwards IPv6 forgets the gateways it was told of, unless accept_ra is 2 before.
    ...(families.has('ipv6')
      ? [
          ...routers.filter(isLinkName).map((link) => `net/ipv6/conf/${link}/accept_ra = 2`),
          'net.ipv6.conf.all.forwarding = 1',
        ]
      : []),
  ]
  return lines.length === 0
    ? ''
    : `# Written by Drawbridge, with /etc/drawbridge/forwarding.nft.\n${lines.join('\n')}\n`
}
