import { OpenAPIHono } from '@hono/zod-openapi'
import {
  addedDiskSchema,
  addedNicSchema,
  againCloudInitSchema,
  checkDefinitionSchema,
  checkedDefinitionSchema,
  definitionSchema,
  diskParams,
  editDiskSchema,
  editedVmSchema,
  editNicSchema,
  editVmSchema,
  ejectMediaSchema,
  guestNicSchema,
  insertMediaSchema,
  newDiskSchema,
  newNicSchema,
  nicParams,
  putDefinitionSchema,
  removeDiskQuery,
  removeNicQuery,
  resizeDiskSchema,
  storedDefinitionSchema,
  vmChoicesSchema,
} from '../contract/vm-edit.ts'
import { vmParams } from '../contract/vms.ts'
import { readChoices } from '../services/vms/edit/choices.ts'
import { checkDefinition, getDefinition, putDefinition } from '../services/vms/edit/definition.ts'
import { cloudInitAgain } from '../services/vms/edit/cloud-init.ts'
import { addDisk, editDisk, removeDisk } from '../services/vms/edit/disks.ts'
import { editVm } from '../services/vms/edit/edit-vm.ts'
import { readGuestNic } from '../services/vms/edit/guest-nic.ts'
import { ejectMedia, insertMedia } from '../services/vms/edit/media.ts'
import { addNic, editNic, removeNic } from '../services/vms/edit/nics.ts'
import { resizeDisk } from '../services/vms/edit/resize.ts'
import { now } from './clock.ts'
import { body, json, operation } from './operation.ts'

const tags = ['VMs']
const edited = (description: string) => ({ 200: json(editedVmSchema, description) })

const patch = operation('vm.edit', {
  method: 'patch',
  path: '/vms/{vm}',
  tags,
  summary: 'Edit what a VM is: title, notes, tags, owner, autostart, vCPUs, memory, boot order',
  description:
    'Its XML is changed in place: an element that is not named stays byte for byte. `outcome` says of each field whether it counts now or from the next start on.',
  request: { params: vmParams, body: body(editVmSchema) },
  responses: edited('As it is now'),
})
const choices = operation('vm.read', {
  method: 'get',
  path: '/vms/{vm}/choices',
  tags,
  summary: 'What may be chosen for a VM on its host: bridges, networks, adapters, filters, volumes',
  request: { params: vmParams },
  responses: { 200: json(vmChoicesSchema, 'As it is now') },
})

const postNic = operation('vm.edit', {
  method: 'post',
  path: '/vms/{vm}/nics',
  tags,
  summary: 'Add a NIC: plugged in now when the VM runs, and defined',
  request: { params: vmParams, body: body(newNicSchema) },
  responses: { 201: json(addedNicSchema, 'Added') },
})
const patchNic = operation('vm.edit', {
  method: 'patch',
  path: '/vms/{vm}/nics/{mac}',
  tags,
  summary: 'Edit a NIC',
  description:
    'Live are the link, the bridge or network, the filter, isolation and rates. MTU, queues, rings, model and MAC count from the next start on, or now with `apply: "replug"`.',
  request: { params: nicParams, body: body(editNicSchema) },
  responses: edited('As it is now'),
})
const deleteNic = operation('vm.edit', {
  method: 'delete',
  path: '/vms/{vm}/nics/{mac}',
  tags,
  summary: 'Remove a NIC; of a running VM when the guest lets it go',
  request: { params: nicParams, query: removeNicQuery },
  responses: edited('As it is now'),
})
const guestNic = operation('vm.read', {
  method: 'get',
  path: '/vms/{vm}/nics/{mac}/guest',
  tags,
  summary: 'A NIC as the guest sees it, by its agent: queues in use, MTU, link',
  request: { params: nicParams },
  responses: { 200: json(guestNicSchema, 'As it is now') },
})

const putCloudInit = operation('vm.edit', {
  method: 'put',
  path: '/vms/{vm}/cloud-init',
  tags,
  summary: 'Let cloud-init run again in the guest',
  description:
    'New first documents under a new instance id, in the drive of the seed that was there; without one, in a drive that comes with the next start. The guest reads them at its next boot.',
  request: { params: vmParams, body: body(againCloudInitSchema) },
  responses: { 200: json(editedVmSchema, 'It lies in its drive') },
})

