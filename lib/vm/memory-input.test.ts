import { expect, test } from 'vitest'
import { memoryInput, parseMemory } from './memory-input.ts'

const mebibyte = 1024 ** 2

test('is written in the unit a person would take', () => {
  expect(memoryInput(192 * mebibyte)).toBe('192 MiB')
  expect(memoryInput(4096 * mebibyte)).toBe('4 GiB')
  expect(memoryInput(1536 * mebibyte)).toBe('1.5 GiB')
})

test('is read as it is written, a number alone as GiB', () => {
  expect(parseMemory('4')).toBe(4096 * mebibyte)
  expect(parseMemory(' 1,5 GiB ')).toBe(1536 * mebibyte)
  expect(parseMemory('192MiB')).toBe(192 * mebibyte)
  expect(parseMemory('512 m')).toBe(512 * mebibyte)
  for (const text of ['', '0', 'much', '-1', '4 TiB', '1 2']) expect(parseMemory(text)).toBeNull()
})

test('what was written is read back', () => {
  for (const size of [64, 192, 1000, 1024, 1536, 8192])
    expect(parseMemory(memoryInput(size * mebibyte))).toBe(size * mebibyte)
})
