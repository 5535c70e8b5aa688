import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { gather } from './gather.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const told: string[] = []
const start = () => {
  told.length = 0
  return gather(
    (why) => told.push(why),
    () => Date.now(),
  )
}

test('a flood becomes one call, with its reasons named once', () => {
  const { note } = start()
  for (const why of ['a', 'b', 'a', 'c', 'd', 'e', 'f']) note(why)
  vi.advanceTimersByTime(299)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  expect(told).toEqual(['a, b, c, d and 2 more'])
})

test('what never rests is told once in two seconds', () => {
  const { note } = start()
  for (let ms = 0; ms < 10_000; ms += 50) {
    note('x')
    vi.advanceTimersByTime(50)
  }
  expect(told.length).toBe(5)
})

test('one change after a rest is told in 0.3 s', () => {
  const { note } = start()
  note('x')
  vi.advanceTimersByTime(60_000)
  note('y')
  vi.advanceTimersByTime(300)
  expect(told).toEqual(['x', 'y'])
})

test('after stop nothing is told', () => {
  const { note, stop } = start()
  note('x')
  stop()
  note('y')
  vi.advanceTimersByTime(10_000)
  expect(told).toEqual([])
})
