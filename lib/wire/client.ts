import { hc, type InferRequestType } from 'hono/client'
import type { Routes } from '../api/app.ts'
import { ProblemError, problemOf } from './problem-error.ts'

/** Throws a `ProblemError` for whatever is not a success. */
const strictFetch: typeof fetch = async (input, init) => {
  let answer: Response
  try {
    answer = await fetch(input, init)
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure
    throw new ProblemError(0, null)
  }
  if (!answer.ok) throw await problemOf(answer)
  return answer
}

/** The typed client: `api.hosts[':host'].$get({ param: { host } })`. Same origin, by the browser's cookie. */
export const api = hc<Routes>('/api/v1', { fetch: strictFetch })
export type Api = typeof api

/** What an operation takes and gives, e.g. `Taken<Api['hosts']['$post']>`. */
export type Taken<T> = InferRequestType<T>

/** Runs an operation for its JSON. */
export async function given<T>(call: Promise<{ json(): Promise<T> }>): Promise<T> {
  return (await call).json()
}
