import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Logger, run, runMigrations, type Runner, type WorkerEvents } from 'graphile-worker'
import type pg from 'pg'
import { once } from '../kit/once.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { getJob, type JobRow } from '../store/jobs.ts'
import { store } from '../store/db.ts'
import { storableJson, storableText } from '../store/json.ts'
import { newId } from '../store/id.ts'
import { inTransaction } from '../store/transaction.ts'
import { cancelChannel, jobChannel } from './channels.ts'
import type { JobKind, NewJob } from './kind.ts'
import { JobListener } from './listener.ts'
import { failOrphans } from './orphans.ts'
import { afterLetGo } from './let-go.ts'
import { prune } from './prune.ts'
import { runJob, type AbortWhy } from './run-job.ts'
import { deadRunners, holdRunner, releaseRunners } from './runner-lock.ts'

export interface RunnerOptions {
  kinds: readonly JobKind[]
  /** Told of each change of a job's row, of jobs of other processes too. Several changes may come as one. */
  onJobChanged?: (job: JobRow) => void
  /** What a person at the terminal should know. */
  onTrouble?: (sentence: string) => void
  /** How long jobs that cannot be resumed may go on when the process stops. */
  graceMs?: number
}

const task = 'drawbridge_job'
/** Jobs wait for hosts, not for us; the number bounds memory and connections, not CPU. */
const concurrency = 8
/** Only a poll for retries: new jobs come by notification. */
const pollMs = 2000
const pruneMs = 60 * 60 * 1000
/** With several processes on one database: how often to look for dead ones, which must be seen dead twice. */
const lookForDeadMs = 20_000
const defaultGraceMs = 15_000

interface Running {
  kind: JobKind
  abort: (why: AbortWhy) => void
}

class JobRunner {
  readonly #kinds = new Map<string, JobKind>()
  readonly #running = new Map<string, Running>()
  readonly #announcing = new Map<string, 'reading' | 'again'>()
  #options: RunnerOptions = { kinds: [] }
  #listener: JobListener | null = null
  #queue: Runner | null = null
  #runnerId = ''
  #client: pg.Client | null = null
  #timers: NodeJS.Timeout[] = []
  #stopping = false

