import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { refusal } from '../access/can.ts'
import { jobSchema, jobStateSchema, type JobEvent } from '../contract/jobs.ts'
import { pageOf, pageQuery } from '../contract/page.ts'
import { vmParams } from '../contract/vms.ts'
import { cancelJob } from '../services/jobs/cancel.ts'
import { followJob } from '../services/jobs/events.ts'
import { getJob, listJobs } from '../services/jobs/list.ts'
import { authenticate } from './admit.ts'
import { type EventSink, eventStream } from './event-stream.ts'
import { now } from './clock.ts'
import { json, operation } from './operation.ts'

const tags = ['Jobs']
const params = z.object({ job: z.string().max(64) })

const list = operation('job.read', {
  method: 'get',
  path: '/jobs',
  tags,
  summary: 'Long work: what was done, runs and waits',
  request: {
    query: z.object({
      ...pageQuery,
      host: z.string().max(64).optional().describe('Id or name'),
      state: jobStateSchema.optional(),
      kind: z.string().max(64).optional(),
      vm: vmParams.shape.vm.optional().describe('Only what was done to, or from, this VM'),
    }),
  },
  responses: { 200: json(pageOf(jobSchema), 'Newest first') },
})

const get = operation('job.read', {
  method: 'get',
  path: '/jobs/{job}',
  tags,
  summary: 'One job with its steps',
  request: { params },
  responses: { 200: json(jobSchema, 'The job') },
})

const events = operation('job.read', {
  method: 'get',
  path: '/jobs/{job}/events',
  tags,
  summary: 'What a job says, from its beginning and as it goes on, as server-sent events',
  description:
    'The event is the kind (`log`, `step`, `progress`, `state`), the id its number, the data a JobEvent. `Last-Event-ID`, or `after`, resumes. A last event `end` says that nothing follows.',
  request: { params, query: z.object({ after: z.coerce.number().int().min(0).default(0) }) },
  responses: { 200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } } },
})

const cancel = operation('job.cancel', {
  method: 'post',
  path: '/jobs/{job}/cancel',
  tags,
  summary: 'Ask a job to stop',
  request: { params },
  responses: { 202: json(jobSchema, 'Asked; it has stopped when its state says so') },
})

const encoder = new TextEncoder()
const encode = (event: JobEvent): Uint8Array =>
  encoder.encode(`event: ${event.kind}\nid: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`)

async function pump(source: AsyncIterable<JobEvent>, { send, end }: EventSink): Promise<void> {
  for await (const event of source) send(encode(event))
  // Without it an EventSource would connect again for ever.
  send(encoder.encode('event: end\ndata: {}\n\n'))
  end()
}

export const jobs = new OpenAPIHono()
  .openapi(list, async (c) => {
    const { limit, after, ...filter } = c.req.valid('query')
    return c.json(await listJobs(c.var.actor, { limit, after }, filter, now), 200)
  })
  .openapi(get, async (c) => c.json(await getJob(c.var.actor, c.req.valid('param').job), 200))
  .openapi(events, async (c) => {
    const last = c.req.header('last-event-id') ?? ''
    const after = /^\d{1,9}$/.test(last) ? Number(last) : c.req.valid('query').after
    const gone = new AbortController()
    const source = await followJob(c.var.actor, c.req.valid('param').job, after, gone.signal)
    const stillAdmitted = async () => refusal((await authenticate(c)).actor, 'job.read') === null
    return eventStream(c, stillAdmitted, (sink) => {
      pump(source, sink).catch(sink.end)
      return () => gone.abort()
    })
  })
  .openapi(cancel, async (c) => c.json(await cancelJob(c.var.actor, c.req.valid('param').job), 202))
