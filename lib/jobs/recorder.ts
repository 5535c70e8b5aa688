import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { JobEvent, JobState, JobStep } from '../contract/jobs.ts'
import { storableJson } from '../store/json.ts'
import { inTransaction } from '../store/transaction.ts'
import { jobChannel } from './channels.ts'
import { headLimitLines, logLines, tailLimitLines } from './log-lines.ts'

/** Output is written in batches: a row per line as it comes would be a transaction per line. Longer is felt as lag. */
const flushMs = 100
/** How long the end of a job is tried to be written while the database is away; then the job counts as interrupted. */
const finishLimitMs = 60_000
const resultLimitChars = 256 * 1024

export interface JobProblem {
  code: string
  title: string
  detail: string | null
}

interface Ending {
  state: JobState
  result?: unknown
  problem?: JobProblem
}

/** Writes what one running job has to say: events with a sequence without gaps, and the job's own row. */
export class JobRecorder {
  readonly #pool: pg.Pool
  readonly #jobId: string
  readonly steps: JobStep[]
  #seq: number
  #progress: number
  #events: JobEvent[] = []
  #dirty = false
  #lines = 0
  #tail: string[] = []
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()
  #ended = false

  constructor(pool: pg.Pool, job: { id: string; steps: JobStep[]; progress: number }, lastSeq: number) {
    this.#pool = pool
    this.#jobId = job.id
    this.steps = job.steps
    this.#progress = job.progress
    this.#seq = lastSeq
  }

  log(text: string): void {
    const stepId = this.steps.find(({ state }) => state === 'running')?.id ?? null
    for (const line of logLines(text)) {
      if (++this.#lines <= headLimitLines) this.#add('log', { line, stepId })
      else if (this.#tail.push(line) > tailLimitLines) this.#tail.shift()
    }
  }

  progress(fraction: number): void {
    const next = Math.min(1, Math.max(0, fraction))
    if (!Number.isFinite(next) || Math.abs(next - this.#progress) < 0.005) return
    this.#progress = next
    this.#add('progress', { progress: next })
  }

  /** Marks a step; times are the dashboard's clock. */
  step(id: string, state: JobStep['state']): void {
    const step = this.steps.find((one) => one.id === id)
    if (step === undefined) throw new Error(`the job was not enqueued with a step ${id}`)
    const now = new Date().toISOString()
    step.state = state
    if (state === 'running') step.startedAt = now
    if (state === 'done' || state === 'failed') step.endedAt = now
    this.#add('step', { ...step })
  }

  #add(kind: JobEvent['kind'], data: unknown): void {
    if (this.#ended) return
    this.#events.push({ seq: ++this.#seq, at: new Date().toISOString(), kind, data })
    this.#dirty = true
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#write(null).catch(() => undefined)
    }, flushMs)
  }

  /** Says that the job runs now. */
  async begin(): Promise<void> {
    this.#add('state', { state: 'running' })
    await this.#write(null)
  }

  /** Writes what is left and the end, as one. Resolves when it is in the database. */
  async finish(ending: Ending): Promise<void> {
    const omitted = this.#lines - headLimitLines - this.#tail.length
    if (omitted > 0) this.#add('log', { line: `… ${omitted} lines are not kept …`, stepId: null })
    for (const line of this.#tail) this.#add('log', { line, stepId: null })
    for (const step of this.steps) if (step.state === 'pending') this.step(step.id, 'skipped')
    if (ending.state === 'done') this.#progress = 1
    const size = JSON.stringify(ending.result ?? null).length
    const kept: Ending =
      size <= resultLimitChars
        ? ending
        : {
            state: 'failed',
            problem: {
              code: 'internal',
              title: `The result of this job is too large to keep (${size} characters).`,
              detail: null,
            },
          }
    this.#add('state', { state: kept.state, problem: kept.problem ?? null })
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const until = Date.now() + finishLimitMs; ; await pause(500)) {
      try {
        return await this.#write(kept)
      } catch (failure) {
        if (Date.now() > until) throw failure
      }
    }
  }

  /** Writes what is buffered; the job stays as it is, to be resumed. */
  async suspend(): Promise<void> {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#write(null)
  }

  #write(ending: Ending | null): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#writeNow(ending))
    return this.#writing
  }

  async #writeNow(ending: Ending | null): Promise<void> {
    if (!this.#dirty && ending === null) return
    const events = [...this.#events]
    await inTransaction(this.#pool, async (client) => {
      // A commit whose answer was lost is tried again: the same events, so they may be there.
      await client.query(
        `INSERT INTO "JobEvent" ("jobId", seq, at, kind, data)
         SELECT $1, * FROM unnest($2::int[], $3::timestamptz[], $4::text[], $5::jsonb[]) ON CONFLICT DO NOTHING`,
        [
          this.#jobId,
          events.map(({ seq }) => seq),
          events.map(({ at }) => at),
          events.map(({ kind }) => kind),
          events.map(({ data }) => JSON.stringify(storableJson(data))),
        ],
      )
      await client.query('UPDATE "Job" SET steps = $2, progress = $3 WHERE id = $1', [
        this.#jobId,
        JSON.stringify(storableJson(this.steps)),
        this.#progress,
      ])
      if (ending !== null)
        await client.query('UPDATE "Job" SET state = $2, result = $3, problem = $4, "endedAt" = now() WHERE id = $1', [
          this.#jobId,
          ending.state,
          ending.result === undefined || ending.result === null ? null : JSON.stringify(storableJson(ending.result)),
          ending.problem === undefined ? null : JSON.stringify(storableJson(ending.problem)),
        ])
      await client.query('SELECT pg_notify($1, $2)', [jobChannel, this.#jobId])
    })
    this.#events = this.#events.slice(events.length)
    this.#dirty = this.#events.length > 0
  }
}
