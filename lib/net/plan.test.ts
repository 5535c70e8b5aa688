import { describe, expect, it } from 'vitest'
import { operationSchema, type Operation } from '../contract/network.ts'
import { backEnds } from './back-ends.ts'
import { sketchHost, plainBridge, type LinkSketch } from './host-fixture.ts'
import { canonical, known } from './known.ts'
import { planNetwork } from './plan.ts'
import type { RawNetwork } from './raw-network.ts'

const drivers = backEnds as Parameters<typeof known>[1]
type Wish = Parameters<typeof operationSchema.parse>[0]
const operationsOf = (...wishes: Wish[]): Operation[] => wishes.map((wish) => operationSchema.parse(wish))
const plan = (raw: RawNetwork, ...wishes: Wish[]) => planNetwork(known(raw, drivers), operationsOf(...wishes))
const said = (raw: RawNetwork, ...wishes: Wish[]) => plan(raw, ...wishes).refusals.map(({ sentence: { text } }) => text)

const nicFiles = {
  '/etc/systemd/network/10-eth0.network':
    '[Match]\nName=eth0\n\n[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\nDNS=192.0.2.53\n',
  '/etc/systemd/network/10-eth1.network': '[Match]\nName=eth1\n\n[Network]\nAddress=198.51.100.10/24\n',
}
const nics: Record<string, LinkSketch> = {
  lo: { kind: 'loopback', backEnd: 'kernel' },
  eth0: { addresses: ['192.0.2.10/24'] },
  eth1: { addresses: ['198.51.100.10/24'] },
  eth2: { backEnd: 'kernel' },
  wlan0: { kind: 'wireless' },
}
const bare = (more: Record<string, LinkSketch> = {}, rest: Partial<Parameters<typeof sketchHost>[0]> = {}) =>
  sketchHost({
    links: { ...nics, ...more },
    files: nicFiles,
    routes: [{ destination: 'default', gateway: '192.0.2.1', device: 'eth0' }],
    management: ['eth0'],
    ...rest,
  })

const bridged = (bridge: Partial<typeof plainBridge> = {}, more: Record<string, LinkSketch> = {}) =>
  sketchHost({
    links: {
      lo: { kind: 'loopback', backEnd: 'kernel' },
      br0: { kind: 'bridge', addresses: ['192.0.2.10/24'], bridge: { ...plainBridge, ports: ['eth0'], ...bridge } },
      eth0: { master: 'br0' },
      eth1: { addresses: ['198.51.100.10/24'] },
      ...more,
    },
    files: {
      '/etc/systemd/network/10-br0.netdev': `[NetDev]\nName=br0\nKind=bridge\n\n[Bridge]\nSTP=no\nVLANFiltering=${bridge.vlanFiltering === true ? 'yes' : 'no'}\n`,
      '/etc/systemd/network/10-br0.network':
        '[Match]\nName=br0\n\n[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\n',
      '/etc/systemd/network/10-eth0.network': '[Match]\nName=eth0\n\n[Network]\nBridge=br0\n',
      '/etc/systemd/network/10-eth1.network': nicFiles['/etc/systemd/network/10-eth1.network'],
    },
    routes: [{ destination: 'default', gateway: '192.0.2.1', device: 'br0' }],
    management: ['br0', 'eth0'],
  })

const bridge = (more: object = {}): Wish => ({
  op: 'bridge.create',
  name: 'br0',
  ports: ['eth0'],
  addressing: { kind: 'move', from: 'eth0' },
  ...more,
})

