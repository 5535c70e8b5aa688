import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { apiTokenSchema, madeApiTokenSchema, newApiTokenSchema } from '../contract/account.ts'
import { listOf } from '../contract/page.ts'
import { addToken } from '../services/tokens/add.ts'
import { listTokens } from '../services/tokens/list.ts'
import { revokeToken } from '../services/tokens/revoke.ts'
import { now } from './clock.ts'
import { body, json, nothing, operation } from './operation.ts'

const tags = ['Tokens']

const list = operation('token.manage', {
  method: 'get',
  path: '/tokens',
  tags,
  summary: 'All API tokens',
  responses: { 200: json(listOf(apiTokenSchema), 'Newest first, revoked and expired ones too') },
})

const add = operation('token.manage', {
  method: 'post',
  path: '/tokens',
  tags,
  summary: 'Make an API token',
  description: 'Send it as `Authorization: Bearer dbt_…`. It is shown this once; only its SHA-256 is kept.',
  request: { body: body(newApiTokenSchema) },
  responses: { 201: json(madeApiTokenSchema, 'The token') },
})

const revoke = operation('token.manage', {
  method: 'delete',
  path: '/tokens/{token}',
  tags,
  summary: 'Revoke an API token, at once and for good',
  request: { params: z.object({ token: z.string().max(64) }) },
  responses: { 204: nothing('Revoked') },
})

export const tokens = new OpenAPIHono()
  .openapi(list, async (c) => c.json({ items: await listTokens(c.var.actor) }, 200))
  .openapi(add, async (c) => c.json(await addToken(c.var.actor, c.req.valid('json'), now()), 201))
  .openapi(revoke, async (c) => {
    await revokeToken(c.var.actor, c.req.valid('param').token, now())
    return c.body(null, 204)
  })
