import { expect, test } from 'vitest'
import { freeMac, macOf, macRefusal } from './mac.ts'

test('is of libvirt’s own prefix, and nobody else’s', () => {
  expect(macOf(Uint8Array.from([1, 0xab, 255]))).toBe('52:54:00:01:ab:ff')
  const taken = new Set(['52:54:00:00:00:00'])
  let next = 0
  expect(freeMac(taken, () => Uint8Array.from([0, 0, next++]))).toBe('52:54:00:00:00:01')
  expect(taken.size).toBe(2)
})

test.each([
  '52:54:00:12:34',
  '5254.0012.3456',
  '01:00:5e:00:00:01',
  'ff:ff:ff:ff:ff:ff',
  'fe:54:00:12:34:56',
  '00:00:00:00:00:00',
])('%s is none', (mac) => expect(macRefusal(mac)).not.toBeNull())
test('any other is', () => expect(macRefusal('02:00:00:00:00:01')).toBeNull())
