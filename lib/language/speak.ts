/** Which strings of an answer are sentences of ours, by their member's name, and what they are in a language. */
import type { Translate } from './phrase-book.ts'

/** Members whose text, or list or record of texts, this program wrote. */
const sentences = new Set([
  'detail',
  'evidence',
  'findings',
  'fix',
  'gap',
  'gaps',
  'message',
  'reason',
  'refusals',
  'sentence',
  'text',
  'title',
  'values',
  'warnings',
  'why',
])
/** Whatever lies below was written by a host or a person. */
const foreign = new Set(['xml', 'log', 'input', 'seed', 'capabilities', 'files'])

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/**
 * The same document with its sentences in another language. A VM has a `title` that a person gave it, and an entry of
 * the audit log a `detail` that stays as it was written.
 */
export function speak(document: unknown, translate: Translate): unknown {
  return spoken(document as Json, false, translate)
}

function spoken(value: Json, isSaid: boolean, translate: Translate): Json {
  if (typeof value === 'string') return isSaid ? translate(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => spoken(one, isSaid, translate))
  const isVm = 'uuid' in value || 'vcpus' in value
  const isEntry = 'outcome' in value && 'targetKind' in value
  // A sentence of a plan has its own parts; the English beside them is for who does not know its code.
  const isRecord = isSaid && !Object.keys(value).some((name) => sentences.has(name))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (foreign.has(name) || isEntry) return [name, inner]
      const isOurs =
        isRecord || (sentences.has(name) && !(isVm && name === 'title')) || (name === 'notes' && Array.isArray(inner))
      return [name, spoken(inner, isOurs, translate)]
    }),
  )
}
