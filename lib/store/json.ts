import type { Prisma } from './generated/client.ts'

/** Text as PostgreSQL takes it: it refuses NUL and half a surrogate pair, and a host may send either. */
export const storableText = (text: string): string => text.replaceAll('\0', '').toWellFormed()

/**
 * A value as `jsonb` takes it: what JSON would keep of it, with every text made storable.
 * `undefined` at the top becomes null-less absence: callers pass it on as "leave the column alone".
 */
export function storableJson(value: unknown): Prisma.InputJsonValue {
  const text = JSON.stringify(value ?? {}, (_key, held: unknown) =>
    typeof held === 'string' ? storableText(held) : held,
  )
  return JSON.parse(text, withStorableKeys) as Prisma.InputJsonValue
}

function withStorableKeys(_key: string, held: unknown): unknown {
  if (held === null || typeof held !== 'object' || Array.isArray(held)) return held
  const keys = Object.keys(held)
  if (keys.every((key) => key === storableText(key))) return held
  return Object.fromEntries(Object.entries(held).map(([key, inner]) => [storableText(key), inner as unknown]))
}
