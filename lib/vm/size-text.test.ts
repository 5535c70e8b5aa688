import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSize, sizeText } from './size-text.ts'

test.each([
  ['20', 20 * 1024 ** 3],
  ['20 GiB', 20 * 1024 ** 3],
  ['512M', 512 * 1024 ** 2],
  ['512 mb', 512 * 1024 ** 2],
  ['1.5 TiB', 1.5 * 1024 ** 4],
  ['1,5 G', 1.5 * 1024 ** 3],
  ['4096 B', 4096],
  ['', null],
  ['0', null],
  ['-1', null],
  ['many', null],
  ['20 GiB more', null],
])('%j is %j bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test('a bare number means the unit of its field', () => {
  expect(parseSize('512', 'MiB')).toBe(512 * 1024 ** 2)
})

test('what is written is read as the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (bytes) => {
      expect(parseSize(sizeText(bytes))).toBe(bytes)
    }),
  )
})
