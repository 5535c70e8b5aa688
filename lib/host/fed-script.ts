import { randomBytes } from 'node:crypto'
import { scriptText } from '../ssh/script.ts'

// The script is on stdin and not on the command line, which everybody on the host can see and sudo writes to its log.
const takeNonce = 'IFS= read -r nonce; eval "$(cat)"'
const takeScript = 'eval "$(cat)"'

/** A script that answers in sections: its argv and stdin, and the nonce that marks them. */
export function sectionedScript(path: `lib/${string}`, ...args: string[]) {
  const nonce = randomBytes(16).toString('hex')
  return { nonce, argv: ['sh', '-c', takeNonce, 'sh', ...args], stdin: `${nonce}\n${scriptText(path)}` }
}

/** A script that is fed by stdin, for channels that stay open. */
export const fedScript = (path: `lib/${string}`, ...args: string[]) => ({
  argv: ['sh', '-c', takeScript, 'sh', ...args],
  stdin: scriptText(path),
})