describe('bridge the management NIC', () => {
  it('moves addresses, gateway and DNS, pins the MAC, and says so in order', () => {
    const made = plan(bare(), bridge())
    expect(made.refusals).toEqual([])
    expect(made.steps.map(({ text }) => text)).toEqual([
      'Create the bridge br0.',
      'Pin the MAC of br0 to 52:54:00:00:00:02.',
      'Move 192.0.2.10/24 from eth0 to br0, without a moment without them where the tool can do so.',
      'Let br0 take its IPv6 addresses from router advertisements.',
      'Make eth0 a port of br0.',
    ])
    expect(made.severing).toBe(true)
    expect(made.work?.created).toEqual(['br0'])
    expect(made.work?.expect).toContainEqual({ kind: 'address', link: 'br0', cidr: '192.0.2.10/24' })
    expect(made.work?.expect).toContainEqual({ kind: 'no-address', link: 'eth0', cidr: '192.0.2.10/24' })
    expect(made.work?.expectOld).toContainEqual({ kind: 'no-link', link: 'br0' })
    expect(made.work?.probes).toEqual(['192.0.2.1'])
    expect(made.work?.apply.filter(({ kind }) => kind === 'files')).toHaveLength(1)
  })

  it('gives the same plan twice, and the state another name when a file or an address moves', () => {
    expect(plan(bare(), bridge())).toEqual(plan(bare(), bridge()))
    const one = canonical(known(bare(), drivers))
    expect(canonical(known(bare(), drivers))).toBe(one)
    expect(canonical(known(bare({ eth0: { addresses: ['192.0.2.11/24'] } }), drivers))).not.toBe(one)
    const edited = { files: { ...nicFiles, '/etc/systemd/network/10-eth0.network': '# mine\n' } }
    expect(canonical(known(bare({}, edited), drivers))).not.toBe(one)
  })

  it('keeps a lease by its client identifier', () => {
    const files = { '/etc/systemd/network/10-eth0.network': '[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\n' }
    const raw = bare(
      { eth0: { addresses: ['~192.0.2.10/24'] } },
      { files, rest: { clientIds: new Map([['eth0', 'ff:12:34:56:78:00:02:00:00:ab:11:01:02']]) } },
    )
    const made = plan(raw, bridge())
    expect(made.refusals).toEqual([])
    expect(made.steps.map(({ code }) => code)).toContain('step.dhcp4-moved')
    expect(made.risks.map(({ sentence: { code } }) => code)).not.toContain('risk.dhcp-identity')
    expect(made.windowSeconds.usual).toBe(150)
  })
})

