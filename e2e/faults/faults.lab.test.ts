import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openLab, type Lab } from '../lab/lab.ts'
import { Rig } from './rig.ts'
import { faults, report, type Outcome } from './table.ts'

// All of them take a quarter of an hour: `./drawbridge test --faults`. Otherwise the short set; or some, by number.
const wanted = process.env['DRAWBRIDGE_FAULTS'] ?? 'short'
const numbers = wanted.split(',').map(Number)
const chosen = faults.filter(
  ({ number, short }) => wanted === 'all' || (wanted === 'short' ? short === true : numbers.includes(number)),
)

let lab: Lab
let rig: Rig
const outcomes = new Map<number, Outcome>()

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  rig = await Rig.make(lab)
})
afterAll(async () => {
  await lab?.close()
  const table = report(outcomes)
  console.error(table)
  const path = process.env['DRAWBRIDGE_FAULTS_REPORT']
  if (path !== undefined) writeFileSync(path, table)
})
beforeEach(async () => {
  await rig.reset()
  await rig.plan()
})

test('the table has every fault once', () => {
  expect(faults.map(({ number }) => number)).toEqual(Array.from({ length: 66 }, (_, index) => index + 1))
})

describe('whatever happens, it ends as it was or as it was confirmed', () => {
  for (const { number, name, run, skip } of chosen)
    test.skipIf(skip !== undefined || run === undefined)(`${number}. ${name}`, async () => {
      const since = Date.now()
      outcomes.set(number, { end: 'failed', seconds: 0 })
      const end = await run?.(rig)
      expect(end).toMatch(/^(?:old|new)$/)
      outcomes.set(number, { end: end ?? 'failed', seconds: (Date.now() - since) / 1000 })
    })
})
