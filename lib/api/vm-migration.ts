import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { jobSchema } from '../contract/jobs.ts'
import { migrateVmSchema, migrationCheckSchema } from '../contract/vm-migration.ts'
import { vmParams } from '../contract/vms.ts'
import { checkVmMigration } from '../services/vms/migration/check.ts'
import { migrateVm } from '../services/vms/migration/start.ts'
import { now } from './clock.ts'
import { body, json, operation } from './operation.ts'

const tags = ['VM migration']

const check = operation(
  'vm.read',
  {
    method: 'get',
    path: '/vms/{vm}/migrate/check',
    tags,
    summary: 'Can a VM move to a host, and what is missing there?',
    description:
      'Both hosts are read now: bridges with MTU and VLANs, libvirt networks, CPU, machine, memory, disks and images, names and MACs, versions, clocks, and whether the one reaches the other.',
    request: {
      params: vmParams,
      query: z.object({ to: z.string().min(1).max(64).describe('Id or name of the host') }),
    },
    responses: { 200: json(migrationCheckSchema, 'What was found') },
  },
  'read',
)

const migrate = operation('vm.migrate', {
  method: 'post',
  path: '/vms/{vm}/migrate',
  tags,
  summary: 'Move a VM to another host, as a job; one that runs goes on running',
  description:
    'Refused with 409 and `findings` while something is missing. Disks on shared storage stay there; others are copied and the old ones kept. Whatever fails or is cancelled leaves the VM running where it was. With `checkOnly` nothing moves and the check is answered.',
  request: { params: vmParams, body: body(migrateVmSchema) },
  responses: { 200: json(migrationCheckSchema, 'With `checkOnly`'), 202: json(jobSchema, 'The job') },
})

export const vmMigration = new OpenAPIHono()
  .openapi(check, async (c) =>
    c.json(await checkVmMigration(c.var.actor, c.req.valid('param').vm, c.req.valid('query').to, now), 200),
  )
  .openapi(migrate, async (c) => {
    const { vm } = c.req.valid('param')
    const { to, checkOnly } = c.req.valid('json')
    if (checkOnly) return c.json(await checkVmMigration(c.var.actor, vm, to, now), 200)
    const job = await migrateVm(c.var.actor, vm, to, now)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json(job, 202)
  })
