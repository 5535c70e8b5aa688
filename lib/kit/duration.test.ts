import { expect, test } from 'vitest'
import { durationText } from './duration.ts'

test.each([
  [null, '—'],
  [Number.NaN, '—'],
  [-5, '<1 s'],
  [999, '<1 s'],
  [1000, '1 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [184_000, '3 min 4 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [97 * 3_600_000, '4 d 1 h'],
])('%j ms → %s', (durationMs, text) => expect(durationText(durationMs)).toBe(text))
