import { candidate, type Step } from '../change.ts'
import { attempt, rawSteps, type RawSteps } from './raw-steps.ts'
import type { LinkChange, RuntimeLink, Transition } from '../back-end.ts'
import type { LinkConfig } from '../model.ts'
import type { Dialect } from './ifupdown-files.ts'

const stateFile = '/run/network/ifstate'

export function checkInterfaces({ files }: Transition, dialect: Dialect): Step[] {
  if (dialect === 'ifupdown2') return []
  return files
    .filter(({ after }) => after !== null)
    .map(({ path }) => ({
      kind: 'run',
      argv: ['ifquery', '-i', `${candidate}${path}`, '--list', '-a'],
      timeoutSeconds: 20,
    }))
}

/**
 * Everything with iproute2, then the files and what the tool remembers: ifdown and ifup lose 17 pings at 10 ms, and
 * `ifreload -a` throws VM ports out of bridges even when nothing changed.
 */
export function applyInterfaces({ changes, now }: Transition, dialect: Dialect): Step[] {
  const raw = rawSteps(changes, now)
  return [
    ...batch(raw.create),
    ...(dialect === 'ifupdown' ? changes.flatMap(advertisements) : []),
    ...changes.flatMap((change) => ipv6Again(change, now)),
    ...batch(raw.up),
    ...leaseFiles(raw),
    ...batch(raw.move),
    ...raw.tidy,
    ...clients(changes, raw, dialect),
    { kind: 'files' },
    ...remembered(changes, dialect),
    ...changes.flatMap(resolvers),
  ]
}

export function undoInterfaces({ changes, now }: Transition, dialect: Dialect): Step[] {
  const back = changes.map(({ name, before, after }) => ({ name, before: after, after: before })).toReversed()
  const raw = rawSteps(back, halfWay(changes, now))
  const leases = clients(back, raw, dialect)
  return [
    ...each(raw.create),
    ...each(raw.up),
    ...back.flatMap((change) => ipv6Again(change, halfWay(changes, now))),
    ...each(changes.flatMap((change) => putBack(change, now))),
    ...each(raw.move),
    ...raw.tidy,
    ...leases.map((step): Step => (step.kind === 'run' ? { ...step, mayFail: true } : step)),
    ...remembered(back, dialect),
    ...back.flatMap(resolvers),
  ]
}

const batch = (lines: string[]): Step[] => (lines.length === 0 ? [] : [{ kind: 'ip', lines }])

const each = (lines: readonly string[]): Step[] =>
  [...new Set(lines)].map((line) => attempt(['ip', ...line.split(' ')]))

/** What is there once the change was made, as far as the way back depends on it. */
function halfWay(changes: readonly LinkChange[], now: readonly RuntimeLink[]): RuntimeLink[] {
  return now.flatMap((link): RuntimeLink[] => {
    const change = changes.find(({ name }) => name === link.name)
    if (change === undefined) return [link]
    if (change.after === null && change.before?.kind !== 'nic') return []
    // An address that is already back must not keep the line that would put it back from being there.
    return [{ ...link, addresses: [], master: change.after?.master ?? null }]
  })
}

/** Addresses and routes as the kernel had them, those of DHCP too: the lease is asked for again afterwards. */
function putBack({ name, before }: LinkChange, now: readonly RuntimeLink[]): string[] {
  const link = now.find((one) => one.name === name)
  if (link === undefined) return []
  const master = link.master === null ? (before === null ? [] : [`link set ${name} nomaster`]) : []
  return [
    ...master,
    `link set ${name} ${link.up ? 'up' : 'down'}`,
    `link set ${name} mtu ${link.mtu}`,
    ...(link.mac === null ? [] : [`link set ${name} address ${link.mac}`]),
    ...link.addresses.map(({ cidr }) => `addr replace ${cidr} dev ${name}${cidr.includes(':') ? ' nodad' : ''}`),
    ...link.routes
      // ifupdown2 says of its gateways that they are the kernel's.
      .filter(({ protocol, gateway }) => protocol !== 'ra' && (protocol !== 'kernel' || gateway !== null))
      .map(({ family, destination, gateway, metric, table, source }) => {
        const to = destination === 'default' && family === 'inet6' ? '::/0' : destination
        return (
          `route replace ${to}${gateway === null ? '' : ` via ${gateway}`} dev ${name}` +
          (source === null ? '' : ` src ${source}`) +
          (metric === null || metric === 0 ? '' : ` metric ${metric}`) +
          (table === 'main' || table === '254' ? '' : ` table ${table}`)
        )
      }),
  ]
}

/** As ifup would set them, before the link comes up. */
function advertisements({ name, before, after }: LinkChange): Step[] {
  if (after === null || after.ipv6.kind === 'none' || after.ipv6.kind === before?.ipv6.kind) return []
  const [accept, auto] = { auto: [2, 1], dhcp: [1, 0], static: [0, 0] }[after.ipv6.kind]
  return [
    attempt(['sysctl', '-q', '-w', `net/ipv6/conf/${name}/accept_ra=${accept}`]),
    attempt(['sysctl', '-q', '-w', `net/ipv6/conf/${name}/autoconf=${auto}`]),
  ]
}

