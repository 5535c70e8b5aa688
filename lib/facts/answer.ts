import { nameText } from './text.ts'

/** What lib/host/scripts/facts.sh wrote, cut into its sections. */
export interface Answer {
  sections: ReadonlyMap<string, Section>
  /** False when the script was stopped on its way. */
  complete: boolean
}

export interface Section {
  text: string
  /** Exit status of the section's command; null when its output was cut at the limit. */
  code: number | null
}

/**
 * The sections of an answer. Only lines that begin with the nonce count, and nothing on the host could know it, so no
 * text can pretend to be a section. What does not fit the form is left out; a repeated name keeps its first section.
 */
export function parseAnswer(answer: string, nonce: string): Answer {
  const sections = new Map<string, Section>()
  let complete = false
  let open: { name: string; from: number } | null = null
  const close = (to: number, code: number | null) => {
    if (open !== null && !sections.has(open.name)) {
      // The script puts a line break of its own before the mark.
      const body = answer.slice(open.from, Math.max(open.from, to - 1))
      sections.set(open.name, { text: body, code })
    }
    open = null
  }
  if (nonce === '') return { sections, complete }
  const mark = `${nonce} `
  for (let at = answer.startsWith(mark) ? 0 : nextMark(answer, mark, 0); at >= 0;) {
    const lineEnd = answer.indexOf('\n', at)
    const words = answer.slice(at + mark.length, lineEnd < 0 ? undefined : lineEnd).split(' ')
    const after = lineEnd < 0 ? answer.length : lineEnd + 1
    if (words[0] === 'begin') {
      close(at, null)
      open = { name: nameText(words.slice(1).join(' ')), from: after }
    } else if (words[0] === 'end' && open !== null) {
      const code = /^\d{1,3}$/.exec(words.at(-1) ?? '')
      close(at, code === null ? null : Number(code[0]))
    } else if (words[0] === 'complete') {
      close(at, null)
      complete = true
    }
    at = nextMark(answer, mark, Math.max(at, after - 1))
  }
  close(answer.length + 1, null)
  return { sections, complete }
}

const nextMark = (answer: string, mark: string, from: number): number => {
  const found = answer.indexOf(`\n${mark}`, from)
  return found < 0 ? -1 : found + 1
}

const nothing: Section = { text: '', code: null }

/** The section of that name, empty when the host did not send it. */
export const sectionOf = (answer: Answer, name: string): Section => answer.sections.get(name) ?? nothing

export const linesOf = (section: Section): string[] => section.text.split('\n').filter((line) => line !== '')

/** `path:value` lines, as `grep -H` writes them. The first of each path stands. */
export function valuesOf(section: Section): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of linesOf(section)) {
    const colon = line.indexOf(':')
    const path = line.slice(0, colon)
    if (colon > 0 && !values.has(path)) values.set(path, line.slice(colon + 1))
  }
  return values
}

/** Like valuesOf, for files of several lines. */
export function fileLinesOf(section: Section): Map<string, string[]> {
  const files = new Map<string, string[]>()
  for (const line of linesOf(section)) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const path = line.slice(0, colon)
    const known = files.get(path)
    if (known === undefined) files.set(path, [line.slice(colon + 1)])
    else known.push(line.slice(colon + 1))
  }
  return files
}

/** What the script itself said: `key=value` lines, several of one key allowed. */
export interface Ours {
  has(key: string, value: string): boolean
  first(key: string): string | null
  all(key: string): string[]
}

export function oursOf(answer: Answer): Ours {
  const lines = linesOf(sectionOf(answer, 'ours'))
  const all = (key: string) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
  return { all, has: (key, value) => lines.includes(`${key}=${value}`), first: (key) => all(key)[0] ?? null }
}
