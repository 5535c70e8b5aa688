import { OpenAPIHono } from '@hono/zod-openapi'
import { jobSchema } from '../contract/jobs.ts'
import { bulkPowerSchema, bulkResultSchema } from '../contract/vm-power.ts'
import { vmParams, vmSchema } from '../contract/vms.ts'
import { powerVm, powerVms } from '../services/vms/power.ts'
import { saveVm } from '../services/vms/save.ts'
import type { PowerAction } from '../vm/power.ts'
import { now } from './clock.ts'
import { body, json, operation } from './operation.ts'

const tags = ['VMs']
const whenNot = 'In a state in which it makes no sense it is refused with 409 and why (`vm-state`, or `vm-busy`).'

const power = <A extends Exclude<PowerAction, 'save' | 'discard-saved'>>(
  action: A,
  summary: string,
  description = whenNot,
) =>
  operation('vm.power', {
    method: 'post',
    path: `/vms/{vm}/${action}` as const,
    tags,
    summary,
    description,
    request: { params: vmParams },
    responses: { 200: json(vmSchema, 'As it is now') },
  })

const start = power(
  'start',
  'Start a VM',
  `With a saved state it goes on from there. When QEMU does not start, \`detail\` has the last lines of its log. ${whenNot}`,
)
const shutdown = power(
  'shutdown',
  'Ask the guest to shut down',
  `Answers when the guest was asked; whether it heeds shows in \`state\`. ${whenNot}`,
)
const reboot = power('reboot', 'Ask the guest to reboot')
const destroy = power(
  'destroy',
  'Force a VM off, as if its plug were pulled',
  `What the guest has not written is lost. It works with a VM that hangs, and while something else is done to it. ${whenNot}`,
)
const suspend = power('suspend', 'Pause a VM: its vCPUs stop, its memory stays')
const resume = power('resume', 'Resume a paused VM, or wake one whose guest sleeps')
const reset = power('reset', 'Reset a VM, as by its reset button: the guest is not asked')
const save = operation('vm.power', {
  method: 'post',
  path: '/vms/{vm}/save',
  tags,
  summary: 'Write the memory of a VM to its host’s disk and stop it, as a job; its next start goes on from there',
  description: `Cancelled half-way the VM runs on. ${whenNot}`,
  request: { params: vmParams },
  responses: { 202: json(jobSchema, 'The job') },
})

const discard = operation('vm.power', {
  method: 'delete',
  path: '/vms/{vm}/saved-state',
  tags,
  summary: 'Throw the saved state of a VM away: its next start is a boot',
  description: whenNot,
  request: { params: vmParams },
  responses: { 200: json(vmSchema, 'As it is now') },
})

const bulk = operation('vm.power', {
  method: 'post',
  path: '/vms/bulk',
  tags,
  summary: 'Do the same with many VMs',
  description:
    'A few at a time. One that fails keeps no other from it: `problem` says why, VM by VM. Saving is a job of each, named in `job`.',
  request: { body: body(bulkPowerSchema) },
  responses: { 200: json(bulkResultSchema, 'What became of each, in the order asked') },
})

export const vmPower = new OpenAPIHono()
  .openapi(start, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'start', now), 200))
  .openapi(shutdown, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'shutdown', now), 200))
  .openapi(reboot, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'reboot', now), 200))
  .openapi(destroy, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'destroy', now), 200))
  .openapi(suspend, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'suspend', now), 200))
  .openapi(resume, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'resume', now), 200))
  .openapi(reset, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'reset', now), 200))
  .openapi(save, async (c) => c.json(await saveVm(c.var.actor, c.req.valid('param').vm, now), 202))
  .openapi(discard, async (c) => c.json(await powerVm(c.var.actor, c.req.valid('param').vm, 'discard-saved', now), 200))
  .openapi(bulk, async (c) => c.json(await powerVms(c.var.actor, c.req.valid('json'), now), 200))
