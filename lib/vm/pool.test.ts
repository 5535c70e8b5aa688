import { describe, expect, test } from 'vitest'
import {
  buildPoolXml,
  checkPool,
  parseFree,
  parsePool,
  parsePoolCapabilities,
  type Pool,
  type PoolConfig,
} from './pool.ts'

const read = (xml: string): Pool => {
  const parsed = parsePool(xml)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const all = ['dir', 'logical', 'netfs', 'zfs']

const goldens: [PoolConfig, string][] = [
  [
    { name: 'images', kind: 'dir', path: '/srv/images' },
    '<pool type="dir"><name>images</name><target><path>/srv/images</path></target></pool>',
  ],
  [
    { name: 'fast', kind: 'logical', volumeGroup: 'vg0' },
    '<pool type="logical"><name>fast</name><source><name>vg0</name><format type="lvm2"/></source><target><path>/dev/vg0</path></target></pool>',
  ],
  [
    { name: 'share', kind: 'netfs', host: 'nas.lan', export: '/export/vms', path: '/srv/share' },
    '<pool type="netfs"><name>share</name><source><host name="nas.lan"/><dir path="/export/vms"/><format type="nfs"/></source><target><path>/srv/share</path></target></pool>',
  ],
  [
    { name: 'tank', kind: 'zfs', dataset: 'tank/vms' },
    '<pool type="zfs"><name>tank</name><source><name>tank/vms</name></source></pool>',
  ],
]

describe('the XML of a pool', () => {
  test.each(goldens)('%j', (config, xml) => {
    expect(buildPoolXml(config)).toBe(xml)
    expect(checkPool(config, [], all)).toEqual([])
  })

  test('as libvirt writes it', () =>
    expect(
      read(`<pool type='netfs'>
  <name>share</name>
  <uuid>6F4B02A1-0000-4000-8000-000000000001</uuid>
  <capacity unit='bytes'>1000</capacity><allocation unit='bytes'>400</allocation><available unit='bytes'>600</available>
  <source><host name='nas'/><dir path='/export'/><format type='nfs'/></source>
  <target><path>/srv/share</path><permissions><mode>0755</mode></permissions></target>
</pool>`),
    ).toEqual({
      uuid: '6f4b02a1-0000-4000-8000-000000000001',
      name: 'share',
      kind: 'netfs',
      path: '/srv/share',
      host: 'nas',
      export: '/export',
      sourceName: null,
      devices: [],
      capacityBytes: 1000,
      allocationBytes: 400,
      availableBytes: 600,
    }))

  test('which is none is refused', () => expect(parsePool('<volume/>')).toMatchObject({ ok: false }))
})

describe('a new pool', () => {
  const there = goldens.map(([config]) => read(buildPoolXml(config)))
  const fields = (config: PoolConfig, others = there, offered = all) =>
    checkPool(config, others, offered).map(({ field }) => field)

  test.each<[string, PoolConfig, string[]]>([
    ['a name that is taken', { name: 'images', kind: 'dir', path: '/srv/other' }, ['name']],
    ['a name that is a path', { name: '../x', kind: 'dir', path: '/srv/other' }, ['name']],
    ['two dots', { name: '..', kind: 'dir', path: '/srv/other' }, ['name']],
    ['another pool’s directory', { name: 'n', kind: 'dir', path: '/srv/images' }, ['path']],
    ['the system’s own', { name: 'n', kind: 'dir', path: '/etc/libvirt' }, ['path']],
    ['all of /var', { name: 'n', kind: 'dir', path: '/var' }, ['path']],
    ['the root', { name: 'n', kind: 'dir', path: '/' }, ['path']],
    ['a way round', { name: 'n', kind: 'dir', path: '/srv/../etc' }, ['path']],
    ['no path', { name: 'n', kind: 'dir', path: 'srv' }, ['path']],
    ['an option instead of a server', { name: 'n', kind: 'netfs', host: '-o', export: '/e', path: '/srv/n' }, ['host']],
    ['a volume group that is taken', { name: 'n', kind: 'logical', volumeGroup: 'vg0' }, ['volumeGroup']],
    ['an option instead of a group', { name: 'n', kind: 'logical', volumeGroup: '-a' }, ['volumeGroup']],
    ['a dataset that is none', { name: 'n', kind: 'zfs', dataset: 'tank//x' }, ['dataset']],
  ])('%s is refused', (_, config, expected) => expect(fields(config)).toEqual(expected))

  test('of a kind that the host can’t do is refused', () =>
    expect(fields({ name: 'n', kind: 'zfs', dataset: 'tank' }, [], ['dir'])).toEqual(['kind']))
})

test('what a libvirt can do', () =>
  expect(
    parsePoolCapabilities(
      "<storagepoolCapabilities><pool type='dir' supported='yes'/><pool type='zfs' supported='no'/><pool type='netfs' supported='yes'><poolOptions/></pool></storagepoolCapabilities>",
    ),
  ).toEqual({ ok: true, value: ['dir', 'netfs'] }))

test('df', () => {
  expect(parseFree('  1B-blocks      Avail\n1000 600\n')).toEqual({ sizeBytes: 1000, availableBytes: 600 })
  expect(parseFree('df: no such file')).toBeNull()
})
