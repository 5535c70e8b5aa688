import * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { Job } from '../../contract/jobs.ts'
import type { RpcClient } from '../../host/libvirt/client.ts'
import { connectLibvirt } from '../../host/libvirt/connect.ts'
import { saveDomain } from '../../host/libvirt/domain-calls.ts'
import { readDomainNow } from '../../host/libvirt/domains.ts'
import type { JobContext, JobKind } from '../../jobs/kind.ts'
import { jobRunner } from '../../jobs/runner.ts'
import { Problem } from '../../kit/problem.ts'
import type { Session } from '../../ssh/session.ts'
import { readJob } from '../jobs/present.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { audited, refuse } from '../refuse.ts'
import { claimVm, requireIdle } from './activity.ts'
import { knownDomain, refreshBoardBy } from './board.ts'
import { watchDomainJob } from './domain-job.ts'
import { findVm, type FoundVm, vmTargetOf } from './find.ts'
import { requireSense, whyNot } from './power-sense.ts'

const saveKind = 'vm.save'
const inputSchema = z.object({ vm: z.string() })

// A guest of a terabyte is written at what the disk takes.
const limitMs = 6 * 3600_000

/** Begins to write a VM's memory to its host's disk; then it is off. @param reference see `findVm` */
export async function saveVm(actor: Actor, reference: string, now: () => Date): Promise<Job> {
  await refuse(actor, 'vm.power', { kind: 'vm', name: reference })
  const found = await findVm(reference, now)
  const { host, domain } = found
  return audited(actor, 'vm.power', vmTargetOf(found), async (note) => {
    note({ detail: { did: 'save' } })
    requireSense('save', domain)
    requireIdle(host.id, domain, 'save')
    const jobId = await jobRunner().enqueue({
      kind: saveKind,
      title: `Save and stop ${domain.defined.name}`,
      hostId: host.id,
      teamId: host.teamId,
      input: { vm: domain.uuid },
      createdBy: actor.name,
      steps: [{ id: 'save', title: 'Write its memory to the disk' }],
    })
    note({ detail: { did: 'save', job: jobId } })
    return readJob(jobId)
  })
}

/** Stopped half-way the VM runs on, and nothing is kept. */
export const saveJob = (now: () => Date): JobKind => ({
  kind: saveKind,
  cancellable: true,
  limitMs,
  run: (context) =>
    context.step('save', async () => {
      const { vm } = inputSchema.parse(context.input)
      const found = await findVm(`${context.hostId ?? ''}:${vm}`, now)
      const { host, domain } = found
      requireSense('save', domain)
      const release = claimVm(host.id, domain, 'save', context.jobId)
      try {
        await save(found, context)
      } finally {
        await refreshBoardBy(host.id, found.client, now)
        release()
      }
      return { vm, host: host.name }
    }),
})

async function save({ session, client, domain }: FoundVm, context: JobContext): Promise<void> {
  // Each its own: on the shared one whoever asks something meanwhile would wait behind this.
  const clients: RpcClient[] = []
  try {
    const saver = await connect(session, clients)
    const watch = watchDomainJob(await connect(session, clients), domain.ref, context)
    const saved = await saver.call(saveDomain(domain.ref), { timeoutMs: limitMs }).finally(() => watch.stop())
    if (!saved.ok) throw (await whyNot(client, 'save', domain, saved.error)).problem
  } finally {
    for (const one of clients) one.close()
  }
  // An answer without an error is no proof.
  const read = await readDomainNow(client, domain.uuid)
  if (!read.ok) throw libvirtProblem(read.error)
  const { stateWord, hasSavedState } = knownDomain(read.value)
  if (stateWord === 'shut-off' && hasSavedState) return
  throw new Problem({
    code: 'save-unproven',
    kind: 'conflict',
    title: 'libvirt said that it was saved, but has no saved state of it. Look how the VM is now.',
  })
}

async function connect(session: Session, clients: RpcClient[]): Promise<RpcClient> {
  const connected = await connectLibvirt(session)
  if (!connected.ok) throw libvirtProblem(connected.error)
  clients.push(connected.value)
  return connected.value
}
