import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chinese } from '../lib/language/translations.ts'
import { audit, saidByAll, saidIn } from './sentences.ts'

const said = saidByAll(join(import.meta.dirname, '..'))
const sentences = (source: string): string[] =>
  saidIn('lib/a.ts', source).flatMap(({ template, isSentence }) => (isSentence ? [template] : []))

// What is missing goes into lib/language/zh-cn/; `node scripts/sentences.ts --prune` takes out what is stale.
test('every sentence of lib/ has its Chinese, with the same values, and nothing else stands in the catalogue', () => {
  expect(audit(said, chinese)).toEqual({ missing: {}, stale: [], uneven: [] })
})

test('a sentence without Chinese is found, and one that nobody says', () => {
  const { missing } = audit(said, {})
  expect(Object.keys(missing).length).toBeGreaterThan(900)
  expect(audit(said, { ...chinese, 'The moon is {1} today.': '今天月亮{1}。' }).stale).toEqual([
    'The moon is {1} today.',
  ])
  expect(audit(said, { ...chinese, 'Sign in.': '请登录 {1}。' }).uneven).toEqual(['Sign in.'])
})

test('sentences are found in every form they are written in', () => {
  expect(sentences("new Problem({ code: 'x', title: `${a.name} is gone. Make ${b} again.` })")).toEqual([
    '{1} is gone.',
    'Make {1} again.',
  ])
  expect(sentences("refuse('name', isLong ? 'It is too long.' : `It has ${n} letters.`)")).toEqual([
    'It is too long.',
    'It has {1} letters.',
    'It is too long.',
    'It has {1} letters.',
  ])
  expect(sentences("const end = x ? 'the VM' : 'the disk'\nwarn(null, `Look at ${end} first.`)")).toEqual([
    'Look at the VM first.',
    'Look at the disk first.',
  ])
  expect(sentences("const steps = [{ id: 'define', title: 'Define it' }]")).toEqual(['Define it'])
  expect(sentences("warn('a', 'This is said ' + 'in two parts.')")).toContain('This is said in two parts.')
  expect(sentences("[/x (.*)/, 'The disk $1 is gone.']")).toEqual(['The disk {1} is gone.'])
})

test('what nobody reads is none', () => {
  expect(sentences("log().warn({ a }, 'Facts could not be read.')")).toEqual([])
  expect(sentences("throw new Error('This must never happen.')")).toEqual([])
  expect(sentences("({ summary: 'Starts a VM.', description: 'It answers at once.' })")).toEqual([])
  expect(sentences("import x from 'A thing that is.'")).toEqual([])
})
