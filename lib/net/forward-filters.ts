import type { ForwardingConfig } from './forwarding.ts'

/** A chain of somebody else that drops what is forwarded unless a rule of its own allows it. */
export interface ForwardFilter {
  /** Which packets it sees. */
  families: ('ipv4' | 'ipv6')[]
  /** As nft names it: `ip filter FORWARD`. */
  chain: string
  by: 'iptables' | 'nftables'
}

/** What the host says of who filters what it forwards. */
export interface ForwardSituation {
  filters: ForwardFilter[]
  firewalld: boolean
  ufw: boolean
  docker: boolean
  /** Are frames on bridges handed to these? */
  brNetfilter: { ipv4: boolean; ipv6: boolean }
  forwarding: { ipv4: boolean | null; ipv6: boolean | null }
  /** Bridges with a port, so that there is something to be dropped. */
  bridges: string[]
  /** Our rules are in force as they were saved; null: there are none. */
  inEffect: boolean | null
  /** The chain DRAWBRIDGE of iptables is called, per family. */
  passed: { ipv4: boolean; ipv6: boolean }
}

/** The text of `nft list chains`: chains at the forward hook that drop by default, our own left aside. */
export function dropFilters(nftChains: string, legacyDrops: { ipv4: boolean; ipv6: boolean }): ForwardFilter[] {
  const filters: ForwardFilter[] = []
  let table: { family: string; name: string } | null = null
  let chain = ''
  for (const line of nftChains.split('\n').slice(0, 100_000)) {
    const head = /^table (ip|ip6|inet|arp|bridge|netdev) (\S{1,128}) \{$/.exec(line)
    if (head !== null) table = { family: head[1] ?? '', name: head[2] ?? '' }
    chain = /^\tchain (\S{1,128}) \{$/.exec(line)?.[1] ?? chain
    if (table === null || !/^\t\ttype filter hook forward .*; policy drop;$/.test(line)) continue
    const { family, name } = table
    if (name === 'drawbridge' || !['ip', 'ip6', 'inet'].includes(family)) continue
    filters.push({
      families: family === 'ip' ? ['ipv4'] : family === 'ip6' ? ['ipv6'] : ['ipv4', 'ipv6'],
      chain: `${family} ${name} ${chain}`,
      by: family !== 'inet' && name === 'filter' && chain === 'FORWARD' ? 'iptables' : 'nftables',
    })
  }
  for (const family of ['ipv4', 'ipv6'] as const)
    if (legacyDrops[family])
      filters.push({
        families: [family],
        chain: family === 'ipv4' ? 'iptables-legacy filter FORWARD' : 'ip6tables-legacy filter FORWARD',
        by: 'iptables',
      })
  return filters
}

export interface ForwardWarning {
  code: 'bridged-dropped' | 'routed-dropped' | 'firewalld' | 'not-in-effect' | 'forwarding-off'
  family: 'ipv4' | 'ipv6' | null
  severity: 'note' | 'warning'
  text: string
  /** Ways that work, best first. */
  fixes: ForwardFix[]
}

export interface ForwardFix {
  /**
   * `pass`: rules of ours where the drop is, by `PUT …/forwarding`. `bypass`: frames on bridges bypass the firewall, by
   * the check `br-netfilter` of `POST …/prepare`. `apply`: load what was saved again. `commands`: for a person to run.
   */
  kind: 'pass' | 'bypass' | 'apply' | 'commands'
  text: string
  commands: string[]
}

const familyName = { ipv4: 'IPv4', ipv6: 'IPv6' } as const

/** What keeps VMs from being reached, per family, each with the ways out that really work there. */
export function forwardWarnings(situation: ForwardSituation, config: ForwardingConfig): ForwardWarning[] {
  const warnings: ForwardWarning[] = []
  if (situation.inEffect === false)
    warnings.push({
      code: 'not-in-effect',
      family: null,
      severity: 'warning',
      text: 'The rules that were saved are not loaded: another tool flushed them, perhaps.',
      fixes: [{ kind: 'apply', text: 'Load them again.', commands: ['systemctl restart drawbridge-forwarding'] }],
    })
  for (const family of ['ipv4', 'ipv6'] as const) {
    const drops = situation.filters.filter(({ families }) => families.includes(family))
    const isRouted = needsRouting(config, family)
    if (isRouted && situation.forwarding[family] === false)
      warnings.push({
        code: 'forwarding-off',
        family,
        severity: 'warning',
        text: `The kernel does not forward ${familyName[family]}, so NAT and port forwards do nothing.`,
        fixes: [{ kind: 'apply', text: 'Switch it on again.', commands: ['systemctl restart drawbridge-forwarding'] }],
      })
    if (drops.length === 0) continue
    const passes = config.passFirewall && situation.passed[family] && drops.every(({ by }) => by === 'iptables')
    const unpassed = situation.bridges.filter((bridge) => !(passes && config.passBridged.includes(bridge)))
    if (situation.brNetfilter[family] && unpassed.length > 0)
      warnings.push(bridgedWarning(situation, family, drops, unpassed))
    if (isRouted && !passes) warnings.push(routedWarning(situation, family, drops))
  }
  if (situation.firewalld) warnings.push(firewalldNote(situation))
  return warnings
}

const needsRouting = ({ nat, ports }: ForwardingConfig, family: 'ipv4' | 'ipv6'): boolean =>
  [...nat.map(({ subnet }) => subnet), ...ports.map(({ address }) => address)].some(
    (text) => text.includes(':') === (family === 'ipv6'),
  )

const chainsOf = (drops: readonly ForwardFilter[]): string => drops.map(({ chain }) => chain).join(', ')

function ownerOf({ docker, ufw }: ForwardSituation): string {
  if (docker && ufw) return ' (Docker and ufw run here)'
  return docker ? ' (Docker runs here)' : ufw ? ' (ufw runs here)' : ''
}

function bridgedWarning(
  situation: ForwardSituation,
  family: 'ipv4' | 'ipv6',
  drops: readonly ForwardFilter[],
  bridges: readonly string[],
): ForwardWarning {
  return {
    code: 'bridged-dropped',
    family,
    severity: 'warning',
    text: `br_netfilter hands the frames on bridges to the firewall, and ${chainsOf(drops)} drops ${familyName[family]} unless a rule allows it${ownerOf(situation)}. VMs on ${bridges.join(', ')} get no ${familyName[family]} traffic.`,
    fixes: fixesOf(situation, drops, bridges),
  }
}

function routedWarning(
  situation: ForwardSituation,
  family: 'ipv4' | 'ipv6',
  drops: readonly ForwardFilter[],
): ForwardWarning {
  return {
    code: 'routed-dropped',
    family,
    severity: 'warning',
    text: `${chainsOf(drops)} drops forwarded ${familyName[family]} unless a rule allows it${ownerOf(situation)}: NAT and port forwards get nothing through.`,
    fixes: fixesOf(situation, drops, null),
  }
}

/** @param bridges whose frames are dropped; null: it is routed traffic, which nothing can bypass */
function fixesOf(
  { docker, ufw }: ForwardSituation,
  drops: readonly ForwardFilter[],
  bridges: readonly string[] | null,
): ForwardFix[] {
  const fixes: ForwardFix[] = []
  if (drops.every(({ by }) => by === 'iptables'))
    fixes.push({
      kind: 'pass',
      text: `Let it through by a chain of our own, called from ${docker ? 'DOCKER-USER, which Docker leaves alone' : 'FORWARD'}, again after each boot.`,
      commands: [],
    })
  if (ufw && bridges !== null)
    fixes.push({
      kind: 'commands',
      text: 'Or tell ufw itself, which keeps it, for IPv4 and IPv6.',
      commands: bridges.map((bridge) => `ufw route allow in on ${bridge} out on ${bridge}`),
    })
  const native = drops.find(({ by }) => by === 'nftables')
  if (native !== undefined)
    fixes.push({
      kind: 'commands',
      text: `An accept in a table of ours can’t overrule the drop in ${native.chain}; the rule must stand in that table. Write it into the file that makes the table, too.`,
      commands: (bridges ?? ['BRIDGE']).map((bridge) => {
        const rule = bridges === null ? `iifname "${bridge}" accept` : `iifname "${bridge}" oifname "${bridge}" accept`
        return `nft insert rule ${native.chain} ${rule}`
      }),
    })
  if (bridges !== null && !docker)
    fixes.push({
      kind: 'bypass',
      text: 'Or let frames on bridges bypass the firewall altogether, which is faster too.',
      commands: [
        'sysctl net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0',
      ],
    })
  return fixes
}

function firewalldNote({ bridges, brNetfilter }: ForwardSituation): ForwardWarning {
  const isBridged = brNetfilter.ipv4 || brNetfilter.ipv6
  return {
    code: 'firewalld',
    family: null,
    severity: 'note',
    text: `firewalld decides what is forwarded${isBridged ? ', frames on bridges included' : ''}, and Drawbridge’s table can’t overrule it.`,
    fixes: [
      {
        kind: 'commands',
        text: 'Put the bridges into a zone that forwards.',
        commands: bridges.flatMap((bridge) => [
          `firewall-cmd --permanent --zone=trusted --add-interface=${bridge}`,
          `firewall-cmd --zone=trusted --add-interface=${bridge}`,
        ]),
      },
    ],
  }
}
