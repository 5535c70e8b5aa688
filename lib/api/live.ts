import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { refusal } from '../access/can.ts'
import { watchLive } from '../services/live/watch.ts'
import { authenticate } from './admit.ts'
import { eventStream } from './event-stream.ts'
import { operation } from './operation.ts'

const watch = operation('live.read', {
  method: 'get',
  path: '/live',
  tags: ['Live'],
  summary: 'Figures and changes as they happen, as server-sent events',
  description:
    'The present state comes first. Events: `fleet` (1 Hz), `host-keyframe` and `host-delta` (1 Hz, columnar, rates per second of the host’s clock), `host-state`, `facts-changed`, `job-changed`, `change-changed`, `vms-changed`. One stream carries any number of topics.',
  request: {
    query: z.object({
      topics: z.string().max(4000).default('fleet').describe('Comma-separated: fleet, jobs, host:<id or name>'),
    }),
  },
  responses: { 200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } } },
})

export const live = new OpenAPIHono().openapi(watch, async (c) => {
  const names = c.req.valid('query').topics.split(',').filter(Boolean)
  const { subscribe } = await watchLive(c.var.actor, names)
  const stillAdmitted = async () => refusal((await authenticate(c)).actor, 'live.read') === null
  return eventStream(c, stillAdmitted, ({ send }) => subscribe(send))
})