describe('what is refused, before anything is touched', () => {
  const name = (text: string) => said(bare(), bridge({ name: text }))
  it.each([
    ['bridge0123456789x', 'Bridge name is 17 characters; Linux allows 15.'],
    ['-x', 'Use a–z, 0–9, . _ -, starting with a letter.'],
    ['br0;reboot', 'Use a–z, 0–9, . _ -, starting with a letter.'],
    ['br%d', 'Use a–z, 0–9, . _ -, starting with a letter.'],
    ['brücke', 'Use a–z, 0–9, . _ -, starting with a letter.'],
    ['virbr0', '“virbr0” is managed by libvirt.'],
    ['vnet7', '“vnet7” is managed by libvirt.'],
    ['docker0', '“docker0” is managed by Docker.'],
    ['br-0123456789ab', '“br-0123456789ab” is managed by Docker.'],
    ['tap0', '“tap0” is managed by QEMU.'],
    ['lo', '“lo” means something to the kernel itself; choose another name.'],
    ['all', '“all” means something to the kernel itself; choose another name.'],
    ['default', '“default” means something to the kernel itself; choose another name.'],
    ['eth1', 'eth1 exists already.'],
  ])('the name %s', (text, sentence) => expect(name(text)).toEqual([sentence]))

  const over = (port: string, raw = bare()) =>
    said(raw, { op: 'bridge.create', name: 'br9', ports: [port], addressing: { kind: 'none' } })
  it('ports that are another’s', () => {
    expect(over('eth0', bridged())).toEqual(['eth0 is already a port of br0.'])
    const bond = {
      bond0: { kind: 'bond', bond: { mode: 'active-backup', activePort: 'eth1', ports: ['eth1'], miimonMs: 100 } },
      eth1: { master: 'bond0' },
    } satisfies Record<string, LinkSketch>
    const files = {
      ...nicFiles,
      '/etc/systemd/network/05-bond0.netdev': '[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=active-backup\n',
      '/etc/systemd/network/10-eth1.network': '[Match]\nName=eth1\n\n[Network]\nBond=bond0\n',
    }
    expect(over('eth1', bare(bond, { files }))).toEqual(['eth1 belongs to bond0; bridge bond0 instead.'])
  })
  it('ports that can’t be', () => {
    expect(over('wlan0')).toEqual(['Wi-Fi client interfaces cannot be bridged.'])
    expect(over('lo')).toEqual(['The loopback interface cannot be a port.'])
    expect(over('br0', bridged())).toEqual(['A bridge cannot contain a bridge.'])
    expect(over('nope')).toEqual(['There is no link named nope.'])
    expect(over('vnet0', bare({ vnet0: { kind: 'tap', backEnd: 'libvirt' } }))).toEqual([
      'vnet0 is managed by libvirt.',
    ])
    const children = bare({
      'eth1.20': { kind: 'vlan', lower: 'eth1', vlan: { id: 20, protocol: '802.1Q' }, backEnd: 'kernel' },
    })
    expect(over('eth1', children)).toEqual(['Move eth1.20 first: it stands on eth1.'])
    expect(over('eth1', bare({ eth1: { backEnd: 'networkmanager' } }))).toEqual([
      'eth1 is set up by NetworkManager, the rest of this change by systemd-networkd; Drawbridge changes one tool’s files at a time.',
    ])
  })
  it('a loop', () => {
    const twin = bare(
      { eth1: { addresses: ['192.0.2.11/24'] } },
      {
        files: {
          ...nicFiles,
          '/etc/systemd/network/10-eth1.network': '[Match]\nName=eth1\n\n[Network]\nAddress=192.0.2.11/24\n',
        },
      },
    )
    const wish = bridge({ ports: ['eth0', 'eth1'] })
    expect(said(twin, wish)).toEqual(['This would create a loop: eth0 and eth1 reach the same segment and STP is off.'])
    expect(said(twin, bridge({ ports: ['eth0', 'eth1'], bridge: { stp: true } }))).toEqual([])
  })
  it('the only path to the host', () => {
    expect(said(bare(), bridge({ addressing: { kind: 'none' } }))).toEqual(['This is your only path to the host.'])
    const set = { kind: 'set', ipv4: { kind: 'static', addresses: ['192.0.2.77/24'] }, ipv6: { kind: 'none' } }
    expect(said(bare(), bridge({ addressing: set }))).toEqual(['This is your only path to the host.'])
    expect(said(bridged(), { op: 'link.delete', link: 'br0' })).toEqual(['This is your only path to the host.'])
    expect(said(bridged(), { op: 'link.delete', link: 'br0', addressesTo: 'eth0' })).toEqual([])
    expect(said(bridged(), { op: 'port.detach', port: 'eth0' })).toEqual(['This is your only path to the host.'])
    expect(said(bare(), { op: 'link.edit', link: 'eth0', set: { ipv4: { kind: 'none' } } })).toEqual([
      'This is your only path to the host.',
    ])
  })
  it('MTUs', () => {
    const mtu = (value: number, raw = bare()) => said(raw, { op: 'link.edit', link: 'eth1', set: { mtu: value } })
    expect(mtu(9216)).toEqual(['9216 exceeds eth1’s maximum 9000.'])
    expect(mtu(60)).toEqual(['60 is below eth1’s minimum 68.'])
    expect(mtu(9000)).toEqual([])
    expect(said(bridged(), { op: 'link.edit', link: 'br0', set: { mtu: 9000 } })).toEqual([
      'br0 cannot have a larger MTU (9000) than eth0 beneath it (1500).',
    ])
    expect(said(bridged(), { op: 'mtu.chain', link: 'br0', mtu: 9000 })).toEqual([])
    expect(said(bare(), { op: 'vlan.create', parent: 'eth1', id: 5, addressing: { kind: 'none' }, mtu: 4000 })).toEqual(
      ['eth1.5 cannot have a larger MTU (4000) than eth1 beneath it (1500).'],
    )
  })
  it('VLANs', () => {
    const vlan = (id: number) =>
      said(bare(), { op: 'vlan.create', name: 'v', parent: 'eth1', id, addressing: { kind: 'none' } })
    for (const id of [0, 4095, -1, 1.5]) expect(vlan(id)).toEqual(['VLAN must be 1–4094.'])
    const vlans = (tagged: number[], untagged: number[], pvid: number | null) =>
      said(bridged({ vlanFiltering: true }), { op: 'port.vlans', port: 'eth0', vlans: { pvid, untagged, tagged } })
    expect(vlans([20], [20], 20)).toEqual(['Management uses VLAN 1 on this port.'])
    expect(vlans([20, 4095], [1], 1)).toEqual(['VLAN must be 1–4094.'])
    expect(vlans([20], [1], 1)).toEqual([])
    expect(said(bridged(), { op: 'port.vlans', port: 'eth0', vlans: { pvid: 1, untagged: [1], tagged: [] } })).toEqual([
      'br0 does not filter VLANs; switch that on first.',
    ])
  })
  it('MACs', () => {
    const mac = (text: string) => said(bare(), { op: 'link.edit', link: 'eth1', set: { mac: text } })
    expect(mac('01:00:5e:00:00:01')).toEqual(['01:00:5e:00:00:01 is a multicast address; the first byte must be even.'])
    expect(mac('00:00:00:00:00:00')).toEqual(['A MAC of zeros is none.'])
    expect(mac('hello')).toEqual(['“hello” is no MAC address: six bytes in hexadecimal, with colons.'])
    expect(mac('52:54:00:00:00:02')).toEqual(['52:54:00:00:00:02 belongs to eth0 already.'])
  })
  it('addresses and gateways', () => {
    const set = (ipv4: object) =>
      said(bare(), { op: 'link.edit', link: 'eth2', set: { ipv4: { kind: 'static', ...ipv4 } } })
    expect(set({ addresses: ['203.0.113.0/24'] })).toEqual(['203.0.113.0/24 is the address of the network itself.'])
    expect(set({ addresses: ['203.0.113.255/24'] })).toEqual([
      '203.0.113.255/24 is the broadcast address of its network.',
    ])
    expect(set({ addresses: ['224.0.0.1/24'] })).toEqual(['224.0.0.1/24 is a multicast address.'])
    expect(set({ addresses: ['010.1.2.3/24'] })).toEqual([
      '“010.1.2.3/24” is no address with a prefix, like 192.0.2.10/24.',
    ])
    expect(set({ addresses: ['192.0.2.10/32'] })).toEqual(['192.0.2.10 is already on eth0.'])
    expect(set({ addresses: ['192.0.2.20/25'] })).toEqual(['192.0.2.0/25 on eth2 overlaps 192.0.2.0/24 on eth0.'])
    expect(set({ addresses: ['203.0.113.5/24'], gateway: '192.0.9.1', metric: 50 })).toEqual([
      'The gateway 192.0.9.1 is in none of the networks of eth2.',
    ])
    expect(set({ addresses: ['203.0.113.5/24'], gateway: '203.0.113.5', metric: 50 })).toEqual([
      'The gateway 203.0.113.5 is the host’s own address.',
    ])
    expect(set({ addresses: ['203.0.113.5/24'], gateway: '203.0.113.1' })).toEqual([
      'eth2 and eth0 would both have a default route of metric 0.',
    ])
    expect(set({ addresses: ['203.0.113.5/24'] })).toEqual([])
  })
  it('STP timers', () => {
    const timers = (settings: object) => said(bare(), bridge({ bridge: { stp: true, ...settings } }))
    expect(timers({ forwardDelaySeconds: 1 })).toEqual(['With STP, forward delay is 2–30 s.'])
    expect(timers({ forwardDelaySeconds: 31 })).toEqual(['With STP, forward delay is 2–30 s.'])
    expect(timers({ forwardDelaySeconds: 4 })).toEqual([
      'STP needs 2 × (forward delay − 1) ≥ max age ≥ 2 × (hello + 1).',
    ])
    expect(timers({ forwardDelaySeconds: 4, maxAgeSeconds: 6 })).toEqual([])
    expect(said(bare(), bridge({ bridge: { forwardDelaySeconds: 0 } }))).toEqual([])
  })
  it('bridges that VMs use', () => {
    const tap: Record<string, LinkSketch> = {
      vnet0: {
        kind: 'tap',
        master: 'br0',
        backEnd: 'libvirt',
        vm: { domain: 'web', uuid: 'u', mac: '52:54:00:aa:00:01', queues: null, model: 'virtio' },
      },
    }
    expect(said(bridged({}, tap), { op: 'link.delete', link: 'br0', addressesTo: 'eth0' })).toEqual([
      'Running VMs use br0: web. Shut them down or move them to another bridge first.',
    ])
  })
  it('files that are nobody’s, another’s or not to be understood', () => {
    expect(said(bare({}, { facts: { backEnd: 'wicked' } }), bridge())).toEqual([
      'kvm1 is set up by wicked, whose files Drawbridge only shows.',
    ])
  })
  it('nothing', () => {
    expect(said(bare(), { op: 'link.edit', link: 'eth1', set: { mtu: null } })).toEqual(['Nothing would change.'])
  })
})

