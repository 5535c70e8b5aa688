import { OpenAPIHono } from '@hono/zod-openapi'
import { signInCodeSchema, signInRequestSchema, signInResponseSchema } from '../contract/account.ts'
import { signIn, signInWithCode, signOut } from '../services/account/sign-in.ts'
import { callerOf } from './admit.ts'
import { setCookies } from './cookies.ts'
import { body, json, nothing, operation, publicOperation } from './operation.ts'
import { addressKey, clear } from './rate-limits.ts'

const tags = ['Session']

const begin = publicOperation(
  {
    method: 'post',
    path: '/session',
    tags,
    summary: 'Sign in',
    description: 'Answers with a cookie. With a second factor, `POST /session/totp` has to follow.',
    request: { body: body(signInRequestSchema) },
    responses: { 200: json(signInResponseSchema, 'Signed in, or a code is wanted') },
  },
  'sign-in',
)

const code = publicOperation(
  {
    method: 'post',
    path: '/session/totp',
    tags,
    summary: 'Sign in, second step: a code of the authenticator app, or a backup code',
    request: { body: body(signInCodeSchema) },
    responses: { 200: json(signInResponseSchema, 'Signed in') },
  },
  'code',
)

const end = operation('account.own', {
  method: 'delete',
  path: '/session',
  tags,
  summary: 'Sign out',
  responses: { 204: nothing('Signed out') },
})

export const session = new OpenAPIHono()
  .openapi(begin, async (c) => {
    const { cookies, ...answer } = await signIn(callerOf(c), c.req.valid('json'))
    // While a code is still missing, knowing a password must not buy more guesses.
    if (!answer.twoFactorRequired) await clear('sign-in', addressKey(c.var.address))
    setCookies(c, cookies)
    return c.json(answer, 200)
  })
  .openapi(code, async (c) => {
    const { cookies, ...answer } = await signInWithCode(callerOf(c), c.req.valid('json').code)
    await clear('sign-in', addressKey(c.var.address))
    await clear('code', addressKey(c.var.address))
    setCookies(c, cookies)
    return c.json(answer, 200)
  })
  .openapi(end, async (c) => {
    setCookies(c, await signOut(c.var.actor, callerOf(c)))
    return c.body(null, 204)
  })
