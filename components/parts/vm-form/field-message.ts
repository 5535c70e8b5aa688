import { ProblemError } from '@/lib/wire/problem-error.ts'

/** What a refused write says of one field, or undefined. */
export const fieldMessage = (error: Error | null, field: string): string | undefined =>
  error instanceof ProblemError ? error.fields.find((one) => one.field === field)?.message : undefined
