import { expect, test } from 'vitest'
import type { DomainDisk } from './domain.ts'
import { imageKindOf, pathsIn, usersText, VolumeUsers, type DiskOwner, type PlacedVolume } from './volume-users.ts'

const volume = (name: string, backing: string | null = null, pool = 'p'): PlacedVolume => ({
  name,
  pool,
  key: `/p/${name}`,
  kind: 'file',
  path: `/p/${name}`,
  format: name.endsWith('iso') ? 'iso' : 'qcow2',
  capacityBytes: 2 ** 21,
  allocationBytes: 0,
  backing: backing === null ? null : { path: backing, format: 'qcow2' },
})
const disk = (source: string, more: Partial<DomainDisk> = {}): DomainDisk => ({
  target: 'vda',
  device: 'disk',
  bus: 'virtio',
  source,
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
  ...more,
})
const vm = (name: string, ...disks: DomainDisk[]): DiskOwner => ({ uuid: name, name, running: false, disks, paths: [] })

test('a chain of overlays keeps all that is beneath it, by volumes as well as by VMs', () => {
  const volumes = [volume('base'), volume('mid', '/p/base'), volume('top', '/p/mid'), volume('free')]
  const users = new VolumeUsers(volumes, [vm('web', disk('/p/top'))])
  expect(usersText(users.of('/p/base'))).toBe('the volume p/mid (lies over it), web')
  expect(users.of('/p/mid')).toMatchObject([
    { kind: 'volume', name: 'top' },
    { kind: 'vm', name: 'web', as: 'backing' },
  ])
  expect(users.of('/p/top')).toMatchObject([{ kind: 'vm', as: 'disk' }])
  expect(users.of('/p/free')).toEqual([])
})

test('a disk by pool and volume, and a path by what it leads to', () => {
  const volumes = [volume('a')]
  const byName = new VolumeUsers(volumes, [vm('web', disk('p/a', { pool: 'p', volume: 'a', sourceKind: 'volume' }))])
  expect(byName.of('/p/a')).toHaveLength(1)
  const real = new Map([
    ['/link/a', '/real/a'],
    ['/p/a', '/real/a'],
  ])
  expect(new VolumeUsers(volumes, [vm('web', disk('/link/a'))], real).of('/p/a')).toHaveLength(1)
  expect(new VolumeUsers(volumes, [vm('web', disk('/link/a'))]).of('/p/a')).toEqual([])
})

test('a chain that bites its own tail ends', () => {
  const volumes = [volume('a', '/p/b'), volume('b', '/p/a')]
  expect(new VolumeUsers(volumes, [vm('web', disk('/p/a'))]).of('/p/b').length).toBeGreaterThan(0)
})

test('what a definition names anywhere is in use', () => {
  const xml = `<domain><os><kernel>/p/vmlinuz</kernel><nvram template="/n/t">\n/p/a&amp;b</nvram></os><disk><source file='/p/d'/></disk><x>no/path</x></domain>`
  expect(pathsIn(xml)).toEqual(['/p/vmlinuz', '/n/t', '/p/a&b', '/p/d'])
  const kernel = { ...volume('vmlinuz'), format: 'raw' }
  const users = new VolumeUsers([kernel], [{ ...vm('web'), paths: ['/p/vmlinuz'] }]).of('/p/vmlinuz')
  expect(users).toMatchObject([{ name: 'web', as: 'file' }])
  expect(imageKindOf(kernel, users)).toBeNull()
})

test('what is an image', () => {
  const none = new VolumeUsers([], []).of('/p/x')
  const kind = (one: PlacedVolume, owners: DiskOwner[] = []) =>
    imageKindOf(one, new VolumeUsers([one], owners).of(one.path))
  expect(imageKindOf(volume('a.iso'), none)).toBe('iso')
  expect(kind(volume('a'))).toBe('disk')
  expect(kind(volume('a', '/p/b'))).toBeNull()
  expect(kind(volume('a'), [vm('web', disk('/p/a'))])).toBeNull()
  expect(kind(volume('a.iso'), [vm('web', disk('/p/a.iso', { device: 'cdrom' }))])).toBe('iso')
  expect(kind({ ...volume('a'), format: 'raw', capacityBytes: 512 })).toBeNull()
})
