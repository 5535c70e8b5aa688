import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DomainDisk } from './domain.ts'
import {
  buildSnapshotXml,
  readSnapshot,
  snapshotKind,
  snapshotNameRefusal,
  snapshotTree,
  type Snapshot,
} from './snapshot.ts'
import { deleteRefusal, offerSnapshots, revertRefusal, type SnapshotSubject } from './snapshot-offer.ts'

const disk = (part: Partial<DomainDisk> = {}): DomainDisk => ({
  target: 'vda',
  device: 'disk',
  bus: 'virtio',
  source: '/images/a.qcow2',
  sourceKind: 'file',
  pool: null,
  volume: null,
  format: 'qcow2',
  cache: null,
  io: null,
  discard: null,
  ioThread: null,
  readOnly: false,
  shareable: false,
  serial: null,
  backing: [],
  limits: { readBytesPerSecond: null, writeBytesPerSecond: null, readIops: null, writeIops: null },
  bootOrder: null,
  ...part,
})
const cdrom = disk({ target: 'sda', device: 'cdrom', format: 'raw', readOnly: true })
const subject = (disks: DomainDisk[], part: Partial<SnapshotSubject> = {}): SnapshotSubject => ({
  domain: { disks, firmware: 'bios', agent: 'absent' },
  isRunning: true,
  persistent: true,
  hasSavedState: false,
  libvirtVersion: 9_000_000,
  ...part,
})
const snapshot = (part: Partial<Snapshot> = {}): Snapshot => ({
  name: 's',
  description: '',
  state: 'running',
  parent: null,
  createdAtSeconds: 0,
  memory: 'internal',
  disks: [{ target: 'vda', kind: 'internal', file: null }],
  ...part,
})
const outside = snapshot({ memory: 'none', disks: [{ target: 'vda', kind: 'external', file: '/images/a.s' }] })

describe('the XML', () => {
  test('built and read again is the same', () => {
    const description = 'before <the> "update" & after'
    const xml = buildSnapshotXml({
      name: 'a.1',
      description,
      kind: 'external',
      memory: false,
      disks: [
        { target: 'vda', isKept: true },
        { target: 'sda', isKept: false },
      ],
    })
    expect(readSnapshot(xml)).toEqual({
      ok: true,
      value: {
        name: 'a.1',
        description,
        state: 'unknown',
        parent: null,
        createdAtSeconds: null,
        memory: 'none',
        disks: [{ target: 'vda', kind: 'external', file: null }],
      },
    })
  })

  test('of a running VM with its parent and its files is read', () => {
    const read =
      readSnapshot(`<domainsnapshot><name>b</name><description>x\u202ey</description><state>disk-snapshot</state>
      <parent><name>a</name></parent><creationTime>1700000000</creationTime><memory snapshot='no'/>
      <disks><disk name='vda' snapshot='external' type='file'><source file='/images/a.b'/></disk><disk name='sda' snapshot='no'/></disks>
      <domain type='kvm'><name>vm</name></domain></domainsnapshot>`)
    expect(read).toMatchObject({
      value: { name: 'b', description: 'x y', parent: 'a', createdAtSeconds: 1_700_000_000, memory: 'none' },
    })
    expect(read.ok && read.value.disks).toEqual([{ target: 'vda', kind: 'external', file: '/images/a.b' }])
    expect(read.ok && snapshotKind(read.value)).toBe('external')
  })

  test('that is none gives a sentence', () => {
    for (const xml of ['', '<domain/>', '<domainsnapshot>', '<!DOCTYPE x><domainsnapshot/>'])
      expect(readSnapshot(xml)).toEqual({ ok: false, error: expect.stringMatching(/\.$/) })
  })
})

