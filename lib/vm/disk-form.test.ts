import { expect, test } from 'vitest'
import type { VmDisk } from '../contract/vms.ts'
import { diskEdit, diskFieldOf, formOfDisk, newDiskForm, newDiskOfForm } from './disk-form.ts'

const disk: VmDisk = {
  target: 'vda',
  device: 'disk',
  bus: 'virtio',
  source: '/var/lib/libvirt/images/a.qcow2',
  sourceKind: 'file',
  pool: null,
  volume: null,
  format: 'qcow2',
  cache: 'none',
  io: null,
  discard: null,
  ioThread: null,
  readOnly: false,
  shareable: false,
  serial: null,
  backing: [],
  limits: { readBytesPerSecond: 2_500_000, writeBytesPerSecond: null, readIops: null, writeIops: null },
  bootOrder: null,
}

test('a new disk says what is to be plugged in', () => {
  const form = {
    ...newDiskForm('disk'),
    sourceKind: 'volume',
    pool: 'default',
    volume: 'a.qcow2',
    writeIops: '500',
    cache: 'none',
  } as const
  const { disk: made, errors } = newDiskOfForm(form)
  expect(errors).toEqual([])
  expect(made).toEqual({
    device: 'disk',
    source: { kind: 'volume', pool: 'default', volume: 'a.qcow2' },
    format: null,
    bus: 'virtio',
    cache: 'none',
    io: null,
    discard: 'unmap',
    ioThread: null,
    readOnly: false,
    limits: { readBytesPerSecond: null, writeBytesPerSecond: null, readIops: null, writeIops: 500 },
  })
  expect(newDiskOfForm({ ...newDiskForm('cdrom'), sourceKind: 'empty' }).disk).toMatchObject({
    device: 'cdrom',
    source: null,
    bus: 'sata',
    limits: null,
  })
})

test('a new volume is made where, and as large as, the form says', () => {
  const form = { ...newDiskForm('disk'), pool: 'default', sizeGib: ' 3 ' }
  expect(newDiskOfForm(form)).toMatchObject({
    disk: { source: { kind: 'new', pool: 'default', sizeBytes: 3 * 1024 ** 3, format: 'qcow2' }, format: null },
    errors: [],
  })
  for (const sizeGib of ['', '0', '-1', '1.5', '1e9'])
    expect(newDiskOfForm({ ...form, sizeGib }).errors).toEqual([{ field: 'sizeGib', code: 'formNumber' }])
  expect(diskFieldOf('source.sizeBytes', form)).toBe('sizeGib')
  expect(diskFieldOf('source.pool', form)).toBe('pool')
})

test('nothing is guessed', () => {
  expect(newDiskOfForm(newDiskForm('disk')).errors).toEqual([{ field: 'pool', code: 'needed' }])
  expect(newDiskOfForm({ ...newDiskForm('disk'), sourceKind: 'volume' }).errors).toEqual([
    { field: 'volume', code: 'needed' },
  ])
  const form = { ...newDiskForm('disk'), sourceKind: 'file', path: 'a.img', readIops: 'many' } as const
  expect(newDiskOfForm(form).errors).toEqual([
    { field: 'path', code: 'formPath' },
    { field: 'readIops', code: 'formNumber' },
  ])
})

test('an edit holds only what was changed', () => {
  const before = formOfDisk(disk)
  expect(before.readRate).toBe('2.5')
  expect(diskEdit(before, before)).toEqual({ edit: {}, errors: [] })
  expect(diskEdit(before, { ...before, cache: '', readRate: '10' }).edit).toEqual({
    cache: null,
    limits: { readBytesPerSecond: 10_000_000, writeBytesPerSecond: null, readIops: null, writeIops: null },
  })
  const ide = formOfDisk({ ...disk, bus: 'ide' })
  expect(diskEdit(ide, { ...ide, readOnly: true }).edit).toEqual({ readOnly: true })
})

test('the API’s fields find the form’s', () => {
  const form = { ...newDiskForm('disk'), sourceKind: 'volume' } as const
  expect(diskFieldOf('source.volume', form)).toBe('volume')
  expect(diskFieldOf('source.path', { ...form, sourceKind: 'file' })).toBe('path')
  expect(diskFieldOf('limits.readBytesPerSecond', form)).toBe('readRate')
  expect(diskFieldOf('limits.writeIops', form)).toBe('writeIops')
  expect(diskFieldOf('etag', form)).toBeNull()
})
