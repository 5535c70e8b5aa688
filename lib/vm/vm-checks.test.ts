import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withSecrets } from './definition-secrets.ts'
import { freeTarget } from './domain-edit-disk.ts'
import { fitTopology, memoryRefusal, wantedVcpus } from './domain-edit.ts'
import { checkForeignXml } from './foreign-xml.ts'
import { guestFindings } from './guest-findings.ts'
import { diffLines } from './line-diff.ts'
import { checkNic, defaultQueues, type NicSurroundings } from './nic-check.ts'
import type { NicSettings } from './nic-settings.ts'
import { portVlansOf, samePortVlans } from './port-vlans.ts'
import { checkResources } from './resources-check.ts'
import { nicMoment } from './when-it-counts.ts'
import { parseXml } from './xml-text.ts'

const around: NicSurroundings = {
  maxVcpus: 4,
  bridges: [
    { name: 'br0', kind: 'linux', mtu: 1500, vlanAware: false },
    { name: 'br1', kind: 'linux', mtu: 9000, vlanAware: true },
    { name: 'ovs0', kind: 'ovs', mtu: 1500, vlanAware: true },
  ],
  networks: [{ name: 'default', mode: 'nat', bridge: 'virbr0', portGroups: [] }],
  devices: [{ name: 'enp1s0', mtu: 1500 }],
  filters: ['clean-traffic'],
  macTaken: (mac) => (mac === '52:54:00:00:00:01' ? 'The VM web1 on kvm2 has it.' : null),
}
const nic: NicSettings = {
  source: { kind: 'bridge', bridge: 'br0' },
  model: 'virtio',
  mac: '52:54:00:00:00:02',
  vlan: null,
  queues: null,
  rxRing: null,
  txRing: null,
  mtu: null,
  linkUp: true,
  inbound: null,
  outbound: null,
  filter: null,
  isolated: false,
  bootOrder: null,
}
const wrong = (more: Partial<NicSettings>): string[] =>
  checkNic({ ...nic, ...more }, around).map(({ field, message }) => `${field}: ${message}`)

describe('a NIC', () => {
  test('that is right', () => {
    expect(wrong({})).toEqual([])
    expect(wrong({ queues: 256, rxRing: 1024, txRing: 256, mtu: 1500, filter: 'clean-traffic' })).toEqual([])
    expect(
      wrong({
        source: { kind: 'bridge', bridge: 'br1' },
        mtu: 9000,
        vlan: { trunk: true, tags: [1, 4094], native: 1 },
      }),
    ).toEqual([])
    expect(
      wrong({ source: { kind: 'bridge', bridge: 'ovs0' }, vlan: { trunk: false, tags: [10], native: null } }),
    ).toEqual([])
  })

  test.each<[Partial<NicSettings>, RegExp]>([
    [{ queues: 300 }, /queues: .*1 to 256 queues.*would not start/],
    [{ queues: 4, model: 'e1000' }, /queues: Only virtio/],
    [{ rxRing: 300 }, /rxRing: .*power of two/],
    [{ rxRing: 2048 }, /rxRing/],
    [{ txRing: 512 }, /txRing: .*vhost-user/],
    [{ mtu: 67 }, /mtu: .*68 to 65535/],
    [{ mtu: 100_000 }, /mtu: .*would not start/],
    [{ mtu: 9000 }, /mtu: br0 carries frames of at most 1500/],
    [{ mac: '52:54:00:00:00:01' }, /mac: The VM web1 on kvm2 has it/],
    [{ mac: '00:00:00:00:00:00' }, /mac: .*zeros/],
    [{ mac: '01:00:5e:00:00:01' }, /mac: .*group address/],
    [{ mac: 'fe:54:00:00:00:01' }, /mac: .*taps/],
    [{ mac: '52:54:00' }, /mac: Write a MAC as/],
    [{ vlan: { trunk: false, tags: [10], native: null } }, /vlan: br0 does not keep VLANs apart/],
    [{ vlan: { trunk: false, tags: [4095], native: null } }, /vlan: .*1 to 4094/],
    [{ vlan: { trunk: true, tags: [10], native: 20 } }, /vlan: VLAN 20/],
    [{ source: { kind: 'bridge', bridge: 'br7' } }, /source: The host has no bridge br7/],
    [{ source: { kind: 'network', network: 'gone', portGroup: null } }, /source: .*no network gone/],
    [{ source: { kind: 'direct', device: 'eth9', mode: 'bridge' } }, /source: .*no adapter eth9/],
    [{ filter: 'nonsense' }, /filter: .*no filter nonsense/],
    [{ inbound: { averageKBps: 10, peakKBps: 5, burstKB: null } }, /inbound: .*peak/],
  ])('%j is refused', (more, why) => {
    expect(wrong(more).join('\n')).toMatch(why)
  })

  test('is judged by what changes', () => {
    const old = { ...nic, mtu: 9000 }
    expect(checkNic(old, around, ['linkUp'])).toEqual([])
    expect(checkNic(old, around, ['source'])).toMatchObject([{ field: 'mtu' }])
  })

  test('queues by default', () => {
    expect([1, 4, 8, 64].map(defaultQueues)).toEqual([1, 4, 8, 8])
  })

  test('moves from bridge to network live, to macvtap not', () => {
    const to = (source: NicSettings['source']) => nicMoment('source', { sourceKind: 'bridge' }, { source }).live
    expect(to({ kind: 'network', network: 'default', portGroup: null })).toBe(true)
    expect(to({ kind: 'direct', device: 'enp1s0', mode: 'bridge' })).toBe(false)
  })
})

