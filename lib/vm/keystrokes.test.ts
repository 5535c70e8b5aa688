import { expect, test } from 'vitest'
import { keystrokesOf } from './keystrokes.ts'

test('a line is typed with Shift where a US keyboard needs it', () => {
  const { strokes, untypable } = keystrokesOf('aB_1!\r\n\t')
  expect(untypable).toEqual([])
  expect(strokes).toEqual([
    { keysym: 0x61, shift: false },
    { keysym: 0x42, shift: true },
    { keysym: 0x5f, shift: true },
    { keysym: 0x31, shift: false },
    { keysym: 0x21, shift: true },
    { keysym: 0xff0d, shift: false },
    { keysym: 0xff09, shift: false },
  ])
})

test('what no key has is named once, and never typed', () => {
  expect(keystrokesOf('ä\u001b你ä')).toEqual({ strokes: [], untypable: ['ä', '\u001b', '你'] })
})