describe('the rest', () => {
  it('grows a chain from below and shrinks it from above, taps included', () => {
    const tap: Record<string, LinkSketch> = {
      vnet0: {
        kind: 'tap',
        master: 'br0',
        backEnd: 'libvirt',
        vm: { domain: 'web', uuid: 'u', mac: '52:54:00:aa:00:01', queues: null, model: 'virtio' },
      },
    }
    const grown = plan(bridged({}, tap), { op: 'mtu.chain', link: 'br0', mtu: 9000 })
    expect(grown.steps.map(({ text }) => text).slice(0, 3)).toEqual([
      'Set the MTU of eth0 to 9000.',
      'Set the MTU of br0 to 9000.',
      'Set the MTU of vnet0 to 9000.',
    ])
    expect(grown.work?.taps).toEqual([{ tap: 'vnet0', bridge: 'br0' }])
    expect(grown.work?.expect).toContainEqual({ kind: 'mtu', link: 'vnet0', mtu: 9000 })
    expect(grown.vms).toEqual(['web'])
  })
  it('puts a tap back into its bridge without touching a file', () => {
    const tap: Record<string, LinkSketch> = {
      vnet0: {
        kind: 'tap',
        master: null,
        backEnd: 'libvirt',
        vm: { domain: 'web', uuid: 'u', mac: '52:54:00:aa:00:01', queues: null, model: 'virtio' },
      },
    }
    const made = plan(bridged({}, tap), { op: 'tap.reattach', tap: 'vnet0', bridge: 'br0' })
    expect(made.refusals).toEqual([])
    expect(made.files).toEqual([])
    expect(made.work?.apply).toEqual([
      { kind: 'run', argv: ['ip', 'link', 'set', 'dev', 'vnet0', 'master', 'br0'], timeoutSeconds: 20 },
    ])
  })
  it('warns of what the kernel and switches do to bridges', () => {
    const raw = bare(
      {},
      {
        facts: {
          brNetfilter: { loaded: true, ipv4: true, ipv6: true, arp: null },
          firewall: { kind: 'nftables', forwardDropIpv4: true, forwardDropIpv6: true, docker: true },
        },
      },
    )
    const codes = plan(raw, bridge({ bridge: { stp: true } })).risks.map(({ sentence: { code } }) => code)
    expect(codes).toEqual(
      expect.arrayContaining([
        'risk.management',
        'risk.stp',
        'risk.bpdu-guard',
        'risk.br-netfilter4',
        'risk.br-netfilter6',
      ]),
    )
  })
  it('reverts by files, and refuses when somebody else wrote them since', () => {
    const made = plan(bare(), bridge())
    const after = sketchHost({
      links: {
        ...nics,
        br0: {
          kind: 'bridge',
          mac: '52:54:00:00:00:02',
          addresses: ['192.0.2.10/24'],
          bridge: { ...plainBridge, ports: ['eth0'] },
        },
        eth0: { master: 'br0' },
      },
      files: {
        ...nicFiles,
        ...Object.fromEntries(
          made.files.flatMap(({ path, after: content }) => (content === null ? [] : [[path, content]])),
        ),
      },
      routes: [{ destination: 'default', gateway: '192.0.2.1', device: 'br0' }],
      management: ['br0', 'eth0'],
    })
    const wish = operationsOf({ op: 'change.revert', change: 'x' })
    const back = planNetwork(known(after, drivers), wish, made.files)
    expect(back.refusals).toEqual([])
    expect(back.files).toEqual(
      made.files.map(({ path, before, after: content, mode }) => ({ path, before: content, after: before, mode })),
    )
    expect(back.work?.expect).toContainEqual({ kind: 'no-link', link: 'br0' })
    expect(back.work?.expect).toContainEqual({ kind: 'address', link: 'eth0', cidr: '192.0.2.10/24' })
    const touched = made.files.map((file) => ({ ...file, after: `${file.after ?? ''}# by hand\n` }))
    expect(planNetwork(known(after, drivers), wish, touched).refusals.map(({ sentence: { code } }) => code)).toContain(
      'refuse.file-changed',
    )
  })
})
