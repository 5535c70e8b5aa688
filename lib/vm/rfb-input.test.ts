import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RfbInput } from './rfb-input.ts'

const bytes = (...parts: (number | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))))
const zeros = (count: number) => '\0'.repeat(count)

const hello = bytes('RFB 003.008\n', 1, 1)
const withPassword = bytes('RFB 003.007\n', 2, 'sixteen bytes ok', 1)
// Bodies hold the numbers of keys and pointers, which are then no messages.
const body = (count: number) => '\u0004\u0005\u00FF\0'.repeat(count)
const silent = [
  bytes(0, zeros(3), body(4)),
  bytes(2, 0, 0, 3, body(3)),
  bytes(3, 1, body(2)),
  bytes(150, 1, body(2)),
  bytes(248, zeros(3), zeros(4), 8, body(2)),
  bytes(251, 0, 4, 0, 3, 0, 2, 0, body(8)),
  bytes(255, 1, 0, 1),
  bytes(255, 1, 0, 2, body(1), '\u0004\u0005'),
]
const input = [
  bytes(4, 1, 0, 0, 0, 0, 0, 65),
  bytes(5, 0, 0, 3, 0, 4),
  bytes(6, 0, 0, 0, 0, 0, 0, 4, body(1)),
  bytes(6, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, body(2)),
  bytes(255, 0, 0, 1, body(2)),
]

/** `whole`, cut at these places. */
const cut = (whole: Buffer, at: number[]): Buffer[] => {
  const places = [...new Set(at.map((place) => place % (whole.length + 1)))].toSorted((a, b) => a - b)
  return [0, ...places].map((from, index) => whole.subarray(from, places[index] ?? whole.length))
}
const cuts = fc.array(fc.nat(4096), { maxLength: 40 })

describe.each([
  ['without a password', hello],
  ['with one', withPassword],
])('a viewer %s', (_how, greeting) => {
  test('that asks for pictures does nothing, however its bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...silent), { maxLength: 20 }), cuts, (said, at) => {
        const viewer = new RfbInput()
        expect(cut(Buffer.concat([greeting, ...said]), at).some((chunk) => viewer.isIn(chunk))).toBe(false)
      }),
    )
  })

  test('that does something is heard each time, however its bytes are cut', () => {
    const saying = fc.array(fc.constantFrom(...silent, ...input), { maxLength: 20 })
    fc.assert(
      fc.property(saying, fc.constantFrom(...input), cuts, (said, key, at) => {
        const viewer = new RfbInput()
        for (const chunk of cut(Buffer.concat([greeting, ...said]), at)) viewer.isIn(chunk)
        expect(cut(key, at).some((chunk) => viewer.isIn(chunk))).toBe(true)
      }),
    )
  })
})

test.each([
  ['an older protocol', bytes('RFB 003.003\n')],
  ['another way to sign in', bytes('RFB 003.008\n', 19)],
  ['a message that is not known', bytes(hello.toString('latin1'), 99)],
])('%s is taken for somebody who works', (_what, said) => {
  const viewer = new RfbInput()
  expect(viewer.isIn(said)).toBe(true)
  expect(viewer.isIn(silent[2] ?? Buffer.alloc(0))).toBe(true)
})
