import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseLocale, locales } from './locales.ts'
import { areas } from './messages.ts'

const folder = join(import.meta.dirname, '../../messages')
const read = (locale: string, area: string): unknown =>
  JSON.parse(readFileSync(join(folder, locale, `${area}.json`), 'utf8'))

/** Dotted key → text. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, path === '' ? key : `${path}.${key}`))
}
const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)(?=[,}])|<(\w+)>/g)].map(([, name, tag]) => name ?? `<${tag}>`).sort()

test('every message file belongs to a listed area, in each language', () => {
  for (const locale of locales)
    expect(readdirSync(join(folder, locale)).sort()).toEqual([...areas].map((area) => `${area}.json`).sort())
})

test.each([...areas])('%s says the same things in both languages', (area) => {
  const english = texts(read('en', area))
  const chinese = new Map(texts(read('zh-CN', area)))
  expect([...chinese.keys()].sort()).toEqual(english.map(([key]) => key).sort())
  const differs = english.filter(([key, text]) => {
    const other = new Set(placeholders(chinese.get(key) ?? ''))
    return placeholders(text).some((name) => !other.has(name))
  })
  expect(differs).toEqual([])
})

test('no text is empty', () => {
  for (const locale of locales)
    for (const area of areas) expect(texts(read(locale, area)).filter(([, text]) => text.trim() === '')).toEqual([])
})

test('the cookie wins, then what the browser asks for, then English', () => {
  expect(chooseLocale('zh-CN', 'en')).toBe('zh-CN')
  expect(chooseLocale('xx', 'de, zh-TW;q=0.8, en;q=0.5')).toBe('zh-CN')
  expect(chooseLocale(undefined, 'en-GB,zh;q=0.9')).toBe('en')
  expect(chooseLocale(undefined, 'fr')).toBe('en')
  expect(chooseLocale(undefined, null)).toBe('en')
})
