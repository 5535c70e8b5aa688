import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import {
  changeListSchema,
  changeSchema,
  extendChangeSchema,
  networkStateSchema,
  planRequestSchema,
  planSchema,
  startChangeSchema,
} from '../contract/network.ts'
import { extendChange, keepChange, undoChange } from '../services/network/decide.ts'
import { listHostChanges, listOpenChanges, readChange } from '../services/network/list.ts'
import { planNetwork } from '../services/network/plan.ts'
import { readNetwork } from '../services/network/read.ts'
import { startChange } from '../services/network/start.ts'
import { now } from './clock.ts'
import { hostParams } from './hosts.ts'
import { body, json, operation } from './operation.ts'

const tags = ['Network']
const changeParams = z.object({ change: z.string().min(1).max(64) })

const state = operation(
  'host.read',
  {
    method: 'get',
    path: '/hosts/{host}/network',
    tags,
    summary: 'What files say of a host’s links, what is, and where both differ',
    description: 'Read from the host at this moment. The `ETag` changes with files and runtime, not with counters.',
    request: { params: hostParams },
    responses: { 200: json(networkStateSchema, 'The state') },
  },
  'read',
)

const plan = operation(
  'host.network',
  {
    method: 'post',
    path: '/hosts/{host}/network/plans',
    tags,
    summary: 'Plan operations without touching anything',
    description:
      'Answers with ordered sentences, files before and after, commands, risks and refusals. With an `etag` that is no longer true: 409 `stale-plan` and what moved.',
    request: { params: hostParams, body: body(planRequestSchema) },
    responses: { 200: json(planSchema, 'The plan; with refusals it can’t be applied') },
  },
  'read',
)

const start = operation('host.network', {
  method: 'post',
  path: '/hosts/{host}/changes',
  tags,
  summary: 'Apply a plan, with an undo that the host carries out by itself',
  description:
    'The plan is made again from the same operations; another state (409 `stale-plan`) or another plan than the one reviewed (409 `plan-changed`) is refused. Unless it is kept within `windowSeconds`, the host restores itself.',
  request: { params: hostParams, body: body(startChangeSchema) },
  responses: { 202: json(changeSchema, 'The change; its job is `jobId`') },
})

const listOfHost = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/changes',
  tags,
  summary: 'Changes of a host’s network',
  request: { params: hostParams },
  responses: { 200: json(changeListSchema, 'Newest first') },
})

const list = operation('host.read', {
  method: 'get',
  path: '/changes',
  tags,
  summary: 'Changes of all hosts',
  request: { query: z.object({ state: z.enum(['undecided', 'all']).default('all') }) },
  responses: { 200: json(changeListSchema, 'Newest first') },
})

const one = operation('host.read', {
  method: 'get',
  path: '/changes/{change}',
  tags,
  summary: 'One change',
  request: { params: changeParams },
  responses: { 200: json(changeSchema, 'The change') },
})

const keep = operation('host.network', {
  method: 'post',
  path: '/changes/{change}/keep',
  tags,
  summary: 'Keep a change',
  description:
    'Two new connections, at least 5 s apart, must pass all checks; those that were made meanwhile count. Then the host is told.',
  request: { params: changeParams },
  responses: { 200: json(changeSchema, 'Kept') },
})

const undo = operation('host.network', {
  method: 'post',
  path: '/changes/{change}/undo',
  tags,
  summary: 'Undo a change that is not decided, now',
  request: { params: changeParams },
  responses: { 200: json(changeSchema, 'It is being put back, or has been') },
})

const extend = operation('host.network', {
  method: 'post',
  path: '/changes/{change}/extend',
  tags,
  summary: 'Give a change more time',
  request: { params: changeParams, body: body(extendChangeSchema) },
  responses: { 200: json(changeSchema, 'With its new deadline') },
})

export const network = new OpenAPIHono()
  .openapi(state, async (c) => {
    const read = await readNetwork(c.var.actor, c.req.valid('param').host, now)
    c.header('etag', `"${read.etag}"`)
    return c.json(read, 200)
  })
  .openapi(plan, async (c) =>
    c.json(await planNetwork(c.var.actor, c.req.valid('param').host, c.req.valid('json'), now), 200),
  )
  .openapi(start, async (c) => {
    const change = await startChange(c.var.actor, c.req.valid('param').host, c.req.valid('json'), now)
    c.header('location', `/api/v1/changes/${change.id}`)
    return c.json(change, 202)
  })
  .openapi(listOfHost, async (c) =>
    c.json({ items: await listHostChanges(c.var.actor, c.req.valid('param').host) }, 200),
  )
  .openapi(list, async (c) =>
    c.json({ items: await listOpenChanges(c.var.actor, c.req.valid('query').state === 'undecided') }, 200),
  )
  .openapi(one, async (c) => c.json(await readChange(c.var.actor, c.req.valid('param').change), 200))
  .openapi(keep, async (c) => c.json(await keepChange(c.var.actor, c.req.valid('param').change, now), 200))
  .openapi(undo, async (c) => c.json(await undoChange(c.var.actor, c.req.valid('param').change, now), 200))
  .openapi(extend, async (c) =>
    c.json(await extendChange(c.var.actor, c.req.valid('param').change, c.req.valid('json').seconds, now), 200),
  )
