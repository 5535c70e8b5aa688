import { OpenAPIHono } from '@hono/zod-openapi'
import { forwardingSchema, setForwardingSchema } from '../contract/forwarding.ts'
import { getForwarding, setForwarding } from '../services/forwarding/forwarding.ts'
import { hostParams } from './hosts.ts'
import { body, json, operation } from './operation.ts'

const tags = ['Forwarding']

const get = operation('host.read', {
  method: 'get',
  path: '/hosts/{host}/forwarding',
  tags,
  summary: 'What a host forwards, translates and keeps apart for Drawbridge, and what else filters there',
  description:
    '`warnings` name what keeps VMs from being reached (br_netfilter with a FORWARD policy of DROP, for IPv4 and IPv6), each with the ways out that work on this host.',
  request: { params: hostParams },
  responses: { 200: json(forwardingSchema, 'As it is now') },
})

const set = operation('host.network', {
  method: 'put',
  path: '/hosts/{host}/forwarding',
  tags,
  summary: 'Replace the forwarding rules of a host',
  description:
    'They are loaded in one transaction into the nftables table `inet drawbridge`, never into another, and kept once a new SSH connection succeeded; else the host itself undoes them within 20 s and the answer is 502 `forwarding-undone`. With `passFirewall` a chain DRAWBRIDGE of iptables lets the traffic through where another firewall drops it. All of it is loaded again at boot by `drawbridge-forwarding.service`.',
  request: { params: hostParams, body: body(setForwardingSchema) },
  responses: { 200: json(forwardingSchema, 'In force') },
})

export const forwarding = new OpenAPIHono()
  .openapi(get, async (c) => c.json(await getForwarding(c.var.actor, c.req.valid('param').host), 200))
  .openapi(set, async (c) => {
    return c.json(await setForwarding(c.var.actor, c.req.valid('param').host, c.req.valid('json')), 200)
  })
