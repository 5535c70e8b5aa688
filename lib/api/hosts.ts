import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import {
  addHostSchema,
  editHostSchema,
  generatedKeySchema,
  hostSchema,
  probeRequestSchema,
  probeResponseSchema,
} from '../contract/hosts.ts'
import { listOf } from '../contract/page.ts'
import { addHost } from '../services/hosts/add.ts'
import { editHost } from '../services/hosts/edit.ts'
import { getHost, listHosts } from '../services/hosts/list.ts'
import { makeKey } from '../services/hosts/make-key.ts'
import { probeHost } from '../services/hosts/probe.ts'
import { removeHost } from '../services/hosts/remove.ts'
import { now } from './clock.ts'
import { body, json, nothing, operation } from './operation.ts'

const tags = ['Hosts']
export const hostParams = z.object({ host: z.string().min(1).max(64).describe('Id or name') })

const probe = operation(
  'host.probe',
  {
    method: 'post',
    path: '/hosts/probe',
    tags,
    summary: 'Who answers at an address: host key fingerprints, or why nobody does',
    description:
      'Nothing is trusted and nobody signs in. Compare a fingerprint with `ssh-keygen -lf` on the host’s own console before adding it.',
    request: { body: body(probeRequestSchema) },
    responses: { 200: json(probeResponseSchema, 'Also when it cannot be reached: then `failure` says why') },
  },
  'probe',
)

const key = operation(
  'host.add',
  {
    method: 'post',
    path: '/hosts/keys',
    tags,
    summary: 'Make a key pair for a host that is to be added',
    description: 'Install the public half on the host, then name `keyId` in `POST /hosts`. It is kept for a day.',
    responses: { 201: json(generatedKeySchema, 'The public half, and a command that installs it') },
  },
  'probe',
)

const list = operation('host.read', {
  method: 'get',
  path: '/hosts',
  tags,
  summary: 'All hosts',
  responses: { 200: json(listOf(hostSchema), 'By name') },
})

const add = operation(
  'host.add',
  {
    method: 'post',
    path: '/hosts',
    tags,
    summary: 'Add a host',
    description:
      'Signs in once to see that everything is right: the host key is the confirmed one, it is Linux, root is to be had. A password is used once, to install a key made for this host, and is not kept.',
    request: { body: body(addHostSchema) },
    responses: { 201: json(hostSchema, 'Added; it is being watched from now on') },
  },
  'probe',
)

const get = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}',
  tags,
  summary: 'One host',
  request: { params: hostParams },
  responses: { 200: json(hostSchema, 'The host') },
})

const edit = operation(
  'host.edit',
  {
    method: 'patch',
    path: '/hosts/{host}',
    tags,
    summary: 'Edit a host, or trust its changed host key',
    description: 'A `fingerprint` must be offered by the host at this moment, and needs the role admin.',
    request: { params: hostParams, body: body(editHostSchema) },
    responses: { 200: json(hostSchema, 'As it is now') },
  },
  'probe',
)

const remove = operation('host.remove', {
  method: 'delete',
  path: '/hosts/{host}',
  tags,
  summary: 'Forget a host with its keys and facts; nothing changes on the host itself',
  request: { params: hostParams },
  responses: { 204: nothing('Forgotten') },
})

export const hosts = new OpenAPIHono()
  .openapi(probe, async (c) => c.json(await probeHost(c.var.actor, c.req.valid('json')), 200))
  .openapi(key, async (c) => c.json(await makeKey(c.var.actor, now()), 201))
  .openapi(list, async (c) => c.json({ items: await listHosts(c.var.actor) }, 200))
  .openapi(add, async (c) => {
    const host = await addHost(c.var.actor, c.req.valid('json'), now)
    c.header('location', `/api/v1/hosts/${host.id}`)
    return c.json(host, 201)
  })
  .openapi(get, async (c) => c.json(await getHost(c.var.actor, c.req.valid('param').host), 200))
  .openapi(edit, async (c) => c.json(await editHost(c.var.actor, c.req.valid('param').host, c.req.valid('json')), 200))
  .openapi(remove, async (c) => {
    await removeHost(c.var.actor, c.req.valid('param').host)
    return c.body(null, 204)
  })
