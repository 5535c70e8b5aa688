import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.includes('/') && name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(join(import.meta.dirname, name), 'utf8') }))

/** Exported functions that are handed an actor, with the first line of their body. */
const services = sources.flatMap(({ name, text }) =>
  [...text.matchAll(/^export (?:async )?function (\w+)\(\s*actor: Actor\b[\s\S]*?\{\n([\s\S]*?)^\}/gm)].map(
    ([, verb = '', body = '']) => ({ name: `${name} ${verb}`, body }),
  ),
)
const asksFirst =
  /^(const \w+ = \{.*\}\n\s*)?(await refuse\(actor, |const [\w{}, :]+ = await requirePerson\(actor\)|return \w+\(actor)/

test('every service asks the policy before it does anything', () => {
  expect(services.length).toBeGreaterThan(25)
  expect(services.filter(({ body }) => !asksFirst.test(body.trim())).map(({ name }) => name)).toEqual([])
})

test('arrow functions are no way around', () => {
  const arrows = sources.filter(({ text }) => /^export const \w+ = (async )?\(\s*actor: Actor\b/m.test(text))
  expect(arrows.map(({ name }) => name)).toEqual([])
})
