import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counterFrame } from '../../e2e/harness/counter-frame.ts'
import { type Frame, parseFrame, width } from './frame.ts'

// As a host with two NICs, a bridge and a tap wrote it.
const recorded = `28155.120334051
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
enp1s0: 168433101 1420021    3    7    2     1          0        11 44719811  310233    5    9    4     6       8          0
   br0: 98123447  998123    0    0    0     0          0      8123 55123498  812354    0    1    0     0       0          0
 vnet0:44719811  310233    0    0    0     0          0         0 168433101 1420021    0   12    0     0       0          0
`
const bytesOf = (text: string) => new TextEncoder().encode(text)
const frameOf = (bytes: Uint8Array, before: Frame | null = null): Frame => {
  const parsed = parseFrame(bytes, before)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const rowOf = ({ names, counters }: Frame, name: string) => {
  const row = names.indexOf(name)
  return [...counters.subarray(row * width, (row + 1) * width)]
}

describe('a frame', () => {
  test('has the clock, the names in order, and counters as the host counts', () => {
    const frame = frameOf(bytesOf(recorded))
    expect(frame.clockSeconds).toBe(28155.120334051)
    expect(frame.names).toEqual(['lo', 'enp1s0', 'br0', 'vnet0'])
    expect(rowOf(frame, 'enp1s0')).toEqual([1420021, 310233, 168433101, 44719811, 7, 9, 3, 5])
    expect(rowOf(frame, 'vnet0')).toEqual([310233, 1420021, 44719811, 168433101, 0, 12, 0, 0])
  })

  test('may have the whole of /proc/uptime for its clock', () => {
    expect(frameOf(bytesOf(recorded.replace(/^.*\n/, '28155.12 110000.50\n'))).clockSeconds).toBe(28155.12)
  })

  test('gives the same names array while the links stay', () => {
    const first = frameOf(bytesOf(recorded))
    expect(frameOf(bytesOf(recorded), first).names).toBe(first.names)
    expect(frameOf(counterFrame(1, { lo: {}, enp1s0: {} }), first).names).toEqual(['lo', 'enp1s0'])
    expect(frameOf(counterFrame(1, { lo: {}, vnet0: { rxPackets: 3 } }), first).names).toEqual(['lo', 'vnet0'])
    expect(first.names).toEqual(['lo', 'enp1s0', 'br0', 'vnet0'])
  })

  test('may have names that a shell or a terminal would obey', () => {
    const frame = frameOf(counterFrame(1, { '$(id)': {}, 'a\u001b[1m': { txDrops: 4 }, '.': {} }))
    expect(frame.names).toEqual(['$(id)', 'a\ufffd[1m', '.'])
    expect(rowOf(frame, 'a\ufffd[1m')).toEqual([0, 0, 0, 0, 0, 4, 0, 0])
  })

  test('keeps one of two names that look the same once readable', () => {
    const links = { 'a\u001b': { rxPackets: 1 }, 'a\u0002': { rxPackets: 2 }, b: { rxPackets: 3 } }
    const first = frameOf(counterFrame(1, links))
    const second = frameOf(counterFrame(2, links), first)
    for (const frame of [first, second]) {
      expect(frame.names).toEqual(['a\ufffd', 'b'])
      expect(rowOf(frame, 'b')[0]).toBe(3)
    }
  })

  test.each([
    ['', /clock/],
    ['abc\n', /clock/],
    ['-1.0\nx\ny\n', /clock/],
    [recorded.replace('lo:', 'lo '), /no name/],
    [recorded.replace(/br0:.*/, 'br0: 1 2 3'), /too few/],
    [recorded.replace('168433101', 'x'), /too few/],
  ])('is refused when it is none (%#)', (text, why) => {
    expect(parseFrame(bytesOf(text), null)).toEqual({ ok: false, error: expect.stringMatching(why) })
  })

  test('whatever comes, the answer is a frame or a sentence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(recorded.length), (noise, at) => {
        const text = bytesOf(recorded)
        text.set(noise.subarray(0, text.length - at), at)
        const parsed = parseFrame(text, null)
        expect(parsed.ok ? parsed.value.counters.length - parsed.value.names.length * width : 0).toBe(0)
      }),
    )
  })
})