  /** Starts taking jobs, with what a killed process left behind first. The store must be open. */
  async start(options: RunnerOptions): Promise<void> {
    const { pool, connection, kind: database } = store()
    this.#options = options
    this.#stopping = false
    for (const kind of options.kinds) this.#kinds.set(kind.kind, kind)
    await runMigrations({ pgPool: pool, logger: quiet, parsedCronItems: [] })
    const listener = new JobListener(connection, {
      changed: (jobId) => void this.#announce(jobId),
      cancelled: (jobId) => this.#running.get(jobId)?.abort('cancel'),
      connected: (client) => this.#connected(client),
    })
    this.#listener = listener
    // A data directory has one process, so whoever else is in the table is dead.
    if (database === 'embedded') await this.#takeOver(await deadRunners(pool, ''))
    await failOrphans(pool)
    await this.#startQueue()
    await listener.start()
    const every = (ms: number, work: () => Promise<void>): void => {
      this.#timers.push(setInterval(() => void work().catch((failure: Error) => this.#trouble(failure)), ms).unref())
    }
    every(pruneMs, () => prune(pool))
    let suspects = new Set(database === 'external' ? await deadRunners(pool, this.#runnerId) : [])
    if (database === 'external')
      every(lookForDeadMs, async () => {
        const dead = await deadRunners(pool, this.#runnerId)
        await this.#takeOver(dead.filter((id) => suspects.has(id)))
        suspects = new Set(dead)
      })
    await prune(pool)
  }

  async #startQueue(): Promise<void> {
    const events: WorkerEvents = new EventEmitter()
    events.on('pool:create', ({ workerPool }) => {
      this.#runnerId = workerPool.id
      events.on('job:complete', ({ job }) => {
        if (job.job_queue_id !== null) void afterLetGo(store().pool, job.id).then(() => workerPool.nudge(1), quietly)
      })
    })
    const queue = await run({
      pgPool: store().pool,
      taskList: { [task]: (payload, helpers) => this.#deliver(payload, helpers.job.attempts) },
      parsedCronItems: [],
      concurrency,
      pollInterval: pollMs,
      noHandleSignals: true,
      // We end running jobs ourselves, long before.
      gracefulShutdownAbortTimeout: 60_000,
      logger: quiet,
      events,
    })
    this.#queue = queue
    if (this.#client !== null) await holdRunner(this.#client, this.#runnerId)
    void queue.promise.catch((failure: Error) => this.#trouble(failure)).then(() => this.#queueEnded(queue))
  }

  /** The queue gives up when it cannot write that a job has ended; we do not. */
  async #queueEnded(queue: Runner): Promise<void> {
    const former = this.#runnerId
    for (let waitMs = 500; !this.#stopping && this.#queue === queue; waitMs = Math.min(waitMs * 2, 10_000)) {
      await pause(waitMs, undefined, { ref: false })
      try {
        if (this.#stopping) return
        await this.#takeOver([former])
        await this.#startQueue()
      } catch (failure) {
        this.#trouble(failure as Error)
      }
    }
  }

  async #connected(client: pg.Client): Promise<void> {
    this.#client = client
    await holdRunner(client, this.#runnerId)
    const { rows } = await store().pool.query<{ id: string }>(
      `SELECT id FROM "Job" WHERE state IN ('queued', 'running') OR "endedAt" > now() - interval '1 minute' LIMIT 1000`,
    )
    for (const { id } of rows) void this.#announce(id)
  }

  async #takeOver(runnerIds: string[]): Promise<void> {
    const { pool } = store()
    await releaseRunners(pool, runnerIds)
    // Retries wait exponentially longer; what was interrupted goes on now.
    await pool.query(
      `SELECT graphile_worker.reschedule_jobs(array_agg(id), run_at := now()) FROM graphile_worker.jobs
       WHERE locked_at IS NULL AND run_at > now() AND task_identifier = $1`,
      [task],
    )
  }

  async #deliver(payload: unknown, attempt: number): Promise<void> {
    const { jobId } = payload as { jobId: string }
    await runJob({
      jobId,
      attempt,
      pool: store().pool,
      kinds: this.#kinds,
      onRunning: (id, kind, abort) => {
        this.#running.set(id, { kind, abort })
        if (this.#stopping && kind.resumable === true) abort('stop')
        return () => this.#running.delete(id)
      },
    })
  }

  async #announce(jobId: string): Promise<void> {
    const { onJobChanged } = this.#options
    if (onJobChanged === undefined) return
    if (this.#announcing.has(jobId)) return void this.#announcing.set(jobId, 'again')
    try {
      do {
        this.#announcing.set(jobId, 'reading')
        const job = await getJob(jobId)
        if (job !== null) onJobChanged(job)
      } while (this.#announcing.get(jobId) === 'again')
    } catch (failure) {
      this.#trouble(failure as Error)
    } finally {
      this.#announcing.delete(jobId)
    }
  }

  #trouble(failure: Error): void {
    if (!this.#stopping) this.#options.onTrouble?.(`the job queue: ${failure.message}`)
  }

  /** Puts a job into the queue of its host; the id is its own from then on, whatever happens to this process. */
  async enqueue(job: NewJob): Promise<string> {
    const id = newId()
    const steps = job.steps.map((step) => ({ ...step, state: 'pending', startedAt: null, endedAt: null }))
    await inTransaction(store().pool, async (client) => {
      await client.query(
        `INSERT INTO "Job" (id, kind, state, title, "hostId", "teamId", input, steps, "createdBy") VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $8)`,
        [
          id,
          job.kind,
          storableText(job.title),
          job.hostId,
          job.teamId ?? 'default',
          JSON.stringify(storableJson(job.input)),
          JSON.stringify(storableJson(steps)),
          storableText(job.createdBy),
        ],
      )
      await client.query(
        `INSERT INTO "JobEvent" ("jobId", seq, kind, data) VALUES ($1, 1, 'state', '{"state":"queued"}')`,
        [id],
      )
      await client.query('SELECT graphile_worker.add_job($1, $2, $3, job_key := $4)', [
        task,
        JSON.stringify({ jobId: id }),
        job.queue ?? job.hostId,
        id,
      ])
      await client.query('SELECT pg_notify($1, $2)', [jobChannel, id])
    })
    return id
  }

  isCancellable(kind: string): boolean {
    return this.#kinds.get(kind)?.cancellable ?? false
  }

  /** A queued job is cancelled at once, whatever its kind; a running one is asked to stop, if its kind can. */
  async cancel(jobId: string): Promise<Result<void, 'not-found' | 'not-cancellable' | 'ended'>> {
    const { pool } = store()
    const queued = await inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE "Job" SET state = 'cancelled', "cancelRequested" = true, "endedAt" = now() WHERE id = $1 AND state = 'queued'`,
        [jobId],
      )
      if (rowCount === 0) return false
      await client.query(
        `INSERT INTO "JobEvent" ("jobId", seq, kind, data) SELECT $1, coalesce(max(seq), 0) + 1, 'state', '{"state":"cancelled","problem":null}' FROM "JobEvent" WHERE "jobId" = $1`,
        [jobId],
      )
      await client.query('SELECT pg_notify($1, $2)', [jobChannel, jobId])
      return true
    })
    if (queued) return ok(undefined)
    const job = await getJob(jobId)
    if (job === null) return err('not-found')
    if (job.state !== 'running') return err('ended')
    if (!this.isCancellable(job.kind)) return err('not-cancellable')
    await pool.query('UPDATE "Job" SET "cancelRequested" = true WHERE id = $1', [jobId])
    await pool.query('SELECT pg_notify($1, $2), pg_notify($3, $2)', [cancelChannel, jobId, jobChannel])
    return ok(undefined)
  }

  /** Calls back at each change of one job; returns what ends that. */
  watch(jobId: string, onChange: () => void): () => void {
    return this.#listener?.watch(jobId, onChange) ?? (() => undefined)
  }

  /**
   * Takes no more jobs. Those that can be resumed stop at once and go on at the next start; the others get `graceMs`
   * and are failed then, with a sentence.
   */
  async stop(): Promise<void> {
    if (this.#stopping || this.#queue === null) return
    this.#stopping = true
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
    for (const { kind, abort } of this.#running.values()) if (kind.resumable === true) abort('stop')
    const grace = setTimeout(() => {
      for (const { abort } of this.#running.values()) abort('stop')
    }, this.#options.graceMs ?? defaultGraceMs)
    await this.#queue.stop().catch(() => undefined)
    clearTimeout(grace)
    await releaseRunners(store().pool, [this.#runnerId]).catch(() => undefined)
    await this.#listener?.stop()
    this.#queue = null
    this.#client = null
    this.#listener = null
  }
}

const quietly = (): void => undefined

const quiet = new Logger(() => () => undefined)

/** The job runner of this process. */
export const jobRunner = (): JobRunner => once('jobs.runner', () => new JobRunner())
