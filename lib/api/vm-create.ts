import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import {
  choicesSchema,
  cloneVmSchema,
  newVmSchema,
  removedVmSchema,
  removeVmSchema,
  startedVmSchema,
  templateVmSchema,
  vmPlanSchema,
} from '../contract/vm-create.ts'
import { vmParams } from '../contract/vms.ts'
import { listChoices } from '../services/vms/create/choices.ts'
import { cloneVm } from '../services/vms/create/clone.ts'
import { createVm } from '../services/vms/create/create.ts'
import { planNewVm } from '../services/vms/create/plan.ts'
import { templateVm } from '../services/vms/create/template.ts'
import { removeVm } from '../services/vms/remove.ts'
import { now } from './clock.ts'
import { body, json, operation } from './operation.ts'

const tags = ['VMs']

const choices = operation('vm.create', {
  method: 'get',
  path: '/vms/choices',
  tags,
  summary: 'What each host offers a new VM: bridges, networks, pools, images, machines, firmware, CPUs',
  request: { query: z.object({ host: z.string().max(64).optional().describe('Id or name: only this host’s') }) },
  responses: { 200: json(choicesSchema, 'As it is now') },
})

const plan = operation('vm.create', {
  method: 'post',
  path: '/vms/plan',
  tags,
  summary: 'What making a VM would do: host and why, XML, steps, commands, warnings, refusals by field',
  description: 'Changes nothing. MACs and the UUID of a later `POST /vms` are others unless they are named.',
  request: { body: body(newVmSchema) },
  responses: { 200: json(vmPlanSchema, 'The plan') },
})

const create = operation('vm.create', {
  method: 'post',
  path: '/vms',
  tags,
  summary: 'Make a VM, from a preset or in full',
  description:
    'Answers once the job is queued. What is not possible is refused with a field error and nothing is begun; when a step fails, exactly what the job made itself is taken back. A password reaches the guest as a SHA-512 crypt hash and is not kept.',
  request: { body: body(newVmSchema) },
  responses: { 202: json(startedVmSchema, 'Begun') },
})

const clone = operation('vm.create', {
  method: 'post',
  path: '/vms/{vm}/clone',
  tags,
  summary: 'Make a VM like this one, with MACs of its own',
  description:
    'The VM must be shut off. Its disks are copied, or, with `linked`, become the base of the clone’s. What the guest keeps of itself (machine-id, SSH host keys) is the same in both until it is made anew in the guest.',
  request: { params: vmParams, body: body(cloneVmSchema) },
  responses: { 202: json(startedVmSchema, 'Begun') },
})

const template = operation('preset.manage', {
  method: 'post',
  path: '/vms/{vm}/template',
  tags,
  summary: 'Make a preset and an image of a VM that is shut off',
  request: { params: vmParams, body: body(templateVmSchema) },
  responses: { 202: json(startedVmSchema.pick({ job: true }), 'Begun; the job’s result names preset and images') },
})

const remove = operation('vm.remove', {
  method: 'delete',
  path: '/vms/{vm}',
  tags,
  summary: 'Delete a VM, and those of its disks that are named',
  description:
    'A disk that is not named stays as it is. One that another VM needs is refused. A VM that runs is refused unless `force`.',
  request: { params: vmParams, body: body(removeVmSchema) },
  responses: { 200: json(removedVmSchema, 'What was deleted, and what stays') },
})

/** Before `GET /vms/{vm}`: `choices` is no VM. */
export const vmCreate = new OpenAPIHono()
  .openapi(choices, async (c) => c.json(await listChoices(c.var.actor, c.req.valid('query').host ?? null, now), 200))
  .openapi(plan, async (c) => c.json(await planNewVm(c.var.actor, c.req.valid('json'), now), 200))
  .openapi(create, async (c) => {
    const started = await createVm(c.var.actor, c.req.valid('json'), now)
    c.header('location', `/api/v1/jobs/${started.job.id}`)
    return c.json(started, 202)
  })
  .openapi(clone, async (c) => {
    const started = await cloneVm(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now)
    c.header('location', `/api/v1/jobs/${started.job.id}`)
    return c.json(started, 202)
  })
  .openapi(template, async (c) => {
    const job = await templateVm(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json({ job }, 202)
  })
  .openapi(remove, async (c) => {
    return c.json(await removeVm(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now), 200)
  })
