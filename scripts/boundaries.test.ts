import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, sourceFiles, violations, wrong } from './boundaries.ts'

const root = join(import.meta.dirname, '..')
const at = (file: string, specifier: string, typeOnly = false): string | null =>
  wrong(root, join(root, file), { specifier, typeOnly })

test('the product keeps its arrows', () => {
  expect(sourceFiles(root).length).toBeGreaterThan(20)
  expect(violations(root)).toEqual([])
})

describe('the check can fail', () => {
  test.each([
    ['lib/net/plan.ts', '../store/db.ts'],
    ['lib/net/plan.ts', 'node:fs'],
    ['lib/ssh/session.ts', '../services/hosts/add.ts'],
    ['lib/host/facts.ts', '../store/hosts.ts'],
    ['lib/services/hosts/add.ts', 'ssh2'],
    ['lib/services/hosts/add.ts', '../../api/app.ts'],
    ['components/parts/x.tsx', '@/lib/services/hosts/add.ts'],
    ['app/(console)/page.tsx', '@/lib/store/db.ts'],
    ['lib/nowhere/x.ts', '../kit/result.ts'],
  ])('%s may not import %s', (file, specifier) => expect(at(file, specifier)).not.toBeNull())

  test.each([
    ['lib/services/hosts/add.ts', '../../store/hosts.ts'],
    ['lib/api/hosts.ts', '../services/hosts/add.ts'],
    ['components/parts/x.tsx', '@/lib/wire/queries.ts'],
    ['app/api/v1/[[...route]]/route.ts', '@/lib/api/app.ts'],
  ])('%s may import %s', (file, specifier) => expect(at(file, specifier)).toBeNull())

  test('types may cross', () => expect(at('components/x.tsx', '@/lib/services/hosts/add.ts', true)).toBeNull())
})

test('imports are found in every form', () => {
  const source = `import a from './a.ts'\nimport type { B } from './b.ts'\nexport { c } from "./c.ts"\nconst d = await import('./d.ts')\nimport './e.ts'\nimport {\n  f,\n  type G,\n} from './f.ts'\n// import x from './x.ts'\nconst h = require('./h.ts')`
  expect(
    importsOf(source)
      .map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' type' : ''}`)
      .toSorted(),
  ).toEqual(['./a.ts', './b.ts type', './c.ts', './d.ts', './e.ts', './f.ts', './h.ts'])
})
