import { once } from '../../kit/once.ts'

// Of 8 kB each. Whoever began an edit longer ago than this is told that something moved, but not what.
const most = 1000

const seen = (): Map<string, string> => once('vm-definitions-seen', () => new Map<string, string>())

/** Keeps what an etag stood for, so that a conflict can say what has moved since. */
export function noteDefinition(etag: string, xml: string): void {
  const held = seen()
  held.delete(etag)
  held.set(etag, xml)
  const [oldest] = held.keys()
  if (held.size > most && oldest !== undefined) held.delete(oldest)
}

export const definitionSeen = (etag: string): string | null => seen().get(etag) ?? null
