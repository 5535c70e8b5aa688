import ipaddr from 'ipaddr.js'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { once } from '../kit/once.ts'
import { Problem } from '../kit/problem.ts'

/** Points per window. Fewer hinder people who mistype; more help who guesses. */
const limits = {
  /** Wrong passwords per address; a right one clears the slate. */
  'sign-in': { points: 10, duration: 300 },
  /** Wrong codes per address. The auth library locks an account's second factor after ten of them besides. */
  code: { points: 10, duration: 300 },
  setup: { points: 10, duration: 900 },
  /** Probing and adding hosts, per actor: each knocks on a stranger's door, and doors have brakes of their own. */
  probe: { points: 30, duration: 60 },
  /** Passwords and codes given while signed in, per actor: a borrowed browser must not guess. */
  password: { points: 10, duration: 300 },
  /** What makes a host work: facts, check list. */
  read: { points: 60, duration: 60 },
  /** Each opens a connection to a host; a page that reconnects asks once in some seconds. */
  console: { points: 60, duration: 60 },
} as const

export type Limit = keyof typeof limits

const titles: Record<Limit, string> = {
  'sign-in': 'Too many attempts to sign in from your address',
  code: 'Too many codes from your address',
  setup: 'Too many attempts to set up from your address',
  probe: 'Too many hosts probed at once',
  password: 'Too many wrong passwords or codes',
  read: 'Too many readings at once',
  console: 'Too many consoles opened at once',
}

const limiterOf = (limit: Limit): RateLimiterMemory =>
  once(`api.limit.${limit}`, () => new RateLimiterMemory(limits[limit]))

/** Counts one try; throws the 429 when there were too many. */
export async function count(limit: Limit, key: string): Promise<void> {
  const counted = await limiterOf(limit)
    .consume(key)
    .catch((refused: unknown) => refused)
  if (counted instanceof Error) throw counted
  const { remainingPoints, consumedPoints, msBeforeNext } = counted as Record<string, number>
  if ((consumedPoints ?? 0) <= limits[limit].points && remainingPoints !== undefined && remainingPoints >= 0) return
  const seconds = Math.max(1, Math.ceil((msBeforeNext ?? 0) / 1000))
  throw new Problem({
    code: 'too-many',
    kind: 'rate-limited',
    title: `${titles[limit]}. Try again in ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`}.`,
    retryAfterSeconds: seconds,
  })
}

/** It was right: forget the tries before. */
export async function clear(limit: Limit, key: string): Promise<void> {
  await limiterOf(limit).delete(key)
}

/** Whoever has one IPv6 address has 2^64 of them, so they count as one. */
export function addressKey(address: string | null): string {
  if (address === null || !ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return parsed.toByteArray().slice(0, 8).join('.')
}
