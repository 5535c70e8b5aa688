import { linesOf, oursOf, sectionOf, valuesOf, type Answer } from './answer.ts'
import type { NetworkFacts } from './facts.ts'
import { parseServices } from './parse-services.ts'

/** Who filters, and is what a bridge forwards dropped unless a rule allows it. */
export function parseFirewall(answer: Answer): NetworkFacts['firewall'] {
  const service = parseServices(answer)
  const nft = parseChains(linesOf(sectionOf(answer, 'firewall')))
  const nftKnown = sectionOf(answer, 'firewall').code === 0
  const legacy = linesOf(sectionOf(answer, 'legacy-firewall'))
  const legacyDrops = (family: string) => {
    const from = legacy.indexOf(`family=${family}`)
    return from >= 0 && legacy[from + 1] === '-P FORWARD DROP'
  }
  const drops = (family: 'ip' | 'ip6'): boolean | null => {
    if (nft.some((chain) => chain.dropsForward && (chain.family === family || chain.family === 'inet'))) return true
    if (legacyDrops(family)) return true
    return nftKnown || legacy.length > 0 ? false : null
  }
  const isUfw = service('ufw.service').active === 'active' && /^ENABLED=yes$/m.test(sectionOf(answer, 'ufw').text)
  const kind = () => {
    if (service('firewalld.service').active === 'active') return 'firewalld'
    if (isUfw) return 'ufw'
    if (legacy.length > 0 || nft.some((chain) => chain.isIptables)) return 'iptables'
    if (nft.length > 0) return 'nftables'
    return nftKnown ? 'none' : 'unknown'
  }
  return {
    kind: kind(),
    forwardDropIpv4: drops('ip'),
    forwardDropIpv6: drops('ip6'),
    docker: service('docker.service').active === 'active' || nft.some((chain) => chain.name.startsWith('DOCKER')),
  }
}

interface Chain {
  family: string
  name: string
  /** Made by iptables-nft, which writes its built-in chains in capitals. */
  isIptables: boolean
  dropsForward: boolean
}

/** The plain text of `nft list chains`, which all builds of nft have; JSON is left out of some. */
function parseChains(lines: readonly string[]): Chain[] {
  const chains: Chain[] = []
  let family = ''
  let chain: Chain | null = null
  for (const line of lines) {
    const table = /^table (ip|ip6|inet|arp|bridge|netdev) (\S{1,128}) \{$/.exec(line)
    const head = /^\tchain (\S{1,128}) \{$/.exec(line)
    if (table !== null) family = table[1] ?? ''
    else if (head !== null) {
      const name = head[1] ?? ''
      chain = { family, name, isIptables: /^(INPUT|FORWARD|OUTPUT|DOCKER.*)$/.test(name), dropsForward: false }
      chains.push(chain)
    } else if (chain !== null && /^\t\ttype filter hook forward .*; policy drop;$/.test(line)) chain.dropsForward = true
  }
  return chains
}

const switchOf = (value: string | undefined): boolean | null =>
  value === undefined ? null : value.trim() === '1' ? true : value.trim() === '0' ? false : null

export function parseSwitches(answer: Answer): Pick<NetworkFacts, 'brNetfilter' | 'forwarding'> {
  const values = valuesOf(sectionOf(answer, 'values'))
  const callsOf = (name: string) => switchOf(values.get(`/proc/sys/net/bridge/bridge-nf-call-${name}`))
  return {
    brNetfilter: {
      loaded: oursOf(answer).has('module', 'br_netfilter') || callsOf('iptables') !== null,
      ipv4: callsOf('iptables'),
      ipv6: callsOf('ip6tables'),
      arp: callsOf('arptables'),
    },
    forwarding: {
      ipv4: switchOf(values.get('/proc/sys/net/ipv4/ip_forward')),
      ipv6: switchOf(values.get('/proc/sys/net/ipv6/conf/all/forwarding')),
    },
  }
}
