import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseVlanList, vlanListText } from './vlan-list.ts'

test('numbers and ranges, however they are apart', () => {
  expect(parseVlanList('10,20, 100-103 5')).toEqual({ ok: true, value: [5, 10, 20, 100, 101, 102, 103] })
  expect(parseVlanList('  ')).toEqual({ ok: true, value: [] })
})

test.each(['0', '4095', '9-3', 'ten', '1-', '-4', '10-5000', '1-2-3'])('%s is no VLAN', (text) => {
  expect(parseVlanList(`7,${text}`)).toEqual({ ok: false, error: text })
})

test('what is written is read back the same', () => {
  expect(vlanListText([110, 10, 20, 21, 100, 101, 102, 10])).toBe('10,20,21,100-102,110')
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 4094 }), { maxLength: 60 }), (ids) => {
      expect(parseVlanList(vlanListText(ids))).toEqual({ ok: true, value: ids.toSorted((a, b) => a - b) })
    }),
  )
})