const postDisk = operation('vm.edit', {
  method: 'post',
  path: '/vms/{vm}/disks',
  tags,
  summary: 'Add a disk: a new volume, a volume or image that exists, or a drive',
  request: { params: vmParams, body: body(newDiskSchema) },
  responses: { 201: json(addedDiskSchema, 'Added') },
})
const patchDisk = operation('vm.edit', {
  method: 'patch',
  path: '/vms/{vm}/disks/{target}',
  tags,
  summary: 'Edit a disk: cache, I/O, limits, bus',
  description: 'Live are the limits; the rest counts from the next start on.',
  request: { params: diskParams, body: body(editDiskSchema) },
  responses: edited('As it is now'),
})
const deleteDisk = operation('vm.edit', {
  method: 'delete',
  path: '/vms/{vm}/disks/{target}',
  tags,
  summary: 'Take a disk away from a VM; its volume stays unless it is named',
  request: { params: diskParams, query: removeDiskQuery },
  responses: edited('As it is now'),
})
const insert = operation('vm.edit', {
  method: 'post',
  path: '/vms/{vm}/disks/{target}/insert',
  tags,
  summary: 'Insert an image into a drive',
  request: { params: diskParams, body: body(insertMediaSchema) },
  responses: edited('As it is now'),
})
const eject = operation('vm.edit', {
  method: 'post',
  path: '/vms/{vm}/disks/{target}/eject',
  tags,
  summary: 'Take the image out of a drive',
  request: { params: diskParams, body: body(ejectMediaSchema) },
  responses: edited('As it is now'),
})
const resize = operation('vm.edit', {
  method: 'post',
  path: '/vms/{vm}/disks/{target}/resize',
  tags,
  summary: 'Make a disk larger, also while the VM runs',
  request: { params: diskParams, body: body(resizeDiskSchema) },
  responses: edited('As it is now'),
})

const definition = operation('vm.read', {
  method: 'get',
  path: '/vms/{vm}/definition',
  tags,
  summary: 'The XML of a VM',
  request: { params: vmParams },
  responses: { 200: json(definitionSchema, 'As it is now, without secrets') },
})
const putXml = operation('vm.edit', {
  method: 'put',
  path: '/vms/{vm}/definition',
  tags,
  summary: 'Replace the XML of a VM; it counts from the next start on',
  request: { params: vmParams, body: body(putDefinitionSchema) },
  responses: { 200: json(storedDefinitionSchema, 'Stored; with what libvirt made of it') },
})
const checkXml = operation('vm.read', {
  method: 'post',
  path: '/vms/{vm}/definition/check',
  tags,
  summary: 'Check the XML of a VM without storing it',
  request: { params: vmParams, body: body(checkDefinitionSchema) },
  responses: { 200: json(checkedDefinitionSchema, 'What is wrong with it, and what it would change') },
})

export const vmEdit = new OpenAPIHono()
  .openapi(patch, async (c) =>
    c.json(await editVm(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now), 200),
  )
  .openapi(choices, async (c) => c.json(await readChoices(c.var.actor, c.req.valid('param').vm, now), 200))
  .openapi(postNic, async (c) => {
    const { vm } = c.req.valid('param')
    const added = await addNic(c.var.actor, vm, c.req.valid('json'), now)
    c.header('location', `/api/v1/vms/${encodeURIComponent(vm)}/nics/${added.mac}`)
    return c.json(added, 201)
  })
  .openapi(patchNic, async (c) => {
    const { vm, mac } = c.req.valid('param')
    return c.json(await editNic(c.var.actor, vm, mac, c.req.valid('json'), now), 200)
  })
  .openapi(deleteNic, async (c) => {
    const { vm, mac } = c.req.valid('param')
    return c.json(await removeNic(c.var.actor, vm, mac, c.req.valid('query'), now), 200)
  })
  .openapi(guestNic, async (c) => {
    const { vm, mac } = c.req.valid('param')
    return c.json(await readGuestNic(c.var.actor, vm, mac, now), 200)
  })
  .openapi(postDisk, async (c) => {
    const { vm } = c.req.valid('param')
    const added = await addDisk(c.var.actor, vm, c.req.valid('json'), now)
    c.header('location', `/api/v1/vms/${encodeURIComponent(vm)}/disks/${added.target}`)
    return c.json(added, 201)
  })
  .openapi(putCloudInit, async (c) =>
    c.json(await cloudInitAgain(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now), 200),
  )
  .openapi(patchDisk, async (c) => {
    const { vm, target } = c.req.valid('param')
    return c.json(await editDisk(c.var.actor, vm, target, c.req.valid('json'), now), 200)
  })
  .openapi(deleteDisk, async (c) => {
    const { vm, target } = c.req.valid('param')
    return c.json(await removeDisk(c.var.actor, vm, target, c.req.valid('query'), now), 200)
  })
  .openapi(insert, async (c) => {
    const { vm, target } = c.req.valid('param')
    return c.json(await insertMedia(c.var.actor, vm, target, c.req.valid('json'), now), 200)
  })
  .openapi(eject, async (c) => {
    const { vm, target } = c.req.valid('param')
    return c.json(await ejectMedia(c.var.actor, vm, target, c.req.valid('json'), now), 200)
  })
  .openapi(resize, async (c) => {
    const { vm, target } = c.req.valid('param')
    return c.json(await resizeDisk(c.var.actor, vm, target, c.req.valid('json'), now), 200)
  })
  .openapi(definition, async (c) => c.json(await getDefinition(c.var.actor, c.req.valid('param').vm, now), 200))
  .openapi(putXml, async (c) =>
    c.json(await putDefinition(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now), 200),
  )
  .openapi(checkXml, async (c) =>
    c.json(await checkDefinition(c.var.actor, c.req.valid('param').vm, c.req.valid('json').xml, now), 200),
  )
