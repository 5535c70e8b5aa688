import type pg from 'pg'
import type { JobState } from '../contract/jobs.ts'
import { getJob, stepsOf, type JobRow } from '../store/jobs.ts'
import type { JobKind } from './kind.ts'
import { JobRecorder, type JobProblem } from './recorder.ts'

/** Why a running job is asked to end. */
export type AbortWhy = 'cancel' | 'stop' | 'limit'

/** A job that crashes the process each time it is resumed would crash it for ever. */
const attemptLimit = 5
const defaultLimitMs = 60 * 60 * 1000
/** A job that ignores its signal for this long is left behind: waiting longer would block its host's queue. */
const abandonMs = 5000

const ended: readonly string[] = ['done', 'failed', 'cancelled'] satisfies JobState[]

/** Thrown when a job shall be resumed later: the queue then keeps it. */
export class Suspended extends Error {}

export interface Delivery {
  jobId: string
  /** How often the queue has delivered it, this time included. */
  attempt: number
  pool: pg.Pool
  kinds: ReadonlyMap<string, JobKind>
  /** Told how to abort the job while it runs; returns what ends that. */
  onRunning: (jobId: string, kind: JobKind, abort: (why: AbortWhy) => void) => () => void
}

/**
 * Runs one job the queue delivered, from what its row says: a queued one starts, one that was running when its process
 * died is resumed or failed, one that has ended is let go. Throws only `Suspended` and when the database is away.
 */
export async function runJob({ jobId, attempt, pool, kinds, onRunning }: Delivery): Promise<void> {
  const job = await getJob(jobId)
  if (job === null || ended.includes(job.state)) return
  const kind = kinds.get(job.kind)
  const refused = refusal(job, kind, attempt)
  if (refused !== null || kind === undefined) return refused === null ? undefined : failUnrun(pool, job, refused)
  const recorder = await recorderOf(pool, job)
  const claimed = await pool.query(
    `UPDATE "Job" SET state = 'running', "startedAt" = coalesce("startedAt", now()) WHERE id = $1 AND state IN ('queued', 'running')`,
    [jobId],
  )
  if (claimed.rowCount === 0) return
  const resumed = job.state === 'running'
  for (const step of recorder.steps)
    if (resumed) Object.assign(step, { state: 'pending', startedAt: null, endedAt: null })
  if (resumed) recorder.log('Drawbridge was restarted; this job begins again.')
  await recorder.begin()

  const abort = new AbortController()
  let why: AbortWhy | null = null
  const abandoned = Promise.withResolvers<never>()
  let abandonTimer: NodeJS.Timeout | undefined
  const ask = (reason: AbortWhy): void => {
    if (why !== null) return
    why = reason
    abort.abort(new Error(reasonTitle[reason], { cause: reason }))
    abandonTimer = setTimeout(() => abandoned.reject(abort.signal.reason as Error), abandonMs)
  }
  const limit = setTimeout(() => ask('limit'), kind.limitMs ?? defaultLimitMs)
  const leave = onRunning(jobId, kind, ask)
  // Cancelled between our look and the registration: its notification found nobody.
  if (kind.cancellable && (await getJob(jobId))?.cancelRequested === true) ask('cancel')
  try {
    const run = kind.run({
      jobId,
      hostId: job.hostId,
      input: job.input,
      attempt,
      signal: abort.signal,
      log: (text) => recorder.log(text),
      progress: (fraction) => recorder.progress(fraction),
      step: (id, work) => runStep(recorder, id, work),
    })
    const result = await Promise.race([run, abandoned.promise])
    await recorder.finish({ state: 'done', result })
  } catch (failure) {
    // `why` changes inside callbacks, which the compiler does not see.
    const asked = why as AbortWhy | null
    if (asked === 'stop' && kind.resumable === true) {
      await recorder.suspend()
      throw new Suspended(reasonTitle.stop)
    }
    for (const step of recorder.steps) if (step.state === 'running') recorder.step(step.id, 'failed')
    if (asked === 'cancel') await recorder.finish({ state: 'cancelled' })
    else
      await recorder.finish({
        state: 'failed',
        problem:
          asked === null
            ? problemOf(failure)
            : { code: asked === 'stop' ? 'interrupted' : 'too-long', title: reasonTitle[asked], detail: null },
      })
  } finally {
    clearTimeout(limit)
    clearTimeout(abandonTimer)
    leave()
  }
}

const recorderOf = async (pool: pg.Pool, job: JobRow): Promise<JobRecorder> =>
  new JobRecorder(pool, { id: job.id, steps: stepsOf(job), progress: job.progress }, await lastSeq(pool, job.id))

/** Ends a job that nobody runs, or runs any more. */
export async function failUnrun(pool: pg.Pool, job: JobRow, problem: JobProblem): Promise<void> {
  const recorder = await recorderOf(pool, job)
  for (const step of recorder.steps) if (step.state === 'running') recorder.step(step.id, 'failed')
  await recorder.finish({ state: 'failed', problem })
}

const reasonTitle: Record<AbortWhy, string> = {
  cancel: 'The job was cancelled.',
  stop: 'Drawbridge was stopped while this job ran. Look at the host, then run it again.',
  limit: 'The job took longer than it may and was stopped. Look at its log for where it hung.',
}

function refusal(job: JobRow, kind: JobKind | undefined, attempt: number): JobProblem | null {
  const problem = (code: string, title: string): JobProblem => ({ code, title, detail: null })
  if (kind === undefined)
    return problem(
      'unknown-kind',
      `This Drawbridge does not know jobs of the kind ${job.kind}; it was made by another version.`,
    )
  if (job.state !== 'running') return null
  if (kind.resumable !== true)
    return problem(
      'interrupted',
      'Drawbridge was killed while this job ran, so nobody saw its end. Look at the host, then run it again.',
    )
  return attempt > attemptLimit
    ? problem(
        'interrupted',
        `The job was begun ${attemptLimit} times and Drawbridge was killed each time. Look at its log before you run it again.`,
      )
    : null
}

async function runStep<T>(recorder: JobRecorder, id: string, work: () => Promise<T>): Promise<T> {
  recorder.step(id, 'running')
  try {
    const value = await work()
    recorder.step(id, 'done')
    return value
  } catch (failure) {
    recorder.step(id, 'failed')
    throw failure
  }
}

/** A `Problem` keeps its words; anything else is a bug. By shape, because Next bundles the class more than once. */
function problemOf(failure: unknown): JobProblem {
  const { init } = failure as { init?: { code?: unknown; title?: unknown; detail?: unknown } }
  if (typeof init?.code === 'string' && typeof init.title === 'string')
    return { code: init.code, title: init.title, detail: typeof init.detail === 'string' ? init.detail : null }
  const detail = failure instanceof Error ? failure.message : String(failure)
  return { code: 'internal', title: 'The job failed because of an error in Drawbridge.', detail: detail.slice(0, 2000) }
}

async function lastSeq(pool: pg.Pool, jobId: string): Promise<number> {
  const { rows } = await pool.query<{ seq: number }>(
    'SELECT coalesce(max(seq), 0) AS seq FROM "JobEvent" WHERE "jobId" = $1',
    [jobId],
  )
  return rows[0]?.seq ?? 0
}
