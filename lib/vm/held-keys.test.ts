import { expect, test } from 'vitest'
import { HeldKeys, heldKeysBytes } from './held-keys.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (all: Uint8Array) => new TextDecoder().decode(all)

test('gives back what was typed, once and in order', () => {
  const keys = new HeldKeys()
  for (const key of 'ls -l\r') expect(keys.hold(bytes(key))).toBe(true)
  expect(text(keys.take())).toBe('ls -l\r')
  expect(keys.take()).toHaveLength(0)
})

test('takes a bounded amount, and after that not even what would fit', () => {
  const keys = new HeldKeys()
  expect(keys.hold(new Uint8Array(heldKeysBytes - 1).fill(97))).toBe(true)
  expect(keys.hold(bytes('bc'))).toBe(false)
  expect(keys.hold(bytes('\r'))).toBe(false)
  expect(text(keys.take())).toBe('a'.repeat(heldKeysBytes - 1))
  expect(keys.hold(bytes('d'))).toBe(true)
  expect(text(keys.take())).toBe('d')
})
