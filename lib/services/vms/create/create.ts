import type { Actor } from '../../../access/can.ts'
import type { AskedVm, StartedVm } from '../../../contract/vm-create.ts'
import { jobRunner } from '../../../jobs/runner.ts'
import { Problem } from '../../../kit/problem.ts'
import type { HostRow } from '../../../store/hosts.ts'
import { sealSecret } from '../../../store/secrets.ts'
import { isoImage } from '../../../vm/iso9660.ts'
import type { MadePlan } from '../../../vm/create-plan.ts'
import type { VmSpec } from '../../../vm/spec.ts'
import { audited, refuse } from '../../refuse.ts'
import { readJob } from '../../jobs/present.ts'
import { createKind, seedPlace, type CreateInput } from './job.ts'
import { seedFiles, seedLabel, seedOf, wantVm, type WantedVm } from './plan.ts'

/** Begins to make a VM, on the host that was named or the one that fits best. Answers once the job is queued. */
export async function createVm(actor: Actor, asked: AskedVm, now: () => Date): Promise<StartedVm> {
  await refuse(actor, 'vm.create', { kind: 'vm', name: asked.name })
  return audited(actor, 'vm.create', { kind: 'vm', name: asked.name }, async (note) => {
    const wanted = await wantVm(asked, now)
    const host = requirePossible(wanted)
    note({
      target: { kind: 'vm', id: wanted.uuid, name: `${host.name}/${wanted.name}` },
      detail: { preset: wanted.preset, vcpus: wanted.spec.vcpus, memoryBytes: wanted.spec.memoryBytes },
    })
    return enqueueCreation(actor, host, wanted, `Make the VM ${wanted.name}`, [])
  })
}

function requirePossible({ host, made, fit }: WantedVm): HostRow {
  const [first] = made.refusals
  if (host !== null && first === undefined) return host
  throw new Problem({
    code: 'bad-vm',
    kind: 'invalid',
    title: first?.message ?? fit.ranked[0]?.reason ?? 'No host fits.',
    fields: made.refusals,
  })
}

async function enqueueCreation(
  actor: Actor,
  host: HostRow,
  wanted: Pick<WantedVm, 'uuid' | 'name' | 'spec' | 'preset' | 'made' | 'passwordHash'>,
  title: string,
  notes: string[],
): Promise<StartedVm> {
  const { uuid, name, made } = wanted
  const documents = seedOf(wanted)
  // May hold a password's hash and whatever people write into user-data: never in the job's own input.
  if (documents !== null) await sealSecret(seedPlace(uuid), JSON.stringify(documents))
  const input: CreateInput = {
    uuid,
    name,
    preset: wanted.preset,
    spec: { ...pinned(wanted.spec, made), cloudInit: null },
    seedBytes: documents === null ? null : isoImage(seedLabel, seedFiles(documents)).length,
  }
  const jobId = await jobRunner().enqueue({
    kind: createKind,
    title,
    hostId: host.id,
    teamId: host.teamId,
    input,
    createdBy: actor.name,
    steps: made.steps,
  })
  return {
    job: await readJob(jobId),
    vm: { id: uuid, name, host: { id: host.id, name: host.name } },
    notes: [...notes, ...made.warnings.map(({ message }) => message)],
  }
}

/** What was left open, as it was decided: a pool that is fuller by then must not make the job choose another. */
function pinned(spec: VmSpec, made: MadePlan): VmSpec {
  const planned = made.disks.filter(({ from }) => from !== 'seed')
  return {
    ...spec,
    disks: spec.disks.map((disk, index) => {
      const { pool = null, volume = null } = planned[index] ?? {}
      return disk.from === 'iso' || disk.from === 'volume' || pool === null ? disk : { ...disk, pool, volume }
    }),
    nics: spec.nics.map((nic, index) => ({ ...nic, mac: made.nics[index]?.mac ?? nic.mac })),
  }
}
