import { plainText } from '../kit/plain-text.ts'

// Controls, and what makes a name look like another: bidirectional marks, zero-width characters, BOM.
// oxlint-disable-next-line no-control-regex
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** A stranger's name: one visible replacement for each character that can't be seen, so that two names stay two. */
export function nameText(name: string, maxLength = 64): string {
  return name.slice(0, maxLength).replaceAll(unseen, '\ufffd')
}

/** A stranger's sentence on one line, or null when nothing is left of it. */
export function lineText(text: string, maxLength = 200): string | null {
  const plain = plainText(text, maxLength)
  return plain === '' ? null : plain
}

/** A whole number of at most 15 digits, else null: what the host wrote must be a number altogether. */
export function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : null
}

const MAX_CPU = 4096

/** A kernel list like `0-3,8,10-11`, at most 4096 numbers; what is not a list gives none. */
export function numberList(text: string): number[] {
  const numbers: number[] = []
  for (const part of text.trim().split(',')) {
    const range = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part)
    if (range === null) continue
    const first = Number(range[1])
    const last = Math.min(Number(range[2] ?? range[1]), first + MAX_CPU)
    for (let number = first; number <= last && numbers.length < MAX_CPU; number++) numbers.push(number)
  }
  return numbers
}
