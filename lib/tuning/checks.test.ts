import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { HostFacts } from '../facts/facts.ts'
import type { Unit } from '../facts/parse-services.ts'
import { describeCheck, plannedFix } from './check.ts'
import { checkById, preparationChecks } from './checks.ts'
import { commandText } from './command.ts'
import { parsePreparation, type ModuleState, type Preparation, type Situation } from './preparation.ts'

const factsOf = (name: string): HostFacts =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'facts', 'cases', name, 'facts.json'), 'utf8')) as HostFacts

const allTools = [
  'qemu-system-x86_64',
  'qemu-img',
  'libvirtd',
  'virsh',
  'dnsmasq',
  'iptables',
  'nft',
  'bridge',
  'ethtool',
  'brctl',
]
const on: Unit = { load: 'loaded', active: 'active', file: 'enabled' }
const off: Unit = { load: 'loaded', active: 'inactive', file: 'disabled' }
const absent: Unit = { load: 'not-found', active: 'inactive', file: '' }
const good: ModuleState = { loaded: true, builtin: false, available: true, persisted: true }

interface Wanted extends Partial<Omit<Preparation, 'hasTool' | 'unit' | 'module'>> {
  tools?: string[]
  units?: Record<string, Unit>
  modules?: Record<string, Partial<ModuleState>>
}

function situation(
  facts: HostFacts,
  { tools = allTools, units = { 'libvirtd.service': on, 'libvirtd.socket': on }, modules = {}, ...more }: Wanted = {},
): Situation {
  return {
    facts,
    preparation: {
      user: 'ops',
      root: { kind: 'is-root' },
      groups: [],
      hasLibvirtGroup: true,
      bridgeSettings: new Map(),
      hasImagesDirectory: true,
      underway: [],
      hasTool: (tool) => tools.includes(tool),
      unit: (name) => units[name] ?? absent,
      module: (name) => ({ ...good, ...modules[name] }),
      ...more,
    },
  }
}

function line(id: string, of: Situation) {
  const check = checkById(id)
  if (check === null) throw new Error(`no check ${id}`)
  return describeCheck(check, of)
}

const commandsOf = (id: string, of: Situation): string[] => line(id, of).fix?.commands ?? []
const jammy = factsOf('ubuntu-22.04')
const rocky = factsOf('rocky-9')
const leap = factsOf('opensuse-leap-15.6')

test('every check says why it matters, and ids are unique', () => {
  const ids = preparationChecks.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const check of preparationChecks) expect([check.id, check.why.length > 60]).toEqual([check.id, true])
})

describe('packages', () => {
  test('all there', () => expect(line('packages', situation(jammy))).toMatchObject({ state: 'ok', fix: null }))
  test.each([
    [
      jammy,
      ['apt-get', 'update'],
      [
        'qemu-system-x86',
        'qemu-utils',
        'libvirt-daemon-system',
        'libvirt-clients',
        'dnsmasq-base',
        'iptables',
        'iproute2',
        'ethtool',
      ],
    ],
    [
      rocky,
      ['dnf', '-y', 'install'],
      ['qemu-kvm', 'qemu-img', 'libvirt-daemon-kvm', 'libvirt-client', 'dnsmasq', 'iptables-nft', 'iproute', 'ethtool'],
    ],
    [
      leap,
      ['zypper', '--non-interactive', 'install'],
      [
        'qemu-x86',
        'qemu-tools',
        'libvirt-daemon-qemu',
        'libvirt-daemon-config-network',
        'libvirt-client',
        'dnsmasq',
        'iptables',
        'iproute2',
        'ethtool',
      ],
    ],
  ])('of a bare host of each family ($os.name)', (facts, first, names) => {
    const check = checkById('packages')
    const fix = check === null ? null : plannedFix(check, situation(facts, { tools: [] }))
    const commands = fix?.commands ?? []
    for (const word of first) expect(commands[0]?.argv).toContain(word)
    expect(commands.at(-1)?.argv.slice((commands.at(-1)?.argv.indexOf('--') ?? 0) + 1)).toEqual(names)
    expect(commands.every(({ long }) => long === true)).toBe(true)
  })
  test('only what is missing is installed', () =>
    expect(
      commandsOf('packages', situation(jammy, { tools: allTools.filter((tool) => tool !== 'ethtool') })).at(-1),
    ).toMatch(/ -- ethtool$/))
  test('bridge-utils are for ifupdown alone', () => {
    const tools = allTools.filter((tool) => tool !== 'brctl')
    expect(line('packages', situation(jammy, { tools })).state).toBe('ok')
    expect(commandsOf('packages', situation(factsOf('debian-12-ifupdown'), { tools })).at(-1)).toMatch(
      / -- bridge-utils$/,
    )
  })
})

