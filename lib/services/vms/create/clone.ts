import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import { cloneVmSchema, type StartedVm } from '../../../contract/vm-create.ts'
import { domainDefinitionXml } from '../../../host/libvirt/domain-calls.ts'
import type { JobKind } from '../../../jobs/kind.ts'
import { jobRunner } from '../../../jobs/runner.ts'
import { Problem } from '../../../kit/problem.ts'
import { listHosts, type HostRow } from '../../../store/hosts.ts'
import { cloneXml } from '../../../vm/clone-xml.ts'
import { type DiskCopy, planCopies } from '../../../vm/copy-plan.ts'
import { checkName } from '../../../vm/create-check.ts'
import { readJob } from '../../jobs/present.ts'
import { audited, refuse } from '../../refuse.ts'
import { findVm, type FoundVm, vmTargetOf } from '../find.ts'
import { readChoices } from './choices.ts'
import { macMaker, readInventory } from '../inventory.ts'
import { hostOf } from './job.ts'
import { granted, Making, makingLimitMs, runs } from './making.ts'
import { startNew } from './start-new.ts'

export const cloneKind = 'vm.clone'

const inputSchema = z.object({
  uuid: z.string(),
  source: z.string(),
  /** Old MAC → new one. */
  macs: z.array(z.tuple([z.string(), z.string()])),
  asked: cloneVmSchema,
})
type CloneInput = z.output<typeof inputSchema>

/** Begins to make a VM like this one. Answers once the job is queued. @param reference see `findVm` */
export async function cloneVm(
  actor: Actor,
  reference: string,
  asked: z.output<typeof cloneVmSchema>,
  now: () => Date,
): Promise<StartedVm> {
  await refuse(actor, 'vm.create', { kind: 'vm', name: asked.name })
  const found = await findVm(reference, now)
  return audited(actor, 'vm.create', vmTargetOf(found), async (note) => {
    note({ detail: { did: 'clone', as: asked.name, mode: asked.mode } })
    const { host, domain } = found
    const uuid = randomUUID()
    const { copies } = await planClone(found, { uuid, asked }, now)
    const newMac = macMaker(await readInventory(await listHosts()))
    const macs = domain.defined.nics.map(({ mac }): [string, string] => [mac, newMac()])
    const input: CloneInput = { uuid, source: domain.uuid, macs, asked }
    const jobId = await jobRunner().enqueue({
      kind: cloneKind,
      title: `Clone ${domain.defined.name} as ${asked.name}`,
      hostId: host.id,
      teamId: host.teamId,
      input,
      createdBy: actor.name,
      steps: [
        { id: 'check', title: 'Look whether it can still be made' },
        ...(copies.length > 0
          ? [{ id: 'volumes', title: asked.mode === 'full' ? 'Copy its disks' : 'Lay its disks over the originals' }]
          : []),
        { id: 'define', title: 'Define it' },
        ...(asked.start ? [{ id: 'start', title: 'Start it' }] : []),
      ],
    })
    return {
      job: await readJob(jobId),
      vm: { id: uuid, name: asked.name, host: { id: host.id, name: host.name } },
      notes: notesFor(domain.defined.name, asked),
    }
  })
}

const notesFor = (name: string, { mode, name: clone }: CloneInput['asked']): string[] => [
  `Inside, ${clone} takes itself for ${name} at first: its machine-id, host name and SSH host keys are the same. In a Linux guest empty /etc/machine-id and delete /etc/ssh/ssh_host_* before both are used, else DHCP may give both one address.`,
  ...(mode === 'linked'
    ? [`${name} must not be started any more: what it writes would break ${clone}. Make a template of it to be safe.`]
    : []),
]

async function planClone(
  { host, domain }: Pick<FoundVm, 'host' | 'domain'>,
  { uuid, asked }: Pick<CloneInput, 'uuid' | 'asked'>,
  now: () => Date,
): Promise<{ copies: DiskCopy[] }> {
  if (domain.running !== null)
    throw new Problem({
      code: 'vm-runs',
      kind: 'conflict',
      title: `${domain.defined.name} runs: what is on its disks changes under the copy. Shut it down first.`,
    })
  const choices = await readChoices(host, now)
  const inventory = await readInventory(await listHosts())
  const refusals: { field: string; message: string }[] = []
  const refuseField = (field: string, message: string) => void refusals.push({ field, message })
  checkName({ name: asked.name, uuid, choices, inventory, refuse: refuseField, warn: () => {} })
  const planned = planCopies(domain.defined, choices, {
    pool: asked.pool,
    mode: asked.mode,
    nameOf: ({ target }) => `${asked.name}-${target}`,
  })
  refusals.push(...planned.refusals)
  const [first] = refusals
  if (first !== undefined)
    throw new Problem({ code: 'bad-clone', kind: 'invalid', title: first.message, fields: refusals })
  return planned
}

/** Makes the clone; whatever fails, what it made itself is taken back. */
export const cloneJob = (now: () => Date): JobKind => ({
  kind: cloneKind,
  cancellable: true,
  resumable: true,
  limitMs: makingLimitMs,
  async run(context) {
    const input = inputSchema.parse(context.input)
    const host = await hostOf(context.hostId)
    const { uuid, asked } = input
    const making = new Making(context, host, { uuid, name: asked.name }, now)
    const found = await findVm(`${host.id}:${input.source}`, now)
    const isDone = context.attempt > 1 && (await runs(found.client, uuid, host)) === true
    await making.run(() => (isDone ? Promise.resolve() : make(making, input, found)))
    return { vm: uuid, name: asked.name, host: host.name }
  },
})

async function make(making: Making, input: CloneInput, found: FoundVm): Promise<void> {
  const { step, log } = making.context
  const { uuid, asked } = input
  const { copies } = await step('check', () => planClone(found, input, making.now))
  const { client, domain } = found
  if (copies.length > 0)
    await step('volumes', () =>
      making.makeVolumes(
        client,
        copies.map(({ work }) => work),
      ),
    )
  making.requireWanted()
  await step('define', async () => making.define(client, await xmlOf(making.host, input, found, copies)))
  making.requireWanted()
  const nics = domain.defined.nics.map(({ vlan }) => ({ vlan, vlanByLibvirt: false }))
  if (asked.start) await step('start', () => startNew(making.host, uuid, nics, making.now, log))
}

/** With its secrets, e.g. the password of its screen: they are the clone's too. */
async function xmlOf(
  host: HostRow,
  { uuid, asked, macs }: CloneInput,
  { client, domain }: FoundVm,
  copies: DiskCopy[],
): Promise<string> {
  const whole = granted(await client.call(domainDefinitionXml(domain.ref, true)), host)
  const disks = new Map(
    copies.map(({ target, work }) => [
      target,
      { path: work.path, kind: work.isFile ? ('file' as const) : ('block' as const), format: work.format ?? 'raw' },
    ]),
  )
  const xml = cloneXml(whole, { name: asked.name, uuid, macs: new Map(macs), disks })
  if (!xml.ok) throw new Problem({ code: 'bad-xml', kind: 'conflict', title: xml.error })
  return xml.value
}
