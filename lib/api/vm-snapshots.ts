import { OpenAPIHono } from '@hono/zod-openapi'
import { jobSchema } from '../contract/jobs.ts'
import {
  deleteSnapshotQuery,
  newSnapshotSchema,
  snapshotParams,
  vmSnapshotListSchema,
  vmSnapshotSchema,
} from '../contract/vm-snapshots.ts'
import { vmParams } from '../contract/vms.ts'
import { createSnapshot, deleteSnapshot, revertSnapshot } from '../services/vms/snapshots/change.ts'
import { getSnapshot, listSnapshots } from '../services/vms/snapshots/list.ts'
import { now } from './clock.ts'
import { body, json, operation } from './operation.ts'

const tags = ['VM snapshots']

const list = operation('vm.read', {
  method: 'get',
  path: '/vms/{vm}/snapshots',
  tags,
  summary: 'The snapshots of a VM, and which new ones it allows',
  description:
    'In the order of their tree. `offer` says why a snapshot inside or outside the disks can’t be taken; `leftovers` names what is in a disk without libvirt’s knowing, as a host that went down half-way leaves it.',
  request: { params: vmParams },
  responses: { 200: json(vmSnapshotListSchema, 'As they are now') },
})

const create = operation('vm.edit', {
  method: 'post',
  path: '/vms/{vm}/snapshots',
  tags,
  summary: 'Take a snapshot, as a job',
  description:
    '`internal`: inside qcow2 disks, with the memory of a VM that runs, which stands still meanwhile. `external`: the VM writes into new files on top of its disks from then on; of a running VM without its memory, as if its power had failed then.',
  request: { params: vmParams, body: body(newSnapshotSchema) },
  responses: { 202: json(jobSchema, 'The job') },
})

const get = operation('vm.read', {
  method: 'get',
  path: '/vms/{vm}/snapshots/{snapshot}',
  tags,
  summary: 'One snapshot of a VM',
  request: { params: snapshotParams },
  responses: { 200: json(vmSnapshotSchema, 'As it is now') },
})

const remove = operation('vm.edit', {
  method: 'delete',
  path: '/vms/{vm}/snapshots/{snapshot}',
  tags,
  summary: 'Delete a snapshot, as a job; the VM stays as it is',
  description:
    'One outside the disks is merged into the disk beneath it. What was taken after it stays and hangs on its parent, unless `children=delete`.',
  request: { params: snapshotParams, query: deleteSnapshotQuery },
  responses: { 202: json(jobSchema, 'The job') },
})

const revert = operation('vm.edit', {
  method: 'post',
  path: '/vms/{vm}/snapshots/{snapshot}/revert',
  tags,
  summary: 'Make a VM what it was in a snapshot, as a job',
  description:
    'What its disks hold now and no snapshot keeps is lost, and so is a saved state. A VM that was off then is off afterwards.',
  request: { params: snapshotParams },
  responses: { 202: json(jobSchema, 'The job') },
})

export const vmSnapshots = new OpenAPIHono()
  .openapi(list, async (c) => c.json(await listSnapshots(c.var.actor, c.req.valid('param').vm, now), 200))
  .openapi(create, async (c) => {
    const job = await createSnapshot(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json(job, 202)
  })
  .openapi(get, async (c) => {
    const { vm, snapshot } = c.req.valid('param')
    return c.json(await getSnapshot(c.var.actor, vm, snapshot, now), 200)
  })
  .openapi(remove, async (c) => {
    const { vm, snapshot } = c.req.valid('param')
    const job = await deleteSnapshot(c.var.actor, vm, snapshot, c.req.valid('query').children, now)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json(job, 202)
  })
  .openapi(revert, async (c) => {
    const { vm, snapshot } = c.req.valid('param')
    const job = await revertSnapshot(c.var.actor, vm, snapshot, now)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json(job, 202)
  })