describe('services', () => {
  const fixOf = (units: Record<string, Unit>, facts = jammy) => commandsOf('services', situation(facts, { units }))
  test('running and enabled', () => expect(line('services', situation(jammy)).state).toBe('ok'))
  test('a socket that starts it on demand is running, but starts no VM at boot', () =>
    expect(fixOf({ 'libvirtd.service': off, 'libvirtd.socket': on })).toEqual(['systemctl enable libvirtd.service']))
  test('off altogether', () =>
    expect(fixOf({ 'libvirtd.service': off, 'libvirtd.socket': off })).toEqual([
      'systemctl enable libvirtd.service',
      'systemctl start libvirtd.socket',
    ]))
  test('masked', () =>
    expect(
      fixOf({ 'libvirtd.service': { load: 'masked', active: 'inactive', file: 'masked' }, 'libvirtd.socket': off })[0],
    ).toBe('systemctl unmask libvirtd.service libvirtd.socket'))
  test('the modular daemons where they are the ones in use', () => {
    const units = {
      'libvirtd.service': off,
      'virtqemud.service': off,
      'virtqemud.socket': on,
      'virtnetworkd.service': off,
      'virtnetworkd.socket': off,
    }
    expect(fixOf(units, rocky)).toEqual([
      'systemctl enable virtqemud.service',
      'systemctl enable virtnetworkd.service',
      'systemctl start virtnetworkd.socket',
    ])
  })
  test('not installed: nothing to start', () =>
    expect(line('services', situation(jammy, { units: {} }))).toMatchObject({ state: 'missing', fix: null }))
})

describe('groups', () => {
  const user = { root: { kind: 'sudo' } as const }
  test('root needs none', () => expect(line('groups', situation(jammy)).state).toBe('not-needed'))
  test('a member', () => expect(line('groups', situation(jammy, { ...user, groups: ['libvirt'] })).state).toBe('ok'))
  test('another', () =>
    expect(commandsOf('groups', situation(jammy, user))).toEqual(['sudo usermod -a -G libvirt ops']))
  test('before libvirt is installed', () =>
    expect(line('groups', situation(jammy, { ...user, hasLibvirtGroup: false }))).toMatchObject({
      state: 'unknown',
      fix: null,
    }))
})

describe('modules', () => {
  test('built into the kernel they need nothing', () => {
    const builtin = { loaded: false, builtin: true, persisted: false }
    expect(
      line(
        'modules',
        situation(jammy, { modules: { bridge: builtin, tun: builtin, vhost_net: builtin, kvm_intel: builtin } }),
      ).state,
    ).toBe('ok')
  })
  test('loaded, but not at boot', () => {
    const check = line('modules', situation(jammy, { modules: { vhost_net: { persisted: false } } }))
    expect(check).toMatchObject({
      state: 'missing',
      evidence: expect.stringContaining('nothing loads them at boot: vhost_net'),
    })
    expect(check.fix?.commands).toEqual([
      "tee /etc/modules-load.d/drawbridge.conf <<'END'\n# Written by Drawbridge: what bridges and VMs need.\nbridge\ntun\nvhost_net\nkvm_intel\nEND",
      'chmod 0644 /etc/modules-load.d/drawbridge.conf',
    ])
  })
  test('not there at all is a warning without a fix', () =>
    expect(
      line(
        'modules',
        situation(jammy, { modules: { vhost_net: { loaded: false, available: false, persisted: false } } }),
      ),
    ).toMatchObject({ state: 'warning', fix: null }))
  test('of the other maker are not wanted', () =>
    expect(
      line('modules', situation(rocky, { modules: { kvm_intel: { loaded: false, available: false } } })).state,
    ).toBe('ok'))
})

describe('br_netfilter', () => {
  test('with Docker it is told and left alone', () => {
    const check = line('br-netfilter', situation(jammy))
    expect(check).toMatchObject({ state: 'warning', fix: null })
    expect(check.evidence).toBe(
      'On for IPv4, IPv6, ARP. The FORWARD policy for IPv4 and IPv6 is DROP: VMs on bridges get through only where a rule allows it. Docker runs here and may need it, so Drawbridge leaves it alone.',
    )
  })
  test('without, it can be switched off for good', () => {
    const check = line('br-netfilter', situation(leap))
    expect(check.evidence).toBe(
      'On for IPv4. The FORWARD policy for IPv4 is DROP: VMs on bridges get through only where a rule allows it.',
    )
    expect(check.fix?.commands.at(-1)).toBe('sysctl -q -p /etc/sysctl.d/90-drawbridge-bridge.conf')
  })
  test('not loaded is in order', () => expect(line('br-netfilter', situation(rocky)).state).toBe('ok'))
})

