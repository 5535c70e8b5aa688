import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const longest = 1500

/**
 * Appends what failed to the file that `./drawbridge test` prints at its very end ($DRAWBRIDGE_FAILURES): what keeps only
 * the end of a long log keeps the reason too.
 */
export function tellFailure(of: {
  file?: string
  title: string
  /** Failed once, passed at its retry. */
  passedLater: boolean
  errors: string[]
}): void {
  const to = process.env['DRAWBRIDGE_FAILURES']
  if (!to) return
  const head = `${of.passedLater ? 'retried' : 'FAILED'}  ${of.file ? `${relative(process.cwd(), of.file)} › ` : ''}${of.title}`
  const why = of.errors.map((error) => withoutLibraries(stripVTControlCharacters(error)).slice(0, longest))
  appendFileSync(to, `${[head, ...new Set(why)].join('\n')}\n\n`)
}

function withoutLibraries(error: string): string {
  const lines = error.split('\n').filter((line) => !/^\s+at .*(node_modules|node:internal|new Promise)/.test(line))
  return lines.map((line) => `    ${line}`).join('\n')
}
