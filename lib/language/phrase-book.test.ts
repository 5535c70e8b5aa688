import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { phraseBook, piecesOf } from './phrase-book.ts'
import { chinese, translationTo } from './translations.ts'

const say = translationTo('zh-CN') ?? ((text: string) => text)

test('English is not translated', () => {
  expect(translationTo('en')).toBeNull()
})

test('values go where the other language wants them', () => {
  const book = phraseBook({ '{1} is on {2} already.': '{2} 上已有 {1}。' })
  expect(book('web is on kvm-1 already.')).toBe('kvm-1 上已有 web。')
})

test('several sentences are said one by one, and what is unknown stays', () => {
  expect(say('kvm-1 has a VM called web already. Choose another name.')).toBe(
    'kvm-1 已有名为 web 的虚拟机。请换一个名称。',
  )
  expect(say('The pool images is not started. Strange words.')).toBe('存储池 images 未启动。 Strange words.')
  expect(say('error: Cannot access storage file')).toBe('error: Cannot access storage file')
})

test('a reason inside a sentence is said too', () => {
  expect(say('KVM is not usable on kvm-1: The host does not answer.')).toBe('kvm-1 上 KVM 不可用：主机没有响应。')
  expect(say('Your role (viewer) may not create VMs; ask for the role operator.')).toBe(
    '您的角色（只读）不能创建虚拟机；请申请操作员角色。',
  )
  expect(say('name: Too small: expected string to have >=1 characters')).toBe('name：过短：至少 1 个字符')
})

test('the longest literal wins', () => {
  const book = phraseBook({ '{1} has {2}.': 'A {1} {2}', '{1} has no disk {2}.': 'B {1} {2}' })
  expect(book('web has no disk vda.')).toBe('B web vda')
})

test('a VM called like a word of ours keeps its name', () => {
  expect(say('kvm-1 has a VM called Copy already.')).toBe('kvm-1 已有名为 Copy 的虚拟机。')
  expect(say('There is no VM admin on any host that answers.')).toContain('admin')
})

const value = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/)

test('every sentence of the catalogue is found, and each value stands in its translation', () => {
  const entries = Object.entries(chinese)
  fc.assert(
    fc.property(fc.nat(entries.length - 1), fc.array(value, { minLength: 9, maxLength: 9 }), (index, values) => {
      const [english = '', other = ''] = entries[index] ?? []
      const fill = (text: string) => text.replaceAll(/\{(\d+)\}/g, (_, n: string) => `${values[Number(n) - 1]}${n}`)
      expect(say(fill(english))).not.toBe(fill(english) === fill(other) ? '' : fill(english))
      for (const n of piecesOf(english).numbers) expect(say(fill(english))).toContain(`${values[n - 1]}${n}`)
    }),
    { numRuns: 3000 },
  )
})

test('no text makes it throw or slow', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.lorem({ mode: 'sentences' })), (text) => {
      expect(typeof say(text)).toBe('string')
    }),
  )
  const hostile = [
    'The VM runs. '.repeat(300),
    'a: '.repeat(1300),
    'is '.repeat(1300),
    '. '.repeat(2000),
    '{1}{2}'.repeat(600),
    `The host refused: ${'x. '.repeat(1200)}`,
    ' '.repeat(3999),
  ]
  const started = performance.now()
  for (const text of hostile) say(text)
  expect(performance.now() - started).toBeLessThan(500)
})

test('what zod says is known', () => {
  const messages = (schema: z.ZodType, input: unknown) =>
    schema.safeParse(input).error?.issues.map(({ message }) => message) ?? []
  const all = [
    ...messages(z.string(), 1),
    ...messages(z.string().min(2), 'a'),
    ...messages(z.string().max(2), 'abc'),
    ...messages(z.number().min(2), 1),
    ...messages(z.number().max(2), 3),
    ...messages(z.int(), 1.5),
    ...messages(z.array(z.string()).max(1), ['a', 'b']),
    ...messages(z.enum(['a', 'b']), 'c'),
    ...messages(z.literal('a'), 'c'),
    ...messages(z.email(), 'c'),
    ...messages(z.uuid(), 'c'),
    ...messages(z.strictObject({}), { a: 1 }),
    ...messages(z.string().regex(/^a$/), 'b'),
    ...messages(z.union([z.string(), z.number()]), null),
  ]
  expect(all.length).toBe(14)
  expect(all.filter((message) => say(message) === message)).toEqual([])
})
