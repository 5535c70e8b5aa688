/** One command of a fix, run as root on the host. */
export interface Command {
  argv: readonly string[]
  stdin?: string
  /** Minutes rather than seconds: it must go on when the connection to the host breaks. */
  long?: boolean
}

export const command = (...argv: string[]): Command => ({ argv })
export const longCommand = (...argv: string[]): Command => ({ argv, long: true })

/** Puts exactly this text into a file of our own, readable by all. */
export const writeFile = (path: string, text: string): Command[] => [
  { argv: ['tee', path], stdin: text },
  command('chmod', '0644', path),
]

const isPlain = (word: string): boolean => /^[A-Za-z0-9_@%+=:,./-]+$/.test(word)
const quoted = (word: string): string => (isPlain(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)

/** The command as a person would type it, to be shown and copied; it is never run from this text. */
export function commandText({ argv, stdin }: Command, sudo: boolean): string {
  const line = [...(sudo ? ['sudo'] : []), ...argv].map(quoted).join(' ')
  if (stdin === undefined) return line
  return `${line} <<'END'\n${stdin.endsWith('\n') ? stdin : `${stdin}\n`}END`
}
