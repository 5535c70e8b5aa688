import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import {
  backupCodesSchema,
  changePasswordSchema,
  meSchema,
  passwordConfirmSchema,
  sessionSchema,
  totpConfirmSchema,
  totpOfferSchema,
} from '../contract/account.ts'
import { listOf } from '../contract/page.ts'
import { changePassword } from '../services/account/change-password.ts'
import { readMe } from '../services/account/read-me.ts'
import { beginTotp, confirmTotp, disableTotp, renewBackupCodes } from '../services/account/second-factor.ts'
import { endOwnSession, listOwnSessions } from '../services/account/sessions.ts'
import { callerOf } from './admit.ts'
import { setCookies } from './cookies.ts'
import { now } from './clock.ts'
import { body, json, nothing, operation } from './operation.ts'

const tags = ['Me']

const read = operation('account.own', {
  method: 'get',
  path: '/me',
  tags,
  summary: 'Who I am, and what I may not do',
  responses: { 200: json(meSchema, 'The person or token that asks') },
})

const password = operation(
  'account.own',
  {
    method: 'post',
    path: '/me/password',
    tags,
    summary: 'Change my password; my other sessions end',
    request: { body: body(changePasswordSchema) },
    responses: { 204: nothing('Changed') },
  },
  'password',
)

const sessions = operation('account.own', {
  method: 'get',
  path: '/me/sessions',
  tags,
  summary: 'Where I am signed in',
  responses: { 200: json(listOf(sessionSchema), 'My sessions, newest first') },
})

const endSession = operation('account.own', {
  method: 'delete',
  path: '/me/sessions/{session}',
  tags,
  summary: 'End one of my sessions',
  request: { params: z.object({ session: z.string().max(64) }) },
  responses: { 204: nothing('Ended') },
})

const begin = operation(
  'account.own',
  {
    method: 'post',
    path: '/me/totp',
    tags,
    summary: 'Begin a second factor: a secret for an authenticator app, and backup codes',
    request: { body: body(passwordConfirmSchema) },
    responses: { 201: json(totpOfferSchema, 'Shown this once; switched on by `POST /me/totp/verify`') },
  },
  'password',
)

const verify = operation(
  'account.own',
  {
    method: 'post',
    path: '/me/totp/verify',
    tags,
    summary: 'Switch my second factor on, with a code of the app',
    request: { body: body(totpConfirmSchema) },
    responses: { 200: json(meSchema, 'Switched on') },
  },
  'password',
)

const disable = operation(
  'account.own',
  {
    method: 'post',
    path: '/me/totp/disable',
    tags,
    summary: 'Switch my second factor off',
    request: { body: body(passwordConfirmSchema) },
    responses: { 204: nothing('Switched off') },
  },
  'password',
)

const backupCodes = operation(
  'account.own',
  {
    method: 'post',
    path: '/me/totp/backup-codes',
    tags,
    summary: 'New backup codes; the old ones are void',
    request: { body: body(passwordConfirmSchema) },
    responses: { 201: json(backupCodesSchema, 'Shown this once') },
  },
  'password',
)

export const me = new OpenAPIHono()
  .openapi(read, async (c) => c.json(await readMe(c.var.actor), 200))
  .openapi(password, async (c) => {
    setCookies(c, await changePassword(c.var.actor, callerOf(c), c.req.valid('json')))
    return c.body(null, 204)
  })
  .openapi(sessions, async (c) => c.json({ items: await listOwnSessions(c.var.actor, now()) }, 200))
  .openapi(endSession, async (c) => {
    await endOwnSession(c.var.actor, c.req.valid('param').session)
    return c.body(null, 204)
  })
  .openapi(begin, async (c) => c.json(await beginTotp(c.var.actor, callerOf(c), c.req.valid('json').password), 201))
  .openapi(verify, async (c) => {
    const done = await confirmTotp(c.var.actor, callerOf(c), c.req.valid('json').code)
    setCookies(c, done.cookies)
    return c.json(done.me, 200)
  })
  .openapi(disable, async (c) => {
    setCookies(c, await disableTotp(c.var.actor, callerOf(c), c.req.valid('json').password))
    return c.body(null, 204)
  })
  .openapi(backupCodes, async (c) =>
    c.json({ backupCodes: await renewBackupCodes(c.var.actor, callerOf(c), c.req.valid('json').password) }, 201),
  )
