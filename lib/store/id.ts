import { randomBytes } from 'node:crypto'
import { once } from '../kit/once.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const timeChars = 10
const randomChars = 16

/**
 * A new row id: a ULID in lower case (26 characters, URL-safe, no look-alikes). Ids made by one process sort in the
 * order they were made, also within one millisecond, so that lists ordered by time and id are stable.
 */
export function newId(): string {
  const last = once('store.last-id', () => ({ ms: 0, tail: new Uint8Array(randomChars) }))
  const now = Date.now()
  if (now > last.ms) {
    last.ms = now
    last.tail = Uint8Array.from(randomBytes(randomChars), (byte) => byte & 31)
  } else {
    for (let at = randomChars - 1; at >= 0; at--) {
      const next = ((last.tail[at] ?? 0) + 1) & 31
      last.tail[at] = next
      if (next !== 0) break
    }
  }
  let time = ''
  for (let rest = last.ms, at = 0; at < timeChars; at++, rest = Math.floor(rest / 32))
    time = alphabet.charAt(rest % 32) + time
  return time + Array.from(last.tail, (digit) => alphabet.charAt(digit)).join('')
}
