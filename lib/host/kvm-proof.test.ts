import { expect, test } from 'vitest'
import { bootSector, parseProof } from './kvm-proof.ts'

test('the sector is one that a BIOS boots', () => {
  const sector = bootSector()
  expect(sector).toHaveLength(512)
  expect([...sector.subarray(510)]).toEqual([0x55, 0xaa])
})

test.each([
  ['code=33\nms=110\nsaid=\n', { ran: true, milliseconds: 110, tcgMilliseconds: null }],
  ['tcg=1650\ncode=33\nms=1230\nsaid=\n', { ran: true, milliseconds: 1230, tcgMilliseconds: 1650 }],
  ['code=137\nms=5000\nsaid=Killed\n', { ran: false, milliseconds: 5000, said: null }],
  [
    'code=1\nms=40\nsaid=Could not access KVM\u001b[31m kernel module\n',
    { ran: false, milliseconds: 40, said: 'Could not access KVM kernel module' },
  ],
  // No QEMU, no room for a file, or something else altogether: nothing is proven.
  ['code=127\n', null],
  ['', null],
  ['code=33\nms=-5\n', null],
])('%j', (answer, proof) => expect(parseProof(answer)).toEqual(proof))
