import type { Result } from '../kit/result.ts'

/** VLANs as people write them: `10,20,100-110`. */

const most = 4094

/** @returns the numbers in ascending order, each once, or the part that is none. An empty text is an empty list. */
export function parseVlanList(text: string): Result<number[], string> {
  const found = new Set<number>()
  for (const part of text.split(/[\s,;]+/).filter(Boolean)) {
    const [, first = '', last = first] = /^(\d{1,4})(?:[-–](\d{1,4}))?$/.exec(part) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (first === '' || from < 1 || to > most || from > to) return { ok: false, error: part }
    for (let id = from; id <= to; id++) found.add(id)
  }
  return { ok: true, value: [...found].toSorted((a, b) => a - b) }
}

/** The shortest way to write them: three and more in a row become a range. */
export function vlanListText(ids: readonly number[]): string {
  const sorted = [...new Set(ids)].toSorted((a, b) => a - b)
  const parts: string[] = []
  for (let at = 0; at < sorted.length; at++) {
    const first = sorted[at] ?? 0
    let end = at
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++
    if (end - at >= 2) parts.push(`${first}-${sorted[end]}`)
    else for (let one = at; one <= end; one++) parts.push(String(sorted[one]))
    at = end
  }
  return parts.join(',')
}
