import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { jobSchema } from '../contract/jobs.ts'
import {
  catalogueSchema,
  cloneVolumeSchema,
  newPoolSchema,
  newVolumeSchema,
  patchPoolSchema,
  poolListSchema,
  poolSchema,
  resizeVolumeSchema,
  volumeListSchema,
  volumeSchema,
} from '../contract/storage.ts'
import { listCatalogue } from '../services/storage/fetch.ts'
import {
  createPool,
  getPool,
  listPools,
  patchPool,
  refreshPool,
  removePool,
  startPool,
  stopPool,
} from '../services/storage/pools.ts'
import {
  cloneVolume,
  createVolume,
  deleteVolume,
  getVolume,
  listVolumes,
  resizeVolume,
} from '../services/storage/volumes.ts'
import { now } from './clock.ts'
import { hostParams } from './hosts.ts'
import { body, json, nothing, operation } from './operation.ts'

const tags = ['storage']
export const poolParams = hostParams.extend({ pool: z.string().min(1).max(255).describe('UUID or name') })
const volumeParams = poolParams.extend({ volume: z.string().min(1).max(255) })
const asItIs = (description: string) => ({ 200: json(poolSchema, description) })

const pools = operation('storage.read', {
  method: 'get',
  path: '/hosts/{host}/pools',
  tags,
  summary: 'The storage pools of a host, as they are now',
  description: '`offered` names the kinds of pools that can be made: those that this host’s libvirt has a driver for.',
  request: { params: hostParams },
  responses: { 200: json(poolListSchema, 'By name') },
})

const create = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools',
  tags,
  summary: 'Make a storage pool: a directory, a volume group, an NFS share, a ZFS dataset',
  description:
    'The directory is made when it is not there; a volume group, a share and a dataset must be there. When the pool does not start, its definition does not stay.',
  request: { params: hostParams, body: body(newPoolSchema) },
  responses: { 201: json(poolSchema, 'It runs') },
})

const get = operation('storage.read', {
  method: 'get',
  path: '/hosts/{host}/pools/{pool}',
  tags,
  summary: 'One storage pool',
  request: { params: poolParams },
  responses: asItIs('As it is now'),
})

const patch = operation('storage.manage', {
  method: 'patch',
  path: '/hosts/{host}/pools/{pool}',
  tags,
  summary: 'Let a storage pool start with the host, or no longer',
  request: { params: poolParams, body: body(patchPoolSchema) },
  responses: asItIs('As it is now'),
})

const remove = operation('storage.manage', {
  method: 'delete',
  path: '/hosts/{host}/pools/{pool}',
  tags,
  summary: 'Stop and forget a storage pool',
  description: 'All that is in it stays on the host. Refused with 409 while VMs need the pool.',
  request: { params: poolParams },
  responses: { 204: nothing('It is forgotten') },
})

const start = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/start',
  tags,
  summary: 'Start a storage pool',
  request: { params: poolParams },
  responses: asItIs('It runs'),
})

const stop = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/stop',
  tags,
  summary: 'Stop a storage pool',
  description: 'Refused with 409 while running VMs would lose their disks.',
  request: { params: poolParams },
  responses: asItIs('It does not run'),
})

const refresh = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/refresh',
  tags,
  summary: 'Look again at what is in a storage pool',
  request: { params: poolParams },
  responses: asItIs('As it is now'),
})

const volumes = operation('storage.read', {
  method: 'get',
  path: '/hosts/{host}/pools/{pool}/volumes',
  tags,
  summary: 'The volumes of a storage pool, with who uses them',
  request: { params: poolParams },
  responses: { 200: json(volumeListSchema, 'By name') },
})

const createOne = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/volumes',
  tags,
  summary: 'Make an empty volume',
  request: { params: poolParams, body: body(newVolumeSchema) },
  responses: { 201: json(volumeSchema, 'Made') },
})

