import type { HonoRequest, MiddlewareHandler } from 'hono'
import type { Action, Actor } from '../access/can.ts'
import { Problem } from '../kit/problem.ts'
import type { Caller } from '../services/account/caller.ts'
import { identifyPerson, identifyToken } from '../services/account/identify.ts'
import { refuse } from '../services/refuse.ts'
import { now } from './clock.ts'
import { addressKey, count, type Limit } from './rate-limits.ts'

/** Set for every request. */
export interface SenderEnv {
  Variables: { requestId: string; address: string | null }
}
/** Set for requests of somebody we know. */
export interface AdmittedEnv {
  Variables: { requestId: string; address: string | null; actor: Actor }
}

/** Of a context only what both kinds have: contexts of different variables do not fit each other. */
interface Sender {
  req: Pick<HonoRequest, 'raw' | 'method'>
  var: { address: string | null }
}

export const callerOf = ({ req, var: { address } }: Sender): Caller => ({ headers: req.raw.headers, address })

const isUnsafe = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method)

/** Who asks, whether they may, and whether not too often; in this order, and all of it before the input is looked at. */
export const admit =
  (action: Action, limit?: Limit): MiddlewareHandler<AdmittedEnv> =>
  async (c, next) => {
    const { actor, cookies } = await authenticate(c)
    c.set('actor', actor)
    for (const cookie of cookies) c.header('set-cookie', cookie, { append: true })
    const [named] = Object.entries<string>(c.req.param())
    await refuse(actor, action, named === undefined ? undefined : { kind: named[0], name: named[1].slice(0, 100) })
    if (limit !== undefined) await count(limit, `${actor.kind} ${'id' in actor ? actor.id : ''}`)
    await next()
  }

/** For operations nobody need be signed in for. */
export const open =
  (limit?: Limit): MiddlewareHandler<SenderEnv> =>
  async (c, next) => {
    // Scripts send no Origin; a browser always does, and another site's page must not sign anybody in.
    if (isUnsafe(c.req.method)) requireOwnOrigin(c.req.raw.headers, { elseFine: true })
    if (limit !== undefined) await count(limit, addressKey(c.var.address))
    await next()
  }

export async function authenticate(c: Sender): Promise<{ actor: Actor; cookies: string[] }> {
  const authorization = c.req.raw.headers.get('authorization')
  if (authorization !== null) {
    const token = /^Bearer ([^\s]+)$/i.exec(authorization)?.[1] ?? ''
    const actor = await identifyToken(token, c.var.address, now())
    if (actor !== null) return { actor, cookies: [] }
    throw unauthenticated('This API token is not good: wrong, expired or revoked. Make a new one in Settings › Tokens.')
  }
  if (!c.req.raw.headers.get('cookie')?.includes('drawbridge.')) throw unauthenticated()
  if (isUnsafe(c.req.method)) requireOwnOrigin(c.req.raw.headers, { elseFine: false })
  const person = await identifyPerson(callerOf(c))
  if (person === null) throw unauthenticated()
  return person
}

const unauthenticated = (title = 'Sign in, or send an API token (Authorization: Bearer …).'): Problem =>
  new Problem({ code: 'unauthenticated', kind: 'unauthenticated', title })

/** A cookie is sent by the browser whatever page asks; the Origin says which. */
export function requireOwnOrigin(headers: Headers, { elseFine }: { elseFine: boolean }): void {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const host = headers.get('host') ?? ''
  if (origin === null && (site === null ? elseFine : site === 'same-origin' || site === 'none')) return
  if (origin !== null && URL.canParse(origin) && new URL(origin).host === host) return
  throw new Problem({
    code: 'foreign-origin',
    kind: 'forbidden',
    title: `This request came from ${origin ?? 'an unknown page'}, but this is ${host}. Use Drawbridge’s own pages or an API token; a reverse proxy must pass the Host header on.`,
  })
}
