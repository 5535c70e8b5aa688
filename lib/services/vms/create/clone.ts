import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import { cloneVmSchema, type StartedVm } from '../../../contract/vm-create.ts'
import { copyToNew } from '../../../host/image-files.ts'
import { domainDefinitionXml } from '../../../host/libvirt/domain-calls.ts'
import type { JobKind } from '../../../jobs/kind.ts'
import { jobRunner } from '../../../jobs/runner.ts'
import { Problem } from '../../../kit/problem.ts'
import type { Session } from '../../../ssh/session.ts'
import { listHosts } from '../../../store/hosts.ts'
import type { Domain } from '../../../vm/domain.ts'
import { cloneXml } from '../../../vm/clone-xml.ts'
import { type DiskCopy, planCopies } from '../../../vm/copy-plan.ts'
import { variablesFile } from '../../../vm/firmware-variables.ts'
import { checkName } from '../../../vm/create-check.ts'
import { readJob } from '../../jobs/present.ts'
import { audited, refuse } from '../../refuse.ts'
import { sshProblem } from '../../ssh-problem.ts'
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
      notes: notesFor(domain.defined, asked),
    }
  })
}

const notesFor = (
  { name, tpm }: Pick<Domain, 'name' | 'tpm'>,
  { mode, name: clone }: CloneInput['asked'],
): string[] => [
  `Inside, ${clone} takes itself for ${name} at first: its machine-id, host name and SSH host keys are the same. In a Linux guest empty /etc/machine-id and delete /etc/ssh/ssh_host_* before both are used, else DHCP may give both one address.`,
  ...(tpm
    ? [
        `The TPM of ${clone} is new and empty: what ${name} encrypted with its own (BitLocker, say) asks there for its recovery key.`,
      ]
    : []),
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
  await step('define', async () => {
    const whole = granted(await client.call(domainDefinitionXml(domain.ref, true)), making.host)
    const xml = xmlOf(whole, input, copies)
    await making.define(client, xml)
    const [from, to] = [variablesFile(whole), variablesFile(xml)]
    if (from.ok && to.ok && from.value !== null && to.value !== null)
      await copyVariables(found.session, from.value, to.value)
  })
  making.requireWanted()
  const nics = domain.defined.nics.map(({ vlan }) => ({ vlan, vlanByLibvirt: false }))
  if (asked.start) await step('start', () => startNew(making.host, uuid, nics, making.now, log))
}

/** With their boot entries: an installed system is often found by nothing else. */
async function copyVariables(session: Session, from: string, to: string): Promise<void> {
  const copied = await copyToNew(session, from, to)
  // One that never ran has none yet.
  if (copied.ok || copied.error.code === 'absent') return
  const { said, ssh } = copied.error
  if (ssh !== undefined) throw sshProblem(ssh)
  throw new Problem({
    code: 'no-variables',
    kind: 'conflict',
    title: `The UEFI variables (${from}) could not be copied: ${said}`,
  })
}

/** @param whole with its secrets, e.g. the password of its screen: they are the clone's too */
function xmlOf(whole: string, { uuid, asked, macs }: CloneInput, copies: DiskCopy[]): string {
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
