import type { Job, JobState } from '../../contract/jobs.ts'
import { jobRunner } from '../../jobs/runner.ts'
import { Problem } from '../../kit/problem.ts'
import { getJob, type JobRow, stepsOf } from '../../store/jobs.ts'

const isOpen = (state: string): boolean => state === 'queued' || state === 'running'

export const presentJob = (row: JobRow): Job => ({
  id: row.id,
  kind: row.kind,
  state: row.state as JobState,
  title: row.title,
  hostId: row.hostId,
  hostName: row.host?.name ?? null,
  teamId: row.teamId,
  steps: stepsOf(row),
  progress: row.progress,
  result: row.result,
  problem: row.problem as Job['problem'],
  // A queued job is only taken from the queue; a running one must know how to stop.
  cancellable: isOpen(row.state) && (row.state === 'queued' || jobRunner().isCancellable(row.kind)),
  createdBy: row.createdBy,
  createdAt: row.createdAt.toISOString(),
  startedAt: row.startedAt?.toISOString() ?? null,
  endedAt: row.endedAt?.toISOString() ?? null,
})

export const noJob = (id: string): Problem =>
  new Problem({
    code: 'no-job',
    kind: 'not-found',
    title: `There is no job with the id ${id}; old ones are dropped in time.`,
  })

export async function readJob(id: string): Promise<Job> {
  const row = await getJob(id)
  if (row === null) throw noJob(id)
  return presentJob(row)
}
