import { describe, expect, test } from 'vitest'
import {
  buildVolumeXml,
  capacityRefusal,
  parseVolume,
  sizeText,
  spaceRefusal,
  type VolumeConfig,
  volumeNameOf,
  volumeNameRefusal,
} from './volume.ts'

const goldens: [VolumeConfig, string][] = [
  [
    { name: 'web.qcow2', format: 'qcow2', capacityBytes: 10_737_418_240 },
    '<volume><name>web.qcow2</name><capacity unit="bytes">10737418240</capacity><allocation unit="bytes">0</allocation><target><format type="qcow2"/><compat>1.1</compat></target></volume>',
  ],
  [
    { name: 'web.raw', format: 'raw', capacityBytes: 1_048_576, preallocate: true },
    '<volume><name>web.raw</name><capacity unit="bytes">1048576</capacity><target><format type="raw"/></target></volume>',
  ],
  [
    { name: 'web', format: null, capacityBytes: 1_048_576 },
    '<volume><name>web</name><capacity unit="bytes">1048576</capacity></volume>',
  ],
  [
    { name: 'o.qcow2', format: 'qcow2', capacityBytes: 0, backing: { path: '/srv/<base>.qcow2', format: 'qcow2' } },
    '<volume><name>o.qcow2</name><allocation unit="bytes">0</allocation><target><format type="qcow2"/><compat>1.1</compat></target><backingStore><path>/srv/&lt;base&gt;.qcow2</path><format type="qcow2"/></backingStore></volume>',
  ],
]

describe('the XML of a volume', () => {
  test.each(goldens)('%j', (config, xml) => expect(buildVolumeXml(config)).toBe(xml))

  test('as libvirt writes it', () =>
    expect(
      parseVolume(`<volume type='file'>
  <name>web.qcow2</name><key>/srv/web.qcow2</key>
  <capacity unit='bytes'>10737418240</capacity><allocation unit='bytes'>200704</allocation><physical unit='bytes'>196928</physical>
  <target><path>/srv/web.qcow2</path><format type='qcow2'/></target>
  <backingStore><path>/srv/base.qcow2</path><format type='qcow2'/></backingStore>
</volume>`),
    ).toEqual({
      ok: true,
      value: {
        name: 'web.qcow2',
        key: '/srv/web.qcow2',
        kind: 'file',
        path: '/srv/web.qcow2',
        format: 'qcow2',
        capacityBytes: 10_737_418_240,
        allocationBytes: 200_704,
        backing: { path: '/srv/base.qcow2', format: 'qcow2' },
      },
    }))
})

test.each([
  ['web.qcow2', true],
  ['debian-12.7.0+x.iso', true],
  ['..', false],
  ['.hidden', false],
  ['-rf', false],
  ['a/b', false],
  ['a b', false],
  ['web.qcow2.part', false],
  ['', false],
])('a volume called %j: %s', (name, isFine) => expect(volumeNameRefusal(name) === null).toBe(isFine))

test.each([
  ['ubuntu 24.04 (1).iso', 'ubuntu-24.04-1-.iso'],
  ['../../etc/passwd', 'etc-passwd'],
  ['Größe.qcow2', 'Gro-e.qcow2'],
])('%j becomes %j', (file, name) => {
  expect(volumeNameOf(file)).toMatch(/^[A-Za-z0-9]/)
  expect(volumeNameOf(file)).toBe(name)
})

test('sizes', () => {
  expect(capacityRefusal(1024)).toMatch(/1 MiB at least/)
  expect(capacityRefusal(1024 ** 2 + 1)).toMatch(/multiple/)
  expect(capacityRefusal(1024 ** 3, 1024 ** 2)).toMatch(/1023 MiB are missing/)
  expect(capacityRefusal(1024 ** 3)).toBeNull()
  expect(spaceRefusal(10, 10)).toBeNull()
  expect(sizeText(1)).toBe('1 KiB')
  expect(sizeText(1024 ** 3 + 1)).toBe('1.1 GiB')
})
