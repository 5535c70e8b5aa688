import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { JobKind } from '../../../jobs/kind.ts'
import { Problem } from '../../../kit/problem.ts'
import { getHost, listHosts, type HostRow } from '../../../store/hosts.ts'
import { getJob } from '../../../store/jobs.ts'
import { deleteSecret, openSecret } from '../../../store/secrets.ts'
import type { SeedDocuments } from '../../../vm/cloud-init.ts'
import { type MadePlan, planVm } from '../../../vm/create-plan.ts'
import { isoImage } from '../../../vm/iso9660.ts'
import type { VmSpec } from '../../../vm/spec.ts'
import { libvirtOn } from '../find.ts'
import { readChoices } from './choices.ts'
import { readInventory } from '../inventory.ts'
import { Making, makingLimitMs, runs } from './making.ts'
import { readImports, seedFiles, seedLabel } from './plan.ts'
import { startNew } from './start-new.ts'

export const createKind = 'vm.create'
export const seedPlace = (uuid: string) => ({ owner: 'VmCreate', row: uuid, column: 'seed' })

export interface CreateInput {
  uuid: string
  name: string
  preset: string | null
  /** Without cloud-init: its documents are sealed. */
  spec: VmSpec
  seedBytes: number | null
}
const inputSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  preset: z.string().nullable(),
  // Written by this program; planVm judges every value of it again.
  spec: z.custom<VmSpec>((value) => typeof value === 'object' && value !== null),
  seedBytes: z.number().nullable(),
}) satisfies z.ZodType<CreateInput>

/** Makes a VM step by step. Whatever fails, exactly what it made itself is taken back. */
export const createJob = (now: () => Date): JobKind => ({
  kind: createKind,
  cancellable: true,
  resumable: true,
  limitMs: makingLimitMs,
  async run(context) {
    const input = inputSchema.parse(context.input)
    const host = await hostOf(context.hostId)
    const { uuid, name } = input
    const making = new Making(context, host, input, now)
    try {
      // Begun before, and ended with the process after the VM was started: nothing is left to do.
      const isDone = context.attempt > 1 && (await runs((await libvirtOn(host)).client, uuid, host)) === true
      await making.run(() => (isDone ? Promise.resolve() : make(making, input)))
    } finally {
      // A job that only stops with the process is resumed, and needs it again.
      const isOver = !context.signal.aborted || (await getJob(context.jobId))?.cancelRequested !== false
      if (isOver) await deleteSecret(seedPlace(uuid))
    }
    return { vm: uuid, name, host: host.name }
  },
})

export async function hostOf(hostId: string | null): Promise<HostRow> {
  const host = hostId === null ? null : await getHost(hostId)
  if (host === null) throw new Problem({ code: 'no-host', kind: 'not-found', title: 'The host was removed.' })
  return host
}

async function make(making: Making, input: CreateInput): Promise<void> {
  const { uuid, spec } = input
  const { step, log } = making.context
  const plan = await step('check', () => check(making, input))
  const { client } = await libvirtOn(making.host)
  if (plan.volumes.length > 0) await step('volumes', () => making.makeVolumes(client, plan.volumes))
  const { seed } = plan
  if (seed !== null) await step('seed', async () => making.writeFile(client, seed, await seedImage(uuid)))
  making.requireWanted()
  const ref = await step('define', () => making.define(client, plan.xml))
  if (spec.autostart) await step('autostart', () => making.setAutostart(client, ref))
  making.requireWanted()
  if (spec.start) await step('start', () => startNew(making.host, uuid, plan.nics, making.now, log))
}

/** Time has passed since it was planned, and somebody else may have been faster. */
async function check({ context, host, now }: Making, input: CreateInput): Promise<MadePlan> {
  const [choices, hosts] = await Promise.all([readChoices(host, now), listHosts()])
  const inventory = await readInventory(hosts)
  const imports = await readImports(host, input.spec)
  const plan = planVm({ ...input, choices, inventory, imports, random: () => randomBytes(3) })
  const [first] = plan.refusals
  if (first !== undefined)
    throw new Problem({ code: 'bad-vm', kind: 'invalid', title: first.message, fields: plan.refusals })
  for (const { message } of plan.warnings) context.log(message)
  return plan
}

async function seedImage(uuid: string): Promise<Uint8Array> {
  const sealed = await openSecret(seedPlace(uuid))
  if (sealed === null)
    throw new Problem({
      code: 'no-seed',
      kind: 'conflict',
      title: 'What the guest shall read first is no longer here. Make the VM again.',
    })
  return isoImage(seedLabel, seedFiles(JSON.parse(sealed) as SeedDocuments))
}
