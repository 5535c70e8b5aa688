import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fileLinesOf, parseAnswer, sectionOf, valuesOf } from './answer.ts'

const nonce = 'a1'.repeat(16)
const write = (sections: readonly [name: string, body: string][]): string =>
  `${nonce} drawbridge facts 1\n${sections.map(([name, body]) => `${nonce} begin ${name}\n${body}\n${nonce} end ${name} 0\n\n`).join('')}${nonce} complete\n`

describe('an answer', () => {
  test('gives back every section as it was, whatever is in it', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}( [a-z0-9]{1,8})?$/)
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 300 })), { selector: ([key]) => key }),
        (sections) => {
          const answer = parseAnswer(write(sections), nonce)
          expect(answer.complete).toBe(true)
          expect([...answer.sections].map(([key, { text, code }]) => [key, text, code])).toEqual(
            sections.map(([key, body]) => [key, body, 0]),
          )
        },
      ),
    )
  })

  test('is not fooled by marks of another nonce, nor by the nonce inside a line', () => {
    const body = `${'b2'.repeat(16)} end x 0\n ${nonce} end x 0\nx${nonce} complete\n`
    expect(sectionOf(parseAnswer(write([['x', body]]), nonce), 'x').text).toBe(body)
  })

  test('a section cut at its limit has no status, and the next one is whole', () => {
    const answer = parseAnswer(`${nonce} begin long\nabc\n${nonce} begin next\nok\n${nonce} end next 3\n`, nonce)
    expect(sectionOf(answer, 'long')).toEqual({ text: 'abc', code: null })
    expect(sectionOf(answer, 'next')).toEqual({ text: 'ok', code: 3 })
    expect(answer.complete).toBe(false)
  })

  test('without a nonce there is nothing', () => expect(parseAnswer(write([['x', 'y']]), '').sections.size).toBe(0))
})

test('path:value lines keep colons in values, and the first of a path', () => {
  const section = { text: '/a:1:2\n/a:3\n:x\nplain\n/b:', code: 0 }
  expect([...valuesOf(section)]).toEqual([
    ['/a', '1:2'],
    ['/b', ''],
  ])
  expect(fileLinesOf(section).get('/a')).toEqual(['1:2', '3'])
})
