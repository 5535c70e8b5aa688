import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dropFilters, forwardWarnings, type ForwardSituation } from './forward-filters.ts'
import {
  checkForwarding,
  type ForwardingConfig,
  iptablesText,
  noForwarding,
  sysctlText,
  tableText,
} from './forwarding.ts'
import {
  addressText,
  isInside,
  netmaskOf,
  overlaps,
  parseAddress,
  parseCidr,
  prefixOfNetmask,
  subnetOf,
  subnetText,
} from './subnet.ts'

const links = [
  { name: 'br0', kind: 'bridge', addresses: [{ address: '192.0.2.10', prefix: 24 }] },
  {
    name: 'br1',
    kind: 'bridge',
    addresses: [
      { address: '10.20.0.1', prefix: 24 },
      { address: 'fd20::1', prefix: 64 },
    ],
  },
  { name: 'eth0', kind: 'physical', addresses: [] },
]
const known = { links, managementPorts: [22, 2222] }
const full: ForwardingConfig = {
  nat: [
    { bridge: 'br1', subnet: '10.20.0.0/24', uplink: 'br0' },
    { bridge: 'br1', subnet: 'fd20::/64', uplink: null },
  ],
  ports: [
    { protocol: 'tcp', port: 8080, uplink: 'br0', address: '10.20.0.9', toPort: 80 },
    { protocol: 'udp', port: 53, uplink: null, address: 'fd20::9', toPort: 5353 },
  ],
  isolated: [{ a: 'br0', b: 'br1' }],
  passBridged: ['br0'],
  passFirewall: true,
}

describe('our table', () => {
  test('comes whole, in one transaction, and is at no hook on the way to the host', () =>
    expect(tableText(full, 'v_1')).toBe(`table inet drawbridge
delete table inet drawbridge
table inet drawbridge {
  chain v_1 {
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "br0" fib daddr type local tcp dport 8080 dnat ip to 10.20.0.9:80
    fib daddr type local udp dport 53 dnat ip6 to [fd20::9]:5353
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.20.0.0/24 ip daddr != 10.20.0.0/24 oifname "br0" masquerade
    ip6 saddr fd20::/64 ip6 daddr != fd20::/64 oifname != "br1" masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "br0" oifname "br1" drop
    iifname "br1" oifname "br0" drop
  }
}
`))

  test('of nothing is gone', () =>
    expect(tableText(noForwarding, 'v')).toBe('table inet drawbridge\ndelete table inet drawbridge\n'))

  test('has rules for the firewall that drops, per family', () => {
    expect(iptablesText(full, 'ipv4')).toBe(`*filter
:DRAWBRIDGE - [0:0]
-A DRAWBRIDGE -i br0 -o br0 -j ACCEPT
-A DRAWBRIDGE -i br1 -o br0 -j ACCEPT
-A DRAWBRIDGE -o br1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DRAWBRIDGE -d 10.20.0.9 -p tcp --dport 80 -m conntrack --ctstate DNAT -j ACCEPT
-A DRAWBRIDGE -s 10.20.0.9 -p tcp --sport 80 -m conntrack --ctstate ESTABLISHED -j ACCEPT
COMMIT
`)
    expect(iptablesText(full, 'ipv6')).toContain('-i br1 ! -o br1 -j ACCEPT')
    expect(iptablesText({ ...full, passFirewall: false }, 'ipv4')).toBe('')
  })

  test('asks the kernel to forward what it needs, without forgetting its own IPv6 gateway', () => {
    expect(sysctlText({ ...full, nat: [], ports: [] }, ['br0'])).toBe('')
    expect(sysctlText(full, ['eth0.10'])).toMatch(
      /ip_forward = 1\nnet\/ipv6\/conf\/eth0.10\/accept_ra = 2\nnet.ipv6.conf.all.forwarding = 1\n$/,
    )
  })
})

describe('is refused with its sentence', () => {
  test('but not what is right', () => expect(checkForwarding(full, known)).toEqual([]))
  const nat = (change: object) => ({ ...noForwarding, nat: [{ ...full.nat[0], ...change }] }) as ForwardingConfig
  const port = (change: object) => ({ ...noForwarding, ports: [{ ...full.ports[0], ...change }] }) as ForwardingConfig
  test.each<[ForwardingConfig, string, RegExp]>([
    [nat({ bridge: 'br7' }), 'nat.0.bridge', /no bridge named br7/],
    [nat({ bridge: 'eth0' }), 'nat.0.bridge', /is no bridge/],
    [nat({ subnet: '10.20.0.1' }), 'nat.0.subnet', /is no network/],
    [nat({ subnet: '0.0.0.0/0' }), 'nat.0.subnet', /is no network/],
    [nat({ subnet: '10.30.0.0/24' }), 'nat.0.subnet', /no address of 10.30.0.0\/24 on br1/],
    [nat({ uplink: 'br1' }), 'nat.0.uplink', /another link/],
    [nat({ uplink: 'x"; drop' }), 'nat.0.uplink', /no link named/],
    [port({ port: 22 }), 'ports.0.port', /how this host is administered/],
    [port({ port: 2222 }), 'ports.0.port', /administered/],
    [port({ port: 70_000 }), 'ports.0.port', /1–65535/],
    [port({ address: 'vm1' }), 'ports.0.address', /no address/],
    [{ ...noForwarding, ports: [full.ports[0]!, full.ports[0]!] }, 'ports.1.port', /leads elsewhere already/],
    [{ ...noForwarding, isolated: [{ a: 'br0', b: 'br0' }] }, 'isolated.0.b', /kept apart from itself/],
    [{ ...noForwarding, passBridged: ['eth0'] }, 'passBridged.0', /is no bridge/],
  ])('%j', (config, field, message) => {
    const errors = checkForwarding(config, known)
    expect(errors.find((error) => error.field === field)?.message ?? JSON.stringify(errors)).toMatch(message)
  })
})

