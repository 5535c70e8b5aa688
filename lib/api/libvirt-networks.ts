import { OpenAPIHono } from '@hono/zod-openapi'
import * as z from 'zod'
import {
  editNetworkSchema,
  libvirtNetworkListSchema,
  libvirtNetworkSchema,
  networkLeaseSchema,
  newNetworkSchema,
  patchNetworkSchema,
  removedNetworkSchema,
  stopNetworkSchema,
} from '../contract/libvirt-networks.ts'
import { listOf } from '../contract/page.ts'
import { createNetwork } from '../services/libvirt-networks/create.ts'
import { editNetwork } from '../services/libvirt-networks/edit.ts'
import { getNetwork, listLeases, listNetworks } from '../services/libvirt-networks/list.ts'
import { patchNetwork, startNetwork, stopNetwork } from '../services/libvirt-networks/power.ts'
import { removeNetwork } from '../services/libvirt-networks/remove.ts'
import { now } from './clock.ts'
import { hostParams } from './hosts.ts'
import { body, json, operation } from './operation.ts'

const tags = ['libvirt networks']
const params = hostParams.extend({ network: z.string().min(1).max(255).describe('UUID or name') })
const one = (description: string) => ({ 200: json(libvirtNetworkSchema, description) })

const list = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/networks',
  tags,
  summary: 'The libvirt networks of a host, as they are now',
  request: { params: hostParams },
  responses: { 200: json(libvirtNetworkListSchema, 'By name') },
})

const create = operation('host.network', {
  method: 'post',
  path: '/hosts/{host}/networks',
  tags,
  summary: 'Make a libvirt network: NAT, routed, isolated, open, or on a bridge of the host',
  description:
    'Refused with a field error when its name or bridge is taken, its subnet overlaps one of the host or of another network, or a DHCP range is not right. When libvirt does not start it, nothing of it stays. With `xml` instead, a deleted network is brought back as it was.',
  request: { params: hostParams, body: body(newNetworkSchema) },
  responses: { 201: json(libvirtNetworkSchema, 'Made') },
})

const get = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/networks/{network}',
  tags,
  summary: 'One libvirt network',
  request: { params },
  responses: one('As it is now'),
})

const edit = operation('host.network', {
  method: 'put',
  path: '/hosts/{host}/networks/{network}',
  tags,
  summary: 'Edit a libvirt network',
  description:
    'Its XML is changed in place: what Drawbridge does not know stays. DHCP ranges and fixed addresses count at once; `restartNeeded` names what counts from the next start on, unless `apply` is `restart`, which puts running VMs back onto the network afterwards.',
  request: { params, body: body(editNetworkSchema) },
  responses: one('As it is now'),
})

const patch = operation('host.network', {
  method: 'patch',
  path: '/hosts/{host}/networks/{network}',
  tags,
  summary: 'Let a libvirt network start with the host, or no longer',
  request: { params, body: body(patchNetworkSchema) },
  responses: one('As it is now'),
})

const remove = operation('host.network', {
  method: 'delete',
  path: '/hosts/{host}/networks/{network}',
  tags,
  summary: 'Stop and delete a libvirt network that no VM uses',
  request: { params },
  responses: {
    200: json(removedNetworkSchema, 'Its XML: posted to `/hosts/{host}/networks` it brings the network back'),
  },
})

const start = operation('host.network', {
  method: 'post',
  path: '/hosts/{host}/networks/{network}/start',
  tags,
  summary: 'Start a libvirt network, and put running VMs that it lost back onto it',
  request: { params },
  responses: one('It runs'),
})

const stop = operation('host.network', {
  method: 'post',
  path: '/hosts/{host}/networks/{network}/stop',
  tags,
  summary: 'Stop a libvirt network',
  description: 'Refused with 409 while running VMs are on it, unless `force`.',
  request: { params, body: body(stopNetworkSchema) },
  responses: one('It does not run'),
})

const leases = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/networks/{network}/leases',
  tags,
  summary: 'The DHCP leases that a libvirt network gave out',
  request: { params },
  responses: { 200: json(listOf(networkLeaseSchema), 'By address') },
})

export const libvirtNetworks = new OpenAPIHono()
  .openapi(list, async (c) => {
    return c.json({ items: await listNetworks(c.var.actor, c.req.valid('param').host, now()) }, 200)
  })
  .openapi(create, async (c) => {
    const { host } = c.req.valid('param')
    const network = await createNetwork(c.var.actor, host, c.req.valid('json'), now)
    c.header('location', `/api/v1/hosts/${encodeURIComponent(host)}/networks/${network.uuid}`)
    return c.json(network, 201)
  })
  .openapi(get, async (c) => {
    const { host, network } = c.req.valid('param')
    return c.json(await getNetwork(c.var.actor, host, network, now()), 200)
  })
  .openapi(edit, async (c) => {
    const { host, network } = c.req.valid('param')
    return c.json(await editNetwork(c.var.actor, host, network, c.req.valid('json'), now), 200)
  })
  .openapi(patch, async (c) => {
    const { host, network } = c.req.valid('param')
    return c.json(await patchNetwork(c.var.actor, host, network, c.req.valid('json'), now), 200)
  })
  .openapi(remove, async (c) => {
    const { host, network } = c.req.valid('param')
    return c.json(await removeNetwork(c.var.actor, host, network), 200)
  })
  .openapi(start, async (c) => {
    const { host, network } = c.req.valid('param')
    return c.json(await startNetwork(c.var.actor, host, network, now), 200)
  })
  .openapi(stop, async (c) => {
    const { host, network } = c.req.valid('param')
    return c.json(await stopNetwork(c.var.actor, host, network, c.req.valid('json'), now), 200)
  })
  .openapi(leases, async (c) => {
    const { host, network } = c.req.valid('param')
    return c.json({ items: await listLeases(c.var.actor, host, network) }, 200)
  })