describe('the default network', () => {
  const running = (facts: HostFacts, more: Partial<HostFacts['libvirt']> = {}): HostFacts => ({
    ...facts,
    libvirt: { ...facts.libvirt, state: 'running', libvirtVersion: '9.0.0', ...more },
  })
  test('there', () => expect(line('default-network', situation(jammy)).state).toBe('ok'))
  test('gone: defined beside networks and bridges that are taken', () => {
    const [define = '', ...rest] = commandsOf('default-network', situation(running(jammy, { networks: [] })))
    expect(define).toContain("<bridge name='virbr1'")
    expect(define).toContain("<ip address='192.168.123.1'")
    expect(rest).toEqual([
      'virsh -q -c qemu:///system net-start default',
      'virsh -q -c qemu:///system net-autostart default',
    ])
  })
  test('stopped: only started', () =>
    expect(
      commandsOf(
        'default-network',
        situation(
          running(jammy, {
            networks: [{ name: 'default', active: false, autostart: true, bridge: 'virbr0', mode: 'nat' }],
          }),
        ),
      ),
    ).toEqual(['virsh -q -c qemu:///system net-start default']))
  test('unknown while libvirt is silent', () =>
    expect(line('default-network', situation(rocky))).toMatchObject({ state: 'unknown', fix: null }))
})

describe('the storage pool', () => {
  test('another one will do', () => {
    const pools = [
      { name: 'tank', type: 'zfs', active: true, autostart: true, capacityBytes: 1, availableBytes: 1, path: null },
    ]
    expect(line('storage-pool', situation({ ...jammy, storagePools: pools }))).toMatchObject({
      state: 'ok',
      evidence: '“tank” (zfs) is there.',
    })
  })
  test('none: defined, built, started, and started with the host', () =>
    expect(
      commandsOf('storage-pool', situation({ ...jammy, storagePools: [] })).map((text) => text.split(' ')[4]),
    ).toEqual(['pool-define-as', 'pool-build', 'pool-start', 'pool-autostart']))
})

test('who may not become root is told so, and gets no fixes', () => {
  const of = situation(
    { ...leap, storagePools: [] },
    {
      root: { kind: 'refused', title: 'sudo asks ops for a password.' },
      tools: [],
      units: { 'libvirtd.service': off },
    },
  )
  const checks = preparationChecks.map((check) => describeCheck(check, of))
  expect(checks.filter(({ fix }) => fix !== null)).toEqual([])
  expect(checks.find(({ id }) => id === 'sudo')).toMatchObject({
    state: 'missing',
    evidence: 'sudo asks ops for a password.',
  })
})

test('a command is shown so that a shell would run just that', () => {
  expect(commandText({ argv: ['virsh', 'net-start', `a'b;$(x)`] }, true)).toBe(
    String.raw`sudo virsh net-start 'a'\''b;$(x)'`,
  )
  expect(commandText({ argv: ['tee', '/etc/x'], stdin: 'a\nb' }, false)).toBe("tee /etc/x <<'END'\na\nb\nEND")
})

test('what doctor.sh wrote', () => {
  const nonce = 'c'.repeat(32)
  const section = (name: string, text: string) => `${nonce} begin ${name}\n${text}\n${nonce} end ${name} 0\n`
  const answer = [
    section('ours', 'uid=0\ngroups=ops libvirt ev\u001bil\ngroup=libvirt\ntool=virsh'),
    section('modules', 'loaded=tun\nbuiltin=bridge\navailable=vhost_net'),
    section('persisted', '# no\nvhost-net\n  br_netfilter option'),
    section('services', 'Id=libvirtd.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled'),
  ].join('')
  const preparation = parsePreparation(answer, nonce, { user: 'ops', root: { kind: 'sudo' } })
  expect(preparation?.groups).toEqual(['ops', 'libvirt'])
  expect(preparation?.module('vhost_net')).toEqual({ loaded: false, builtin: false, available: true, persisted: true })
  expect(preparation?.module('bridge')).toMatchObject({ builtin: true, persisted: false })
  expect(preparation?.unit('libvirtd.service')).toEqual(on)
  expect(preparation?.unit('virtqemud.service').load).toBe('not-found')
  expect(parsePreparation('noise', nonce, { user: 'ops', root: { kind: 'sudo' } })).toBeNull()
})
