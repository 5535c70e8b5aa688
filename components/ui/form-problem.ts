import type { FieldError, FieldValues, Path, UseFormSetError } from 'react-hook-form'
import { ProblemError } from '@/lib/wire/problem-error.ts'

/** Puts the field errors of a refused write beneath those of the form's fields that they name. */
export function placeFieldErrors<T extends FieldValues>(
  error: Error,
  fields: readonly Path<T>[],
  setError: UseFormSetError<T>,
): void {
  for (const { field, message } of fieldsOf(error)) {
    const named = fields.find((one) => one === field)
    if (named !== undefined) setError(named, { type: 'server', message })
  }
}

/** The error, unless each of its field errors stands beneath a field already. */
export function unplaced(error: Error | null, fields: readonly string[]): Error | null {
  if (error === null) return null
  const named = fieldsOf(error)
  return named.length > 0 && named.every(({ field }) => fields.includes(field)) ? null : error
}

const fieldsOf = (error: Error) => (error instanceof ProblemError ? error.fields : [])

/** What stands beneath a field: the server's own words, else the form's sentence for it. */
export const sentenceOf = (error: FieldError | undefined, own: string): string | undefined =>
  error === undefined ? undefined : error.type === 'server' ? (error.message ?? own) : own
