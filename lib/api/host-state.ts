import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { hostFactsSchema } from '../contract/facts.ts'
import {
  checkSchema,
  historyLimitSeconds,
  linkHistorySchema,
  linkRatesSchema,
  prepareRequestSchema,
} from '../contract/hosts.ts'
import { jobSchema } from '../contract/jobs.ts'
import { listOf } from '../contract/page.ts'
import { readFacts, refreshFacts } from '../services/hosts/facts.ts'
import { readHistory, readLinks } from '../services/hosts/links.ts'
import { examineHost, prepareHost } from '../services/hosts/prepare.ts'
import { now } from './clock.ts'
import { hostParams } from './hosts.ts'
import { body, json, operation } from './operation.ts'

const tags = ['Hosts']
const params = hostParams

const facts = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/facts',
  tags,
  summary: 'What is known of a host, also while it is down',
  request: { params },
  responses: { 200: json(hostFactsSchema, 'The newest facts') },
})

const refresh = operation(
  'host.refresh',
  {
    method: 'post',
    path: '/hosts/{host}/facts/refresh',
    tags,
    summary: 'Read the facts again, now',
    request: { params },
    responses: { 200: json(hostFactsSchema, 'The facts of this moment') },
  },
  'read',
)

const links = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/links',
  tags,
  summary: 'Links with their rates, once',
  description:
    'The figures of the live stream. Taps are given as the guest sees them. Null is not known; zero is zero.',
  request: { params },
  responses: { 200: json(linkRatesSchema, 'A snapshot') },
})

const history = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/history',
  tags,
  summary: 'Rates of one link over the last minutes',
  request: {
    params,
    query: z.object({
      link: z.string().min(1).max(64),
      seconds: z.coerce.number().int().min(1).max(historyLimitSeconds).default(historyLimitSeconds),
    }),
  },
  responses: { 200: json(linkHistorySchema, 'Columns of one length, oldest first') },
})

const checks = operation(
  'host.read',
  {
    method: 'get',
    path: '/hosts/{host}/checks',
    tags,
    summary: 'What a host has and lacks to run VMs, with evidence and the commands of each fix',
    request: { params },
    responses: { 200: json(listOf(checkSchema), 'The check list as it is now') },
  },
  'read',
)

const prepare = operation('host.prepare', {
  method: 'post',
  path: '/hosts/{host}/prepare',
  tags,
  summary: 'Put checks in order',
  description: 'One step per check. What is in order already is left alone, so doing it twice changes nothing.',
  request: { params, body: body(prepareRequestSchema) },
  responses: { 202: json(jobSchema, 'The job that does it') },
})

export const hostState = new OpenAPIHono()
  .openapi(facts, async (c) => c.json(await readFacts(c.var.actor, c.req.valid('param').host), 200))
  .openapi(refresh, async (c) => c.json(await refreshFacts(c.var.actor, c.req.valid('param').host, now), 200))
  .openapi(links, async (c) => c.json(await readLinks(c.var.actor, c.req.valid('param').host, now()), 200))
  .openapi(history, async (c) => {
    const { link, seconds } = c.req.valid('query')
    return c.json(await readHistory(c.var.actor, c.req.valid('param').host, link, seconds), 200)
  })
  .openapi(checks, async (c) => c.json({ items: await examineHost(c.var.actor, c.req.valid('param').host, now) }, 200))
  .openapi(prepare, async (c) => {
    const job = await prepareHost(c.var.actor, c.req.valid('param').host, c.req.valid('json').checks)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json(job, 202)
  })
