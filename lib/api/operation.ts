import { createRoute, type RouteConfig } from '@hono/zod-openapi'
import type { Env, MiddlewareHandler } from 'hono'
import type * as z from 'zod'
import type { Action } from '../access/can.ts'
import { admit, type AdmittedEnv, open, type SenderEnv } from './admit.ts'
import type { Limit } from './rate-limits.ts'

type Described = Pick<RouteConfig, 'method' | 'path' | 'tags' | 'summary' | 'description' | 'request' | 'responses'>
/** A route whose handler sees what its middleware set: the library's own inference loses that behind a generic. */
type Operation<R extends Described, E extends Env> = R & { middleware: MiddlewareHandler<E> }

const made = <R extends Described, E extends Env>(
  route: R,
  action: Action | 'public',
  security: Record<string, string[]>[],
  middleware: MiddlewareHandler<E>,
): Operation<R, E> => createRoute({ ...route, security, 'x-action': action, middleware }) as Operation<R, E>

/**
 * An operation for those whom the policy lets do `action`. The document carries it as `x-action`; a test walks all of
 * them as nobody and as each role.
 */
export const operation = <const R extends Described>(
  action: Action,
  route: R,
  limit?: Limit,
): Operation<R, AdmittedEnv> => made(route, action, [{ bearer: [] }, { cookie: [] }], admit(action, limit))

/** An operation nobody need be signed in for. */
export const publicOperation = <const R extends Described>(route: R, limit?: Limit): Operation<R, SenderEnv> =>
  made(route, 'public', [], open(limit))

/** The body of a request, as JSON. */
export const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { 'application/json': { schema } },
})

/** An answer in JSON. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

export const nothing = (description: string) => ({ description })
