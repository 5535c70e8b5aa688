import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { editUserSchema, newUserSchema, userSchema } from '../contract/account.ts'
import { listOf } from '../contract/page.ts'
import { addUser } from '../services/users/add.ts'
import { editUser, removeUser } from '../services/users/edit.ts'
import { listUsers } from '../services/users/list.ts'
import { now } from './clock.ts'
import { body, json, nothing, operation } from './operation.ts'

const tags = ['Users']
const params = z.object({ user: z.string().max(64) })

const list = operation('user.manage', {
  method: 'get',
  path: '/users',
  tags,
  summary: 'All people',
  responses: { 200: json(listOf(userSchema), 'Oldest first') },
})

const add = operation('user.manage', {
  method: 'post',
  path: '/users',
  tags,
  summary: 'Add a person',
  request: { body: body(newUserSchema) },
  responses: { 201: json(userSchema, 'The person, who can sign in from now on') },
})

const edit = operation('user.manage', {
  method: 'patch',
  path: '/users/{user}',
  tags,
  summary: 'Change somebody’s name or role, disable them, set a new password, drop a lost second factor',
  description:
    'A new password, disabling and dropping the second factor end their sessions; disabling also revokes the tokens they made. The last admin stays one.',
  request: { params, body: body(editUserSchema) },
  responses: { 200: json(userSchema, 'As they are now') },
})

const remove = operation('user.manage', {
  method: 'delete',
  path: '/users/{user}',
  tags,
  summary: 'Remove a person, their sessions and the tokens they made',
  request: { params },
  responses: { 204: nothing('Removed') },
})

export const users = new OpenAPIHono()
  .openapi(list, async (c) => c.json({ items: await listUsers(c.var.actor) }, 200))
  .openapi(add, async (c) => c.json(await addUser(c.var.actor, c.req.valid('json')), 201))
  .openapi(edit, async (c) =>
    c.json(await editUser(c.var.actor, c.req.valid('param').user, c.req.valid('json'), now()), 200),
  )
  .openapi(remove, async (c) => {
    await removeUser(c.var.actor, c.req.valid('param').user, now())
    return c.body(null, 204)
  })