test('what a port of a bridge carries', () => {
  expect(portVlansOf(null, 1)).toEqual([{ vid: 1, pvid: true, untagged: true }])
  expect(portVlansOf(null, null)).toEqual([])
  expect(portVlansOf({ trunk: false, tags: [10], native: null }, 1)).toEqual([{ vid: 10, pvid: true, untagged: true }])
  expect(portVlansOf({ trunk: true, tags: [10, 20], native: 20 }, 1)).toEqual([
    { vid: 10, pvid: false, untagged: false },
    { vid: 20, pvid: true, untagged: true },
  ])
  const two = portVlansOf({ trunk: true, tags: [10, 20], native: null }, 1)
  expect(samePortVlans(two, two.toReversed())).toBe(true)
  expect(samePortVlans(two, portVlansOf({ trunk: true, tags: [10, 20], native: 10 }, 1))).toBe(false)
})

describe('XML that a person edited', () => {
  const known = { uuid: '11111111-1111-4111-8111-111111111111', name: 'web' }
  const xml = (name: string, uuid = known.uuid) =>
    `<domain type='kvm'>\n  <name>${name}</name>\n  <uuid>${uuid}</uuid>\n  <os><type>hvm</type></os>\n</domain>`
  const said = (text: string) =>
    checkForeignXml(text, known)
      .map(({ line, message }) => `${line}: ${message}`)
      .join('\n')

  test('may be stored as the same VM', () => {
    expect(said(xml('web'))).toBe('')
    expect(said(xml('web', known.uuid.toUpperCase().replaceAll('-', '')))).toBe('')
  })

  test.each([
    [xml('..'), /^2: A name has/],
    [xml('a/b'), /^2: A name has/],
    [xml('other'), /^2: The name is web/],
    [xml('web', '22222222-2222-4222-8222-222222222222'), /^3: The UUID must stay/],
    [`<!DOCTYPE domain>${xml('web')}`, /DOCTYPE/],
    [xml('web').replaceAll('domain', 'network'), /This is a <network>/],
    [xml('web').replace('</os>', ''), /closed by/],
    [xml('web').replace('<name>web</name>', ''), /one <name>/],
  ])('%s is refused', (text, why) => {
    expect(said(text)).toMatch(why)
  })

  test('keeps the passwords it was shown without', () => {
    const secret = `<domain><devices><graphics type='vnc' passwd='a&amp;b'/><graphics type='spice' passwd='c'/></devices></domain>`
    const shown = `<domain><devices><graphics type='vnc' port='1'/><graphics type='spice' passwd='new'/></devices></domain>`
    expect(withSecrets(shown, secret)).toBe(shown.replace(`port='1'`, `port='1' passwd='a&amp;b'`))
    expect(withSecrets('<broken', secret)).toBe('<broken')
  })
})

