import type { Hook } from '@hono/zod-openapi'
import type { Context, Env } from 'hono'
import { Problem, type ProblemInit, problemStatus } from '../kit/problem.ts'
import { log } from '../log/log.ts'
import { problemOf } from '../services/refuse.ts'
import type { SenderEnv } from './admit.ts'

interface Shown extends Omit<ProblemInit, 'kind'> {
  status: number
  headers?: Record<string, string>
}

/** RFC 9457. */
function answer(
  c: Context,
  { status, code, title, detail, fields, extra, retryAfterSeconds, headers }: Shown,
): Response {
  const requestId = (c as Context<SenderEnv>).get('requestId')
  const document = {
    ...extra,
    type: `urn:drawbridge:problem:${code}`,
    code,
    title,
    status,
    detail,
    instance: `urn:drawbridge:request:${requestId}`,
    errors: fields,
  }
  return c.body(JSON.stringify(document), {
    status: status as 400,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="drawbridge"' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...headers,
    },
  })
}

/** What a library's HTTP error means; by its shape. */
function ofLibrary(failure: Error): Shown | null {
  const status = 'status' in failure && typeof failure.status === 'number' ? failure.status : 500
  if (!('getResponse' in failure)) return null
  switch (status) {
    case 400:
      return { status, code: 'malformed', title: 'The body is not JSON that can be read.' }
    case 413:
      return tooLarge
    case 415:
      return { status, code: 'media-type', title: 'Send the body as JSON (content-type: application/json).' }
    default:
      return null
  }
}

export const tooLarge: Shown = {
  status: 413,
  code: 'too-large',
  title: 'The body of the request is too large (256 kB).',
}

export const answerTooLarge = (c: Context): Response => answer(c, tooLarge)
export const answerChunkTooLarge = (c: Context): Response =>
  answer(c, { ...tooLarge, title: 'A chunk of an upload has 16 MiB at most.' })

/** Whatever was thrown, as a problem document. A bug tells its cause to the log only. */
export function onError(failure: Error, c: Context): Response {
  const problem = problemOf(failure)
  if (problem !== null) return answer(c, { ...problem, status: problemStatus[problem.kind] })
  const known = ofLibrary(failure)
  if (known !== null) return answer(c, known)
  const requestId = (c as Context<SenderEnv>).get('requestId')
  log().error({ err: failure, requestId, method: c.req.method, path: c.req.path }, 'a request failed by a bug')
  return answer(c, {
    status: 500,
    code: 'internal',
    title: 'Something went wrong in Drawbridge itself. The log names this request; please report it.',
  })
}

/** 404, or 405 when the path is there for other methods. */
export const onNotFound =
  (methodsOf: (path: string) => string[]) =>
  (c: Context): Response => {
    const allowed = methodsOf(c.req.path)
    if (allowed.length === 0)
      return answer(c, { status: 404, code: 'no-path', title: `There is nothing at ${c.req.path.slice(0, 200)}.` })
    return answer(c, {
      status: 405,
      code: 'method',
      title: `${c.req.path.slice(0, 200)} does not know ${c.req.method}; it knows ${allowed.join(', ')}.`,
      headers: { allow: allowed.join(', ') },
    })
  }

/** Input that does not fit the schema. */
export const refuseInvalid: Hook<unknown, Env, string, void> = (result) => {
  if (result.success) return
  const fields = result.error.issues.slice(0, 50).map(({ path, message }) => ({
    field: path.map(String).join('.'),
    message,
  }))
  const [only] = fields
  const title =
    fields.length === 1 && only !== undefined
      ? `${only.field === '' ? 'The input' : only.field}: ${only.message}`
      : `${fields.length} fields of the input are not valid: ${[...new Set(fields.map(({ field }) => field))].join(', ')}.`
  throw new Problem({ code: 'invalid', kind: 'invalid', title: title.slice(0, 500), fields })
}
