import { expect, test } from 'vitest'
import { Ring } from './ring.ts'

const rates = (...rxPps: number[]) => Float64Array.from(rxPps.flatMap((rate) => [rate, 0, 0, 0, 0, 0, 0, 0]))
const keepMs = 900_000

test('what was pushed is read, oldest first, over all blocks', () => {
  const ring = new Ring()
  for (let second = 0; second < 200; second++) ring.push(second * 1000, ['a', 'b'], rates(second, 5), keepMs)
  const read = ring.read('a', 100_000)
  expect(read?.at).toEqual(Array.from({ length: 100 }, (_, index) => (index + 100) * 1000))
  expect(read?.columns[0]).toEqual(Array.from({ length: 100 }, (_, index) => index + 100))
  expect(ring.read('b', 0)?.columns[0]).toEqual(Array.from({ length: 200 }, () => 5))
  expect(ring.read('b', 0)?.columns.map(({ length }) => length)).toEqual(Array.from({ length: 8 }, () => 200))
})

test('a link that comes and goes has gaps, others do not get its figures', () => {
  const ring = new Ring()
  for (let second = 0; second < 60; second++) ring.push(second, ['a', 'b'], rates(1, 2), keepMs)
  for (let second = 60; second < 180; second++) ring.push(second, ['b'], rates(2), keepMs)
  for (let second = 180; second < 190; second++) ring.push(second, ['c', 'b', 'a'], rates(3, 2, 1), keepMs)
  const of = (name: string) => ring.read(name, 0)?.columns[0] ?? []
  expect(of('a').filter((value) => value === 1)).toHaveLength(70)
  expect(of('a').slice(60, 180)).toEqual(Array.from({ length: 120 }, () => null))
  expect(of('b')).toEqual(Array.from({ length: 190 }, () => 2))
  expect(of('c').slice(-11)).toEqual([null, ...Array.from({ length: 10 }, () => 3)])
  expect(ring.read('d', 0)).toBeNull()
})

test('old blocks are dropped', () => {
  const ring = new Ring()
  for (let second = 0; second < 1200; second++) ring.push(second * 1000, ['a'], rates(second), 300_000)
  const at = ring.read('a', 0)?.at ?? []
  expect(at.length).toBeGreaterThanOrEqual(300)
  expect(at.length).toBeLessThanOrEqual(420)
  expect(at.at(-1)).toBe(1_199_000)
})

test('a gap in what is known stays one', () => {
  const ring = new Ring()
  for (let second = 0; second < 130; second++)
    ring.push(second, ['a'], rates(second % 2 === 0 ? Number.NaN : 4), keepMs)
  expect(ring.read('a', 0)?.columns[0]).toEqual(Array.from({ length: 130 }, (_, n) => (n % 2 === 0 ? null : 4)))
})

test('drops and errors are kept for those who have any, zero for the others', () => {
  const ring = new Ring()
  for (let second = 0; second < 100; second++) {
    const a = [1, 1, 1, 1, second % 10 === 0 ? 2.5 : 0, 0, 0, second === 99 ? 1 : 0]
    const b = second < 50 ? Array.from({ length: 8 }, () => Number.NaN) : [1, 1, 1, 1, 0, 0, 0, 0]
    ring.push(second, ['a', 'b'], Float64Array.from([...a, ...b]), keepMs)
  }
  const [a, b] = [ring.read('a', 0), ring.read('b', 0)]
  expect(a?.columns[4]).toEqual(Array.from({ length: 100 }, (_, second) => (second % 10 === 0 ? 2.5 : 0)))
  expect(a?.columns[7]?.filter((rate) => rate !== 0)).toEqual([1])
  expect(b?.columns[4]).toEqual(Array.from({ length: 100 }, (_, second) => (second < 50 ? null : 0)))
})
