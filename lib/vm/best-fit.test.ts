import { expect, test } from 'vitest'
import { bestFit, type Candidate } from './best-fit.ts'

const gibibyte = 1024 ** 3
const host = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  id: name,
  name,
  refusal: null,
  isKvmUsable: true,
  availableMemoryBytes: 8 * gibibyte,
  load: 0.5,
  ...more,
})

test('where it fits, then where KVM works, then where most memory is free, then where least is used', () => {
  const full = host('full', { refusal: 'Too small.', availableMemoryBytes: 99 * gibibyte })
  const slow = host('slow', { isKvmUsable: false, availableMemoryBytes: 64 * gibibyte })
  const names = (...all: Candidate[]) => bestFit(all).ranked.map(({ name }) => name)
  expect(names(full, slow, host('a'), host('b', { availableMemoryBytes: 9 * gibibyte }))).toEqual([
    'b',
    'a',
    'slow',
    'full',
  ])
  expect(names(host('a'), host('b', { load: 0.1 }))).toEqual(['b', 'a'])
})

test.each<[Candidate[], RegExp]>([
  [[host('a')], /only host/],
  [[host('a'), host('b', { refusal: 'x' })], /only one of 2 hosts that fits/],
  [[host('a'), host('b', { isKvmUsable: false })], /where KVM works/],
  [[host('a', { availableMemoryBytes: 9 * gibibyte }), host('b')], /most memory free \(9 GiB\)/],
  [[host('a', { load: 0 }), host('b')], /fewest vCPUs/],
])('says why', (candidates, reason) => {
  expect(bestFit(candidates).best).toMatchObject({ name: 'a', reason: expect.stringMatching(reason) })
})

test.each([[[host('a', { refusal: 'Too small.' })]], [[]]])('none fits', (candidates) =>
  expect(bestFit(candidates).best).toBeNull(),
)