/** ifupdown2 switches IPv6 off on ports, bridge-utils takes their link-local address: both last beyond the bridge. */
function ipv6Again({ name, after }: LinkChange, now: readonly RuntimeLink[]): Step[] {
  const master = now.find((link) => link.name === name)?.master ?? null
  if (after === null || after.master !== null || master === null) return []
  return [
    attempt(['sysctl', '-q', '-w', `net/ipv6/conf/${name}/disable_ipv6=0`]),
    attempt(['ip', 'link', 'set', 'dev', name, 'addrgenmode', 'eui64']),
  ]
}

const leasePath = (link: string, six: boolean): string => `/var/lib/dhcp/dhclient${six ? '6' : ''}.${link}.leases`

/** The lease and the DUID go along, else the server would see another client and might give another address. */
function leaseFiles({ lease }: RawSteps): Step[] {
  if (lease === null) return []
  const { from, to } = lease
  return [false, true].flatMap((six) => [
    attempt(['cp', '-a', leasePath(from, six), leasePath(to, six)]),
    attempt(['sed', '-i', `s/interface "${from.replaceAll('.', '[.]')}";/interface "${to}";/`, leasePath(to, six)]),
  ])
}

type Client = { link: string; six: boolean }

function clients(changes: readonly LinkChange[], raw: RawSteps, dialect: Dialect): Step[] {
  const asks = (link: LinkConfig | null, six: boolean): boolean => (six ? link?.ipv6 : link?.ipv4)?.kind === 'dhcp'
  const both = changes.flatMap((change) => [false, true].map((six) => ({ ...change, six })))
  const stopped = both.filter(({ before, after, six }) => asks(before, six) && !asks(after, six))
  const started = both.filter(({ before, after, six }) => !asks(before, six) && asks(after, six))
  return [
    ...stopped.map(({ name, six }) => attempt(dhclient({ link: name, six }, dialect, ['-x']), 20)),
    ...started.map(({ name, six, after }): Step => {
      const metric = six || after?.ipv4.kind !== 'dhcp' ? null : after.ipv4.metric
      const given = metric === null ? [] : ['-e', `IF_METRIC=${metric}`]
      return { kind: 'run', argv: dhclient({ link: name, six }, dialect, given), timeoutSeconds: 60 }
    }),
    // A DHCPv6 client that starts takes away addresses that do not expire.
    ...started
      .filter(({ six }) => six)
      .flatMap(({ name, after }) =>
        after?.ipv6.kind === 'dhcp'
          ? after.ipv6.addresses.map((cidr) => attempt(['ip', 'addr', 'replace', cidr, 'dev', name, 'nodad']))
          : [],
      ),
    ...raw.settle,
  ]
}

/** The command line of ifup itself: ifdown looks for these files, and the identifier of the client depends on it. */
function dhclient({ link, six }: Client, dialect: Dialect, more: readonly string[]): string[] {
  const own = `/run/dhclient${six ? '6' : ''}.${link}.pid`
  const tail = ['-pf', own, '-lf', leasePath(link, six)]
  if (dialect === 'ifupdown2') return ['dhclient', ...(six ? ['-6'] : []), ...more, ...tail, link]
  const identity = six ? ['-6', '-v'] : ['-4', '-v', '-i']
  return ['dhclient', ...identity, ...more, ...tail, '-I', '-df', leasePath(link, !six), link]
}

/** What is up: all of them in one file, each in one of its own (ifup looks at that one). */
function remembered(changes: readonly LinkChange[], dialect: Dialect): Step[] {
  if (dialect === 'ifupdown2') return []
  return changes.flatMap(({ name, before, after }): Step[] => {
    if (after !== null && before !== null) return []
    const lines = (text: string) => ({ remove: after === null ? [text] : [], add: after === null ? [] : [text] })
    return [
      { kind: 'lines', path: stateFile, ...lines(`${name}=${name}`) },
      { kind: 'lines', path: `${stateFile}.${name}`, ...lines(name) },
    ]
  })
}

/** resolvconf learns of name servers from ifup, which does not run. */
function resolvers({ name, before, after }: LinkChange): Step[] {
  if (after === null || JSON.stringify(before?.dns) === JSON.stringify(after.dns)) return []
  if (after.dns.servers.length + after.dns.domains.length + (before?.dns.servers.length ?? 0) === 0) return []
  const variables = [
    `IFACE=${name}`,
    `LOGICAL=${name}`,
    'ADDRFAM=inet',
    'METHOD=static',
    'MODE=start',
    'PHASE=post-up',
    `IF_DNS_NAMESERVERS=${after.dns.servers.join(' ')}`,
    `IF_DNS_SEARCH=${after.dns.domains.join(' ')}`,
  ]
  return [attempt(['env', ...variables, '/etc/network/if-up.d/000resolvconf'], 20)]
}

/** Measured with a ping every 10 ms; a port that joins a bond goes down, and real NICs take seconds to come up again. */
export function outageOf({ changes }: Transition): [number, number] {
  const kinds = new Map(changes.map(({ name, after }) => [name, after?.kind]))
  const bonded = changes.some(({ after, before }) => {
    const master = after?.master ?? null
    return master !== null && master !== before?.master && kinds.get(master) === 'bond'
  })
  const dhcp = changes.some(({ before, after }) => before?.ipv4.kind !== 'dhcp' && after?.ipv4.kind === 'dhcp')
  return bonded ? [100, 4000] : dhcp ? [0, 50] : [0, 20]
}
