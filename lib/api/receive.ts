import type { MiddlewareHandler } from 'hono'
import { Problem } from '../kit/problem.ts'
import { log } from '../log/log.ts'
import { countRequest } from '../services/metrics/requests.ts'
import { isClaimed } from '../services/setup/state.ts'
import type { SenderEnv } from './admit.ts'

const always = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** What happens to every request: an id, the sender's address, headers that harden the answer, a line in the log. */
export const receive: MiddlewareHandler<SenderEnv> = async (c, next) => {
  const started = performance.now()
  const requestId = crypto.randomUUID()
  c.set('requestId', requestId)
  // server.ts has put one address there that it vouches for, whatever the client sent.
  c.set('address', c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() || null)
  await next()
  for (const [name, value] of Object.entries(always)) if (!c.res.headers.has(name)) c.header(name, value)
  c.header('x-request-id', requestId)
  const seconds = (performance.now() - started) / 1000
  countRequest(c.req.method, c.res.status, seconds)
  log().debug({ requestId, method: c.req.method, path: c.req.path, status: c.res.status, seconds }, 'request')
}

/** Before there is an admin nothing answers but what makes one. */
export const requireClaimed: MiddlewareHandler<SenderEnv> = async (c, next) => {
  if (c.req.path === '/api/v1/setup' || (await isClaimed())) return next()
  throw new Problem({
    code: 'not-set-up',
    kind: 'unavailable',
    title: 'Drawbridge is not set up yet. Open the set-up link it printed when it started.',
  })
}
