import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import { jobSchema } from '../contract/jobs.ts'
import {
  beginUploadSchema,
  fetchImageSchema,
  finishUploadSchema,
  imageListSchema,
  imageSchema,
  uploadSchema,
} from '../contract/storage.ts'
import { fetchImage } from '../services/storage/fetch.ts'
import { deleteImage, listImages } from '../services/storage/images.ts'
import { abortUpload, appendUpload, beginUpload, finishUpload, getUpload } from '../services/storage/uploads.ts'
import { now } from './clock.ts'
import { hostParams } from './hosts.ts'
import { body, json, nothing, operation } from './operation.ts'
import { poolParams } from './storage.ts'

const tags = ['images']
const uploadParams = poolParams.extend({ upload: z.string().min(1).max(255).describe('As begun') })

const list = operation('storage.read', {
  method: 'get',
  path: '/hosts/{host}/images',
  tags,
  summary: 'The images in the pools of a host',
  description:
    'Volumes that are files, are ISO, qcow2, raw or vmdk, lie over nothing, and are no disk that a VM writes to. `unfinished` names uploads and fetches that were begun.',
  request: { params: hostParams },
  responses: { 200: json(imageListSchema, 'By name') },
})

const remove = operation('storage.manage', {
  method: 'delete',
  path: '/hosts/{host}/images/{pool}/{image}',
  tags,
  summary: 'Delete an image that nobody uses',
  description: 'Refused with 409, and `usedBy`, when a VM has it in a drive or a disk lies over it.',
  request: { params: poolParams.extend({ image: z.string().min(1).max(255) }) },
  responses: { 204: nothing('It is deleted') },
})

const fetchOne = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/images/fetch',
  tags,
  summary: 'Let a host fetch an image by its address, and check its sum',
  description:
    'The host itself asks, by curl, wget or python3, over http or https only; addresses of its own network are allowed, since a mirror there is what many need. `checksum` is a sum, or where the vendor publishes it. What does not fit, or is no image, does not stay. The address is kept in the job, so it must not hold a secret.',
  request: { params: hostParams, body: body(fetchImageSchema) },
  responses: { 202: json(jobSchema, 'The job that fetches') },
})

const begin = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/uploads',
  tags,
  summary: 'Begin to upload an image, or go on with it',
  description:
    'First step of three: begin, `PATCH` the bytes in chunks, finish. Where an upload stands is kept on the host alone, so begun again with the same name, size and fingerprint it goes on at `receivedBytes`: after a cut, another day, from another browser. Another file of the same name is refused meanwhile, and no file is ever replaced.',
  request: { params: poolParams, body: body(beginUploadSchema) },
  responses: { 200: json(uploadSchema, 'Send the bytes from `receivedBytes` on') },
})

const state = operation('storage.read', {
  method: 'get',
  path: '/hosts/{host}/pools/{pool}/uploads/{upload}',
  tags,
  summary: 'Where an upload stands',
  request: { params: uploadParams },
  responses: { 200: json(uploadSchema, 'As it is on the host’s disk') },
})

const append = operation('storage.manage', {
  method: 'patch',
  path: '/hosts/{host}/pools/{pool}/uploads/{upload}',
  tags,
  summary: 'Send the next bytes of an upload',
  description:
    'The body is the bytes themselves (`application/octet-stream`), 16 MiB at most. `offset` must be what the host has; else 409 with `receivedBytes`. The answer comes when they are on the host’s disk. After any failure ask where it stands and go on there.',
  request: {
    params: uploadParams,
    query: z.object({ offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }),
    body: {
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
      required: false,
    },
  },
  responses: { 200: json(uploadSchema, 'Where it stands now') },
})

const finish = operation('storage.manage', {
  method: 'post',
  path: '/hosts/{host}/pools/{pool}/uploads/{upload}/finish',
  tags,
  summary: 'Check an upload and take it as an image',
  description:
    'Its size and, if given, its sum are compared on the host, and QEMU looks into it: it must be what its name says and must not lie over another file. What is wrong is removed. Then it gets its name.',
  request: { params: uploadParams, body: body(finishUploadSchema) },
  responses: { 201: json(imageSchema, 'The image') },
})

const abort = operation('storage.manage', {
  method: 'delete',
  path: '/hosts/{host}/pools/{pool}/uploads/{upload}',
  tags,
  summary: 'Remove what has come of an upload',
  request: { params: uploadParams },
  responses: { 204: nothing('Nothing of it is left') },
})

/** The one path whose bodies are large. */
export const isChunk = (method: string, path: string): boolean =>
  method === 'PATCH' && /^\/api\/v1\/hosts\/[^/]+\/pools\/[^/]+\/uploads\/[^/]+$/.test(path)

export const images = new OpenAPIHono()
  .openapi(list, async (c) => c.json(await listImages(c.var.actor, c.req.valid('param').host, now), 200))
  .openapi(remove, async (c) => {
    const { host, pool, image } = c.req.valid('param')
    await deleteImage(c.var.actor, host, pool, image, now)
    return c.body(null, 204)
  })
  .openapi(fetchOne, async (c) => {
    const job = await fetchImage(c.var.actor, c.req.valid('param').host, c.req.valid('json'), now)
    c.header('location', `/api/v1/jobs/${job.id}`)
    return c.json(job, 202)
  })
  .openapi(begin, async (c) => {
    const { host, pool } = c.req.valid('param')
    return c.json(await beginUpload(c.var.actor, host, pool, c.req.valid('json'), now), 200)
  })
  .openapi(state, async (c) => {
    const { host, pool, upload } = c.req.valid('param')
    return c.json(await getUpload(c.var.actor, host, pool, upload, now), 200)
  })
  .openapi(append, async (c) => {
    const { host, pool, upload } = c.req.valid('param')
    const bytes = c.req.raw.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() })
    const { offset } = c.req.valid('query')
    return c.json(await appendUpload(c.var.actor, host, pool, upload, offset, bytes, now), 200)
  })
  .openapi(finish, async (c) => {
    const { host, pool, upload } = c.req.valid('param')
    return c.json(await finishUpload(c.var.actor, host, pool, upload, c.req.valid('json'), now), 201)
  })
  .openapi(abort, async (c) => {
    const { host, pool, upload } = c.req.valid('param')
    await abortUpload(c.var.actor, host, pool, upload, now)
    return c.body(null, 204)
  })
