import { OpenAPIHono } from '@hono/zod-openapi'
import { setupRequestSchema, setupStateSchema, signInResponseSchema } from '../contract/account.ts'
import { claimSetup } from '../services/setup/claim.ts'
import { isClaimed } from '../services/setup/state.ts'
import { callerOf } from './admit.ts'
import { setCookies } from './cookies.ts'
import { now } from './clock.ts'
import { body, json, publicOperation } from './operation.ts'

const tags = ['Set-up']

const read = publicOperation({
  method: 'get',
  path: '/setup',
  tags,
  summary: 'Is there an admin yet?',
  responses: { 200: json(setupStateSchema, 'Whether somebody has claimed this installation') },
})

const claim = publicOperation(
  {
    method: 'post',
    path: '/setup',
    tags,
    summary: 'Make the first admin with the one-time set-up token, and sign in',
    request: { body: body(setupRequestSchema) },
    responses: { 201: json(signInResponseSchema, 'The first admin, signed in') },
  },
  'setup',
)

export const setup = new OpenAPIHono()
  .openapi(read, async (c) => c.json({ claimed: await isClaimed() }, 200))
  .openapi(claim, async (c) => {
    const { cookies, ...answer } = await claimSetup(callerOf(c), c.req.valid('json'), now())
    setCookies(c, cookies)
    return c.json(answer, 201)
  })
