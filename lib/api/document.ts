import type { OpenAPIHono } from '@hono/zod-openapi'
import { problemSchema } from '../contract/problem.ts'

export type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>

const description = `Everything Drawbridge's own pages do is an operation of this API.

**Signing in.** Scripts send \`Authorization: Bearer dbt_…\` (make a token in Settings › Tokens, by \`POST /tokens\`, or with \`./drawbridge admin token\`). Browsers have a cookie; unsafe requests with a cookie need a matching \`Origin\`.

**Errors** are RFC 9457 problem documents. \`code\` says which failure it is, \`title\` what is wrong and what to do, \`errors\` which fields.

**Reads** are snapshots, **live** is one stream of server-sent events, **writes that touch a host** answer 202 with a job. \`{host}\` is an id or a name. Times are ISO 8601 in UTC; units stand at the end of names; null is not known, zero is zero.

\`x-action\` names what the policy must allow; a 403 gives the reason as its title.`

const problem = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** The OpenAPI 3.1 document of these routes: theirs, and the problems that any of them may answer. */
export function describe(routes: OpenAPIHono): Document {
  const { openAPIRegistry: registry } = routes
  registry.register('Problem', problemSchema)
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API token (dbt_…)',
  })
  registry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: 'drawbridge.session_token',
    description: 'The session of a browser',
  })
  const document = routes.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Drawbridge', version: '1', description, license: { name: 'Apache-2.0' } },
    servers: [{ url: '/api/v1' }],
  })
  for (const item of Object.values(document.paths ?? {}))
    for (const operation of Object.values(item as Record<string, { responses: Record<string, unknown> }>))
      operation.responses.default = problem
  return document
}
