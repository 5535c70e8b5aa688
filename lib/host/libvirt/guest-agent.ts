import * as z from 'zod'
import { nameText } from '../../facts/text.ts'
import { err, ok, type Result } from '../../kit/result.ts'
import type { DomainRef } from './calls.ts'
import type { RpcClient } from './client.ts'
import { agentCommand } from './device-calls.ts'
import { isAgentSilent } from './devices.ts'

/** What a guest's agent says of one of its NICs. Every text is the guest's. */
export interface AgentNic {
  name: string
  mac: string | null
  addresses: string[]
}

export interface AgentNicState {
  mtu: number | null
  linkUp: boolean | null
  rxQueues: number | null
  txQueues: number | null
}

const askSeconds = 5
const execMs = 5000
const lookAgainMs = 100

export const agentAbsent =
  'The guest agent does not answer: it is not installed, or not running in the guest. Install qemu-guest-agent there.'

async function ask<T extends z.ZodType>(
  client: RpcClient,
  ref: DomainRef,
  command: object,
  schema: T,
): Promise<Result<z.output<T>>> {
  const answer = await client.call(agentCommand(ref, command, askSeconds), { timeoutMs: (askSeconds + 2) * 1000 })
  if (!answer.ok) return err(isAgentSilent(answer.error) ? agentAbsent : answer.error.title)
  try {
    const { return: said } = z.object({ return: z.unknown() }).parse(JSON.parse(answer.value))
    return ok(schema.parse(said))
  } catch {
    return err('The guest agent did not answer in a form that Drawbridge reads.')
  }
}

const nicsSchema = z.array(
  z.object({
    name: z.string(),
    'hardware-address': z.string().optional(),
    'ip-addresses': z.array(z.object({ 'ip-address': z.string(), prefix: z.number() })).optional(),
  }),
)

/** Errors: a sentence. */
export async function agentNics(client: RpcClient, ref: DomainRef): Promise<Result<AgentNic[]>> {
  const nics = await ask(client, ref, { execute: 'guest-network-get-interfaces' }, nicsSchema)
  if (!nics.ok) return nics
  return ok(
    nics.value.slice(0, 256).map((nic) => ({
      name: nameText(nic.name, 64),
      mac: nic['hardware-address'] === undefined ? null : nameText(nic['hardware-address'].toLowerCase(), 32),
      addresses: (nic['ip-addresses'] ?? [])
        .slice(0, 64)
        .map((address) => `${nameText(address['ip-address'], 64)}/${address.prefix}`),
    })),
  )
}

/** By the guest's /sys; all null where there is none, or the agent may not run commands. @param name as the guest calls it */
export async function agentNicState(client: RpcClient, ref: DomainRef, name: string): Promise<AgentNicState> {
  const unknown: AgentNicState = { mtu: null, linkUp: null, rxQueues: null, txQueues: null }
  // What comes from the guest goes back into a path of the guest.
  if (!/^[A-Za-z0-9_.:-]{1,15}$/.test(name) || name.startsWith('.')) return unknown
  const place = `/sys/class/net/${name}`
  const queues = await runInGuest(client, ref, ['ls', `${place}/queues`])
  const mtu = await runInGuest(client, ref, ['cat', `${place}/mtu`])
  const carrier = await runInGuest(client, ref, ['cat', `${place}/carrier`])
  const count = (kind: string) => queues?.split('\n').filter((line) => line.startsWith(kind)).length ?? null
  return {
    mtu: mtu !== null && /^\d{2,6}$/.test(mtu.trim()) ? Number(mtu) : null,
    // A card that is not up has no carrier to read.
    linkUp: carrier === null ? null : carrier.trim() === '' ? null : carrier.trim() === '1',
    rxQueues: count('rx-'),
    txQueues: count('tx-'),
  }
}

const startedSchema = z.object({ pid: z.number() })
const endedSchema = z.object({ exited: z.boolean(), 'out-data': z.string().optional() })

async function runInGuest(
  client: RpcClient,
  ref: DomainRef,
  argv: readonly [string, ...string[]],
): Promise<string | null> {
  const [path, ...arg] = argv
  const started = await ask(
    client,
    ref,
    { execute: 'guest-exec', arguments: { path, arg, 'capture-output': true } },
    startedSchema,
  )
  if (!started.ok) return null
  const end = performance.now() + execMs
  for (;;) {
    const status = await ask(
      client,
      ref,
      { execute: 'guest-exec-status', arguments: { pid: started.value.pid } },
      endedSchema,
    )
    if (!status.ok) return null
    if (status.value.exited)
      return Buffer.from(status.value['out-data'] ?? '', 'base64')
        .toString('utf8')
        .slice(0, 65_536)
    if (performance.now() > end) return null
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  }
}
