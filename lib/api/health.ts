/** For machines that look after the process: is it alive, is it ready, how is it doing. */
import { Hono } from 'hono'
import { Problem } from '../kit/problem.ts'
import { notReady } from '../services/health/ready.ts'
import { readMetrics } from '../services/metrics/read.ts'
import { admit, type SenderEnv } from './admit.ts'
import { onError, onNotFound } from './problems.ts'
import { receive, requireClaimed } from './receive.ts'

export const health = new Hono<SenderEnv>()
health.onError(onError)
health.notFound(onNotFound(() => ['GET']))
health.use(receive)
health.get('/healthz', (c) => c.text('ok\n'))
health.get('/readyz', async (c) => {
  const reason = await notReady()
  if (reason === null) return c.text('ready\n')
  throw new Problem({ code: 'not-ready', kind: 'unavailable', title: reason, retryAfterSeconds: 2 })
})
health.get('/metrics', requireClaimed, admit('metrics.read'), async (c) => {
  const { contentType, text } = await readMetrics(c.var.actor)
  return c.body(text, 200, { 'content-type': contentType })
})
