import type { Actor } from '../../access/can.ts'
import type { Check } from '../../contract/hosts.ts'
import type { Job } from '../../contract/jobs.ts'
import { examineHost as examine } from '../../host/doctor.ts'
import { preparationSteps } from '../../host/prepare.ts'
import { jobRunner } from '../../jobs/runner.ts'
import { Problem } from '../../kit/problem.ts'
import { saveFacts } from '../../store/facts.ts'
import { audited, refuse } from '../refuse.ts'
import { readJob } from '../jobs/present.ts'
import { sshProblem } from '../ssh-problem.ts'
import { findHost, hostTargetOf } from './find.ts'
import { prepareKind } from './prepare-job.ts'
import { sessionOf } from './target.ts'

/** The check list of a host as it is now: state, evidence, why it matters, and the commands of each fix. */
export async function examineHost(actor: Actor, reference: string, now: () => Date): Promise<Check[]> {
  await refuse(actor, 'host.read')
  const host = await findHost(reference)
  const seen = await examine(await sessionOf(host), now)
  if (!seen.ok) throw sshProblem(seen.error)
  // Kept, but not told: whoever watches would look at the list again, for ever.
  await saveFacts(host.id, seen.value.facts)
  return seen.value.checks
}

/** Puts these checks in order, as a job with one step each. */
export async function prepareHost(actor: Actor, reference: string, checks: readonly string[]): Promise<Job> {
  await refuse(actor, 'host.prepare', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'host.prepare', hostTargetOf(host), async (note) => {
    const steps = preparationSteps(checks)
    const unknown = checks.filter((id) => !steps.some((step) => step.id === id))
    if (unknown.length > 0)
      throw new Problem({
        code: 'unknown-check',
        kind: 'invalid',
        title: `There is no check named ${unknown.join(', ')}.`,
        fields: [{ field: 'checks', message: 'Use the ids that GET /hosts/{host}/checks names.' }],
      })
    const jobId = await jobRunner().enqueue({
      kind: prepareKind,
      title: `Prepare ${host.name}`,
      hostId: host.id,
      teamId: host.teamId,
      input: { checks: steps.map(({ id }) => id) },
      createdBy: actor.name,
      steps,
    })
    note({ detail: { checks: steps.map(({ id }) => id), job: jobId } })
    return readJob(jobId)
  })
}
