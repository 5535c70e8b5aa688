import { expect, test } from 'vitest'
import { suggestVmName } from './suggest-vm-name.ts'

test.each([
  ['Web', [], 'web-1'],
  ['Web', ['web-1', 'WEB-2', 'web-4'], 'web-3'],
  ['Debian 12 (small)', [], 'debian-12-small-1'],
  ['小型', [], 'vm-1'],
  ['..', [], 'vm-1'],
])('%j beside %j is called %j', (stem, taken, name) => {
  expect(suggestVmName(stem, taken)).toBe(name)
})