const chains = `table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
	chain DOCKER-USER {
	}
}
table inet drawbridge {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
table inet fw {
	chain fwd {
		type filter hook forward priority filter; policy drop;
	}
	chain input {
		type filter hook input priority filter; policy drop;
	}
}
`

test('others’ chains that drop what is forwarded', () =>
  expect(dropFilters(chains, { ipv4: false, ipv6: true })).toEqual([
    { families: ['ipv4'], chain: 'ip filter FORWARD', by: 'iptables' },
    { families: ['ipv4', 'ipv6'], chain: 'inet fw fwd', by: 'nftables' },
    { families: ['ipv6'], chain: 'ip6tables-legacy filter FORWARD', by: 'iptables' },
  ]))

describe('warnings', () => {
  const both = (by: 'iptables' | 'nftables') => [
    { families: ['ipv4' as const], chain: 'ip filter FORWARD', by },
    { families: ['ipv6' as const], chain: 'ip6 filter FORWARD', by },
  ]
  const base: ForwardSituation = {
    filters: both('iptables'),
    firewalld: false,
    ufw: false,
    docker: false,
    brNetfilter: { ipv4: true, ipv6: true },
    forwarding: { ipv4: true, ipv6: true },
    bridges: ['br0'],
    inEffect: null,
    passed: { ipv4: false, ipv6: false },
  }
  const said = (change: Partial<ForwardSituation>, config: Partial<ForwardingConfig> = {}) =>
    forwardWarnings({ ...base, ...change }, { ...noForwarding, ...config }).map(
      ({ code, family, fixes }) => `${code} ${family ?? ''}: ${fixes.map(({ kind }) => kind).join(' ')}`,
    )

  test.each<[string, Partial<ForwardSituation>, Partial<ForwardingConfig>, string[]]>([
    ['iptables, both families', {}, {}, ['bridged-dropped ipv4: pass bypass', 'bridged-dropped ipv6: pass bypass']],
    ['Docker needs br_netfilter', { docker: true }, {}, ['bridged-dropped ipv4: pass', 'bridged-dropped ipv6: pass']],
    [
      'ufw can do it itself',
      { ufw: true, filters: both('iptables').slice(0, 1) },
      {},
      ['bridged-dropped ipv4: pass commands bypass'],
    ],
    [
      'nftables can’t be overruled',
      { filters: both('nftables').slice(1) },
      {},
      ['bridged-dropped ipv6: commands bypass'],
    ],
    ['br_netfilter off', { brNetfilter: { ipv4: false, ipv6: false } }, {}, []],
    ['no bridge with ports', { bridges: [] }, {}, []],
    ['passed', { passed: { ipv4: true, ipv6: true }, inEffect: true }, full, []],
    [
      'passed in IPv4 only',
      { passed: { ipv4: true, ipv6: false } },
      full,
      ['bridged-dropped ipv6: pass bypass', 'routed-dropped ipv6: pass'],
    ],
    ['flushed', { inEffect: false, filters: [] }, full, ['not-in-effect : apply']],
    ['not forwarded', { filters: [], forwarding: { ipv4: false, ipv6: true } }, full, ['forwarding-off ipv4: apply']],
    ['firewalld', { filters: [], firewalld: true }, {}, ['firewalld : commands']],
  ])('%s', (_name, change, config, expected) => expect(said(change, config)).toEqual(expected))
})

describe('subnets', () => {
  test.each(['10.1', '010.1.1.1', '1.2.3.4.5', '::ffff:1.2.3.4', 'fe80::1%eth0', '', 'x', '1.2.3.4/24'])(
    '%s is no address',
    (text) => expect(parseAddress(text)).toBeNull(),
  )
  const family = fc.constantFrom('ipv4' as const, 'ipv6' as const)
  const address = fc.tuple(family, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })).map(([kind, value]) => ({
    family: kind,
    value: kind === 'ipv4' ? value & 0xffffffffn : value,
  }))
  test('an address is read as it is written, and lies in its own network', () =>
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 32 }), (one, prefix) => {
        expect(parseAddress(addressText(one))).toEqual(one)
        const subnet = subnetOf(one, prefix)
        if (subnet === null) throw new Error('no subnet')
        expect(isInside(subnet, one)).toBe(true)
        expect(parseCidr(subnetText(subnet))?.subnet).toEqual(subnet)
        expect(overlaps(subnet, subnet)).toBe(true)
        expect(prefixOfNetmask(netmaskOf(prefix))).toBe(prefix)
      }),
    ))
})
