import { expect, test } from 'vitest'
import type { VmDetail } from '../contract/vms.ts'
import { bootChoice, bootRows, moved } from './boot-form.ts'

const defined = {
  disks: [{ target: 'vda' }, { target: 'sda' }],
  nics: [{ mac: '52:54:00:00:00:01' }],
} as VmDetail['defined']

test('single devices: those it boots from first, in order', () => {
  const rows = bootRows({ bootOrder: [{ kind: 'nic', device: '52:54:00:00:00:01' }], defined })
  expect(rows.map(({ key, on }) => [key, on])).toEqual([
    ['nic 52:54:00:00:00:01', true],
    ['disk vda', false],
    ['disk sda', false],
  ])
  expect(bootChoice(rows)).toEqual([{ kind: 'nic', device: '52:54:00:00:00:01' }])
})

test('classes of devices stay classes', () => {
  const rows = bootRows({ bootOrder: [{ kind: 'class', class: 'network' }], defined })
  expect(rows.map(({ key, on }) => [key, on])).toEqual([
    ['network', true],
    ['hd', false],
    ['cdrom', false],
  ])
})

test('a row moves one place, and not beyond the ends', () => {
  const rows = bootRows({ bootOrder: [], defined })
  const keys = (list: typeof rows) => list.map(({ key }) => key)
  expect(keys(moved(rows, 'disk sda', 'up'))).toEqual(['disk sda', 'disk vda', 'nic 52:54:00:00:00:01'])
  expect(keys(moved(rows, 'disk vda', 'up'))).toEqual(keys(rows))
  expect(keys(moved(moved(rows, 'disk vda', 'down'), 'disk vda', 'up'))).toEqual(keys(rows))
})
