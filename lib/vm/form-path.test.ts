import { expect, test } from 'vitest'
import { valueAt, withValue } from './form-path.ts'

const form = { name: 'web', disks: [{ size: '1' }, { size: '2' }], guest: { user: 'ada' } }

test('reads and writes what a path names, and leaves the rest as it is', () => {
  const changed = withValue(form, 'disks.1.size', '3')
  expect(valueAt(changed, 'disks.1.size')).toBe('3')
  expect(valueAt(form, 'disks.1.size')).toBe('2')
  expect(changed.disks[0]).toBe(form.disks[0])
  expect(changed.guest).toBe(form.guest)
  expect(valueAt(form, 'disks.7.size')).toBeUndefined()
})
