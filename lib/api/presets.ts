import { OpenAPIHono } from '@hono/zod-openapi'
import {
  editPresetSchema,
  newPresetSchema,
  presetListSchema,
  presetParams,
  presetSchema,
  usualPresetsSchema,
} from '../contract/presets.ts'
import {
  addPreset,
  addUsualPresets,
  editPreset,
  readPreset,
  readPresets,
  removePreset,
} from '../services/presets/presets.ts'
import { body, json, nothing, operation } from './operation.ts'

const tags = ['Presets']
const params = presetParams
const one = (description: string) => ({ 200: json(presetSchema, description) })

const list = operation('preset.read', {
  method: 'get',
  path: '/presets',
  tags,
  summary: 'What new VMs of a kind are made of',
  responses: { 200: json(presetListSchema, 'By name') },
})
const add = operation('preset.manage', {
  method: 'post',
  path: '/presets',
  tags,
  summary: 'Make a preset',
  description: 'Everybody reads presets: they hold no password, and user-data of one’s own should hold none.',
  request: { body: body(newPresetSchema) },
  responses: { 201: json(presetSchema, 'Made') },
})
const usual = operation('preset.manage', {
  method: 'post',
  path: '/presets/usual',
  tags,
  summary: 'Make the usual presets: small, medium and large, those that are not there',
  description: 'They name no pool and no bridge: each host’s own LAN and the pool with the most free space are taken.',
  request: { body: body(usualPresetsSchema) },
  responses: { 200: json(presetListSchema, 'All presets') },
})
const get = operation('preset.read', {
  method: 'get',
  path: '/presets/{preset}',
  tags,
  summary: 'One preset',
  request: { params },
  responses: one('The preset'),
})
const edit = operation('preset.manage', {
  method: 'patch',
  path: '/presets/{preset}',
  tags,
  summary: 'Edit a preset',
  description:
    'What is absent stays; `spec` replaces the old one altogether. VMs that were made from it stay as they are.',
  request: { params, body: body(editPresetSchema) },
  responses: one('As it is now'),
})
const remove = operation('preset.manage', {
  method: 'delete',
  path: '/presets/{preset}',
  tags,
  summary: 'Delete a preset',
  request: { params },
  responses: { 204: nothing('Deleted') },
})

export const presets = new OpenAPIHono()
  .openapi(list, async (c) => c.json({ items: await readPresets(c.var.actor) }, 200))
  .openapi(add, async (c) => {
    const preset = await addPreset(c.var.actor, c.req.valid('json'))
    c.header('location', `/api/v1/presets/${preset.id}`)
    return c.json(preset, 201)
  })
  .openapi(usual, async (c) => c.json({ items: await addUsualPresets(c.var.actor, c.req.valid('json')) }, 200))
  .openapi(get, async (c) => c.json(await readPreset(c.var.actor, c.req.valid('param').preset), 200))
  .openapi(edit, async (c) =>
    c.json(await editPreset(c.var.actor, c.req.valid('param').preset, c.req.valid('json')), 200),
  )
  .openapi(remove, async (c) => {
    await removePreset(c.var.actor, c.req.valid('param').preset)
    return c.body(null, 204)
  })
