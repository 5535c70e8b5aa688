import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { Job } from '../../../contract/jobs.ts'
import { templateVmSchema } from '../../../contract/vm-create.ts'
import type { JobKind } from '../../../jobs/kind.ts'
import { jobRunner } from '../../../jobs/runner.ts'
import { Problem } from '../../../kit/problem.ts'
import { createPreset, findPreset } from '../../../store/presets.ts'
import { type DiskCopy, planCopies } from '../../../vm/copy-plan.ts'
import { presetOfDomain } from '../../../vm/template.ts'
import { volumeNameOf } from '../../../vm/volume.ts'
import { readJob } from '../../jobs/present.ts'
import { taken } from '../../presets/presets.ts'
import { audited, refuse } from '../../refuse.ts'
import { findVm, type FoundVm, vmTargetOf } from '../find.ts'
import { readChoices } from './choices.ts'
import { hostOf } from './job.ts'
import { Making, makingLimitMs } from './making.ts'

export const templateKind = 'vm.template'

const inputSchema = z.object({ id: z.string(), source: z.string(), createdBy: z.string(), asked: templateVmSchema })
type TemplateInput = z.output<typeof inputSchema>

/** Begins to make a preset, and images of its disks, of a VM that is shut off. @param reference see `findVm` */
export async function templateVm(
  actor: Actor,
  reference: string,
  asked: z.output<typeof templateVmSchema>,
  now: () => Date,
): Promise<Job> {
  await refuse(actor, 'preset.manage', { kind: 'preset', name: asked.name })
  const found = await findVm(reference, now)
  return audited(actor, 'preset.manage', vmTargetOf(found), async (note) => {
    note({ detail: { did: 'make a template', preset: asked.name } })
    await plan(found, asked, now)
    const { host, domain } = found
    const input: TemplateInput = { id: randomUUID(), source: domain.uuid, createdBy: actor.name, asked }
    const jobId = await jobRunner().enqueue({
      kind: templateKind,
      title: `Make the template ${asked.name} of ${domain.defined.name}`,
      hostId: host.id,
      teamId: host.teamId,
      input,
      createdBy: actor.name,
      steps: [
        { id: 'check', title: 'Look whether it can still be made' },
        { id: 'volumes', title: 'Copy its disks' },
        { id: 'preset', title: 'Make the preset' },
      ],
    })
    return readJob(jobId)
  })
}

async function plan(
  { host, domain }: Pick<FoundVm, 'host' | 'domain'>,
  asked: TemplateInput['asked'],
  now: () => Date,
): Promise<DiskCopy[]> {
  const { name } = domain.defined
  if (domain.running !== null)
    throw new Problem({
      code: 'vm-runs',
      kind: 'conflict',
      title: `${name} runs: what is on its disks changes under the copy. Shut it down first.`,
    })
  if ((await findPreset(asked.name)) !== null) throw taken(asked.name)
  const choices = await readChoices(host, now)
  const base = volumeNameOf(asked.name)
  const { copies, refusals } = planCopies(domain.defined, choices, {
    pool: asked.pool,
    mode: 'full',
    format: 'qcow2',
    nameOf: ({ target }) => (target.endsWith('a') ? base : `${base}-${target}`),
  })
  if (copies.length === 0 && refusals.length === 0)
    refusals.push({ field: 'vm', message: `${name} has no disk that a template could be made of.` })
  const [first] = refusals
  if (first !== undefined)
    throw new Problem({ code: 'bad-template', kind: 'invalid', title: first.message, fields: refusals })
  return copies
}

export const templateJob = (now: () => Date): JobKind => ({
  kind: templateKind,
  cancellable: true,
  resumable: true,
  limitMs: makingLimitMs,
  async run(context) {
    const { id, source, asked, createdBy } = inputSchema.parse(context.input)
    const host = await hostOf(context.hostId)
    const found = await findVm(`${host.id}:${source}`, now)
    const making = new Making(context, host, { uuid: id, name: asked.name }, now)
    return making.run(async () => {
      const copies = await context.step('check', () => plan(found, asked, now))
      await context.step('volumes', () =>
        making.makeVolumes(
          found.client,
          copies.map(({ work }) => work),
        ),
      )
      making.requireWanted()
      const preset = await context.step('preset', async () => {
        const spec = presetOfDomain(found.domain.defined, copies)
        const row = await createPreset({ name: asked.name, description: asked.description, spec, createdBy })
        if (row === null) throw taken(asked.name)
        return row
      })
      return { preset: preset.id, images: copies.map(({ work }) => ({ pool: work.pool, volume: work.volume })) }
    })
  },
})
