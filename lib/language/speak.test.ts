import { expect, test } from 'vitest'
import { speak } from './speak.ts'

const say = (text: string): string => `«${text}»`

test('sentences are said, everything else stays', () => {
  expect(
    speak({ code: 'x', title: 'A.', status: 409, name: 'A.', errors: [{ field: 'name', message: 'B.' }] }, say),
  ).toEqual({ code: 'x', title: '«A.»', status: 409, name: 'A.', errors: [{ field: 'name', message: '«B.»' }] })
  expect(speak({ findings: ['A.', 'B.'], notes: ['C.'], refusals: { 'vm.edit': 'D.' } }, say)).toEqual({
    findings: ['«A.»', '«B.»'],
    notes: ['«C.»'],
    refusals: { 'vm.edit': '«D.»' },
  })
  expect(speak({ fix: { sentence: 'A.', commands: ['reboot'] } }, say)).toEqual({
    fix: { sentence: '«A.»', commands: ['reboot'] },
  })
  expect(speak({ code: 'c', values: { reason: 'R', count: 2 }, text: 'T' }, say)).toEqual({
    code: 'c',
    values: { reason: '«R»', count: 2 },
    text: '«T»',
  })
})

test('what a person or a host wrote stays', () => {
  const vm = { uuid: 'u', title: 'Mine.', notes: 'The VM runs already.', xml: '<domain/>' }
  expect(speak({ items: [vm] }, say)).toEqual({ items: [vm] })
  const entry = { outcome: 'done', targetKind: 'vm', detail: { title: 'Mine.' } }
  expect(speak({ items: [entry] }, say)).toEqual({ items: [entry] })
  const definition = { xml: '<title>A.</title>', files: [{ text: 'A.' }] }
  expect(speak(definition, say)).toEqual(definition)
})

test('a VM keeps its own title; why its host does not answer is told', () => {
  const vm = { vcpus: 1, title: 'Web', gap: 'G' }
  expect(speak({ items: [vm] }, say)).toEqual({ items: [{ ...vm, gap: '«G»' }] })
})
