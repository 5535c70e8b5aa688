import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { templates } from '../net/sentences.ts'
import { locales } from './locales.ts'

const folder = join(import.meta.dirname, '../../messages')
type Nested = Record<string, Record<string, string>>
const read = (locale: string): Record<string, string> => {
  const nested = JSON.parse(readFileSync(join(folder, locale, 'plan.json'), 'utf8')) as Nested
  return Object.fromEntries(
    Object.entries(nested).flatMap(([group, texts]) =>
      Object.entries(texts).map(([name, text]): [string, string] => [`${group}.${name}`, text]),
    ),
  )
}

test('the English sentences of plans are those of lib/net/sentences.ts', () => {
  expect(read('en')).toEqual(templates)
})

test.each([...locales])('every sentence of a plan can be said in %s, with the same values', (locale) => {
  const texts = read(locale)
  const names = (text: string) =>
    [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name = '']) => name))].toSorted((one, other) =>
      one < other ? -1 : 1,
    )
  for (const [code, template] of Object.entries(templates)) {
    expect([code, texts[code] === undefined ? 'is missing' : names(texts[code])]).toEqual([code, names(template)])
  }
  expect(Object.keys(texts).sort()).toEqual(Object.keys(templates).sort())
})