describe('lines that differ', () => {
  test('with three around them', () => {
    const before = Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\n')
    expect(diffLines(before, before)).toEqual([])
    const after = before.replace('line 10', 'other')
    expect(
      diffLines(before, after)
        .map(({ kind }) => kind[0])
        .join(''),
    ).toBe('gsssrasssg')
  })

  test('lead from the one text to the other, whatever they are', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 })
      .map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after, 1000)
        const side = (kinds: string[]) =>
          lines
            .filter(({ kind }) => kinds.includes(kind))
            .map((line) => line.text)
            .join('\n')
        expect([side(['same', 'removed']), side(['same', 'added'])]).toEqual(
          before === after ? ['', ''] : [before, after],
        )
      }),
    )
  })
})

test('vCPUs, topology and memory', () => {
  expect(wantedVcpus({ vcpus: 2, maxVcpus: 4 }, { vcpus: 8 })).toEqual({ vcpus: 8, maxVcpus: 8 })
  expect(wantedVcpus({ vcpus: 4, maxVcpus: 4 }, { maxVcpus: 2 })).toEqual({ vcpus: 2, maxVcpus: 2 })
  expect(fitTopology({ sockets: 1, cores: 2, threads: 2 }, 8)).toEqual({ sockets: 2, cores: 2, threads: 2 })
  expect(fitTopology({ sockets: 1, cores: 4, threads: 2 }, 6)).toEqual({ sockets: 1, cores: 3, threads: 2 })
  expect(fitTopology({ sockets: 1, cores: 2, threads: 2 }, 3)).toEqual({ sockets: 1, cores: 3, threads: 1 })
  const numa = parseXml(`<domain><cpu><numa><cell id='0'/><cell id='1'/></numa></cpu></domain>`)
  expect(memoryRefusal((numa as { value: Parameters<typeof memoryRefusal>[0] }).value)).toMatch(/NUMA/)
  const now = {
    vcpus: 2,
    maxVcpus: 4,
    memoryBytes: 2 ** 30,
    maxMemoryBytes: 2 ** 30,
    topology: null,
    nics: [],
    disks: [],
  }
  const said = (change: Parameters<typeof checkResources>[0]) => checkResources(change, now).map(({ field }) => field)
  expect(said({ vcpus: 8, maxVcpus: 4 })).toEqual(['vcpus'])
  expect(said({ topology: { sockets: 1, cores: 2, threads: 1 } })).toEqual(['topology'])
  expect(said({ memoryBytes: 1024 })).toEqual(['memoryBytes'])
  expect(said({ bootOrder: [{ kind: 'disk', device: 'vdz' }] })).toEqual(['bootOrder'])
  expect(
    said({
      bootOrder: [
        { kind: 'class', class: 'hd' },
        { kind: 'class', class: 'network' },
      ],
    }),
  ).toEqual([])
  expect(freeTarget(['vda', 'vdb', 'sda'], 'virtio')).toBe('vdc')
})

test('what the guest has otherwise is told; what it does not say is not', () => {
  const has = { queues: 4, mtu: 9000, linkUp: true }
  expect(guestFindings(has, { mtu: 9000, linkUp: true, rxQueues: 4 })).toEqual([])
  expect(guestFindings(has, { mtu: null, linkUp: null, rxQueues: null })).toEqual([])
  expect(guestFindings(has, { mtu: 1500, linkUp: false, rxQueues: 1 })).toHaveLength(3)
})