const getOne = operation('storage.read', {
  method: 'get',
  path: '/hosts/{host}/pools/{pool}/volumes/{volume}',
  tags,
  summary: 'One volume',
  request: { params: volumeParams },
  responses: { 200: json(volumeSchema, 'As it is now') },
})

const removeOne = operation('storage.manage', {
  method: 'delete',
  path: '/hosts/{host}/pools/{pool}/volumes/{volume}',
  tags,
  summary: 'Delete a volume that nobody uses',
  description: 'Refused with 409, and `usedBy`, when a VM has it as a disk or another volume lies over it.',
  request: { params: volumeParams },
  responses: { 204: nothing('It is deleted') },
})

const resize = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/volumes/{volume}/resize',
  tags,
  summary: 'Make a volume larger',
  description: 'Never smaller. Refused with 409 while a running VM has it open.',
  request: { params: volumeParams, body: body(resizeVolumeSchema) },
  responses: { 200: json(volumeSchema, 'As it is now') },
})

const clone = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/volumes/{volume}/clone',
  tags,
  summary: 'Copy a volume, into another pool or format as well',
  request: { params: volumeParams, body: body(cloneVolumeSchema) },
  responses: { 202: json(jobSchema, 'The job that copies') },
})

const catalogue = operation('storage.read', {
  method: 'get',
  path: '/images/catalogue',
  tags,
  summary: 'Images that vendors publish: addresses, and where their sums stand',
  description: 'Kept in Drawbridge itself. Without the internet on the host, download one elsewhere and upload it.',
  responses: { 200: json(catalogueSchema, 'By vendor') },
})

export const storage = new OpenAPIHono()
  .openapi(pools, async (c) => c.json(await listPools(c.var.actor, c.req.valid('param').host, now), 200))
  .openapi(create, async (c) => {
    const { host } = c.req.valid('param')
    const pool = await createPool(c.var.actor, host, c.req.valid('json'), now)
    c.header('location', `/api/v1/hosts/${encodeURIComponent(host)}/pools/${pool.uuid}`)
    return c.json(pool, 201)
  })
  .openapi(get, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json(await getPool(c.var.actor, host, pool, now), 200)
  })
  .openapi(patch, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json(await patchPool(c.var.actor, host, pool, c.req.valid('json'), now), 200)
  })
  .openapi(remove, async (c) => {
    const { host, pool } = c.req.valid('param')
    await removePool(c.var.actor, host, pool, now)
    return c.body(null, 204)
  })
  .openapi(start, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json(await startPool(c.var.actor, host, pool, now), 200)
  })
  .openapi(stop, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json(await stopPool(c.var.actor, host, pool, now), 200)
  })
  .openapi(refresh, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json(await refreshPool(c.var.actor, host, pool, now), 200)
  })
  .openapi(volumes, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json({ items: await listVolumes(c.var.actor, host, pool, now) }, 200)
  })
  .openapi(createOne, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json(await createVolume(c.var.actor, host, pool, c.req.valid('json'), now), 201)
  })
  .openapi(getOne, async (c) => {
    const { host, pool, volume } = c.req.valid('param')
    return c.json(await getVolume(c.var.actor, host, pool, volume, now), 200)
  })
  .openapi(removeOne, async (c) => {
    const { host, pool, volume } = c.req.valid('param')
    await deleteVolume(c.var.actor, host, pool, volume, now)
    return c.body(null, 204)
  })
  .openapi(resize, async (c) => {
    const { host, pool, volume } = c.req.valid('param')
    return c.json(await resizeVolume(c.var.actor, host, pool, volume, c.req.valid('json'), now), 200)
  })
  .openapi(clone, async (c) => {
    const { host, pool, volume } = c.req.valid('param')
    const job = await cloneVolume(c.var.actor, host, pool, volume, c.req.valid('json'), now)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json(job, 202)
  })
  .openapi(catalogue, async (c) => c.json({ items: [...(await listCatalogue(c.var.actor))] }, 200))
