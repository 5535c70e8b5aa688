import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { vmDetailSchema, vmListSchema, vmParams } from '../contract/vms.ts'
import { getVm, listVms } from '../services/vms/list.ts'
import { now } from './clock.ts'
import { json, operation } from './operation.ts'

const tags = ['VMs']

const list = operation('vm.read', {
  method: 'get',
  path: '/vms',
  tags,
  summary: 'The VMs of all hosts',
  description:
    'As last read: by libvirt’s events at once, otherwise within 30 s. `gaps` names hosts that do not answer; their VMs are shown as last seen.',
  request: { query: z.object({ host: z.string().max(64).optional().describe('Id or name: only this host’s') }) },
  responses: { 200: json(vmListSchema, 'By host and name') },
})

const get = operation('vm.read', {
  method: 'get',
  path: '/vms/{vm}',
  tags,
  summary: 'One VM, read from its host now',
  description: '`gap` says why, when its host does not answer; then it is shown as last seen.',
  request: { params: vmParams },
  responses: { 200: json(vmDetailSchema, 'As it is now') },
})

export const vms = new OpenAPIHono()
  .openapi(list, async (c) => c.json(await listVms(c.var.actor, c.req.valid('query').host ?? null, now), 200))
  .openapi(get, async (c) => c.json(await getVm(c.var.actor, c.req.valid('param').vm, now), 200))