describe('the tree', () => {
  test('goes depth first, siblings by time, orphans as roots', () => {
    const of = (name: string, parent: string | null, createdAtSeconds: number) => ({ name, parent, createdAtSeconds })
    const placed = snapshotTree([
      of('d', 'gone', 4),
      of('b2', 'a', 3),
      of('b1', 'a', 2),
      of('c', 'b1', 9),
      of('a', null, 1),
    ])
    expect(placed.map(({ snapshot: { name }, depth, descendants }) => `${name} ${depth} ${descendants}`)).toEqual([
      'a 0 3',
      'b1 1 1',
      'c 2 0',
      'b2 1 0',
      'd 0 0',
    ])
  })

  test('of anything has each snapshot once, also of rings', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const one = fc.record({ name, parent: fc.option(name), createdAtSeconds: fc.option(fc.nat(9)) })
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: (entry) => entry.name }), (list) => {
        const placed = snapshotTree(list)
        expect(placed.map(({ snapshot: { name: found } }) => found).toSorted()).toEqual(
          list.map(({ name: given }) => given).toSorted(),
        )
      }),
    )
  })
})

test('names that would be a path, an option or markup are none', () => {
  for (const name of ['', '.', '..', 'a/b', '-a', 'a b', 'ä', 'a\n', 'x'.repeat(64)])
    expect(snapshotNameRefusal(name, [])).toMatch(/\.$/)
  expect(snapshotNameRefusal('before-update.1_x', [])).toBeNull()
  expect(snapshotNameRefusal('a', ['a'])).toBe('There is a snapshot named a already.')
})

describe('what a VM allows', () => {
  test.each<[string, SnapshotSubject, string | null, string | null]>([
    ['a qcow2 disk and an ISO', subject([disk(), cdrom]), null, null],
    ['a raw disk', subject([disk(), disk({ target: 'vdb', format: 'raw' })]), 'vdb is raw', null],
    [
      'a block device',
      subject([disk({ format: 'raw', sourceKind: 'block', source: '/dev/vg/a' })]),
      'vda is raw',
      'no files: vda',
    ],
    ['no disk', subject([cdrom]), 'no disk', 'no disk'],
    ['a shared disk', subject([disk({ shareable: true })]), null, 'Other VMs'],
    ['UEFI', subject([disk()], { domain: { disks: [disk()], firmware: 'uefi', agent: 'absent' } }), 'UEFI', null],
    ['a saved state', subject([disk()], { isRunning: false, hasSavedState: true }), 'saved state', 'saved state'],
  ])('with %s', (_what, given, internal, external) => {
    const said = offerSnapshots(given)
    const parts = [said.internal, said.external].map((text, index) => {
      const part = [internal, external][index] ?? null
      return text === null || part === null ? text : text.includes(part) ? part : text
    })
    expect(parts).toEqual([internal, external])
  })

  test('its agent brings file systems in order only while it speaks', () => {
    const domain: SnapshotSubject['domain'] = { disks: [disk()], firmware: 'bios', agent: 'connected' }
    expect(offerSnapshots(subject([], { domain })).canQuiesce).toBe(true)
    expect(offerSnapshots(subject([], { domain, isRunning: false })).canQuiesce).toBe(false)
  })

  test('going back and deleting depend on where it lies and on libvirt', () => {
    const old = subject([disk()], { libvirtVersion: 8_000_000 })
    const young = subject([disk()], { libvirtVersion: 10_000_000 })
    const now = subject([disk()])
    expect(revertRefusal(snapshot(), old)).toBeNull()
    expect(revertRefusal(outside, now)).toMatch(/libvirt 9\.0\.0 .* 9\.9/)
    expect(revertRefusal(outside, young)).toBeNull()
    expect(deleteRefusal(outside, [], old, false)).toMatch(/libvirt 8\.0\.0 .* 9\.0/)
    expect(deleteRefusal(outside, [], now, false)).toBeNull()
    expect(deleteRefusal(snapshot(), [outside], now, false)).toBeNull()
    expect(deleteRefusal(snapshot(), [outside], now, true)).toMatch(/one by one/)
  })
})
