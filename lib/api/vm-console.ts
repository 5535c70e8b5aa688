import { OpenAPIHono } from '@hono/zod-openapi'
import { consoleTicketSchema, openConsoleSchema } from '../contract/vm-console.ts'
import { vmParams } from '../contract/vms.ts'
import { openConsole } from '../services/vms/console/open.ts'
import { now } from './clock.ts'
import { body, json, operation } from './operation.ts'

const open = operation(
  'vm.console',
  {
    method: 'post',
    path: '/vms/{vm}/console',
    tags: ['VMs'],
    summary: 'A ticket for a VM’s console',
    description:
      'Good once, for 30 s, for whoever asked. Open a WebSocket at `url` with `protocols`, with the same cookie or bearer token. `vnc`: the RFB protocol in binary frames. `serial`: binary frames are what the guest writes and what is typed, text frames are JSON (`state`, `viewers`, `scrollback`, `answers`). Close codes: 1001 Drawbridge stops, 4000 the console ended, 4001 signed out, 4002 idle for an hour.',
    request: { params: vmParams, body: body(openConsoleSchema) },
    responses: { 201: json(consoleTicketSchema, 'The console is open and waits for its viewer') },
  },
  'console',
)

export const vmConsole = new OpenAPIHono().openapi(open, async (c) =>
  c.json(await openConsole(c.var.actor, c.req.valid('param').vm, c.req.valid('json'), now), 201),
)
