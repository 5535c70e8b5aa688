import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { auditEntrySchema, auditOutcomeSchema } from '../contract/audit.ts'
import { pageOf, pageQuery } from '../contract/page.ts'
import { listAudit } from '../services/audit/list.ts'
import { json, operation } from './operation.ts'

const word = z.string().max(200).optional()

const list = operation('audit.read', {
  method: 'get',
  path: '/audit',
  tags: ['Audit'],
  summary: 'Who did what, to what, with which outcome',
  request: {
    query: z.object({
      ...pageQuery,
      action: word,
      targetKind: word,
      targetId: word,
      actorId: word,
      outcome: auditOutcomeSchema.optional(),
    }),
  },
  responses: { 200: json(pageOf(auditEntrySchema), 'Newest first') },
})

export const audit = new OpenAPIHono().openapi(list, async (c) => {
  const { limit, after, ...filter } = c.req.valid('query')
  return c.json(await listAudit(c.var.actor, { limit, after }, filter), 200)
})
