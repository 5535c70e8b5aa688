import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { addHostRow, closeStore, mustOpen, scratchDir } from '../../e2e/harness/scratch-store.ts'
import type { JobEvent } from '../contract/jobs.ts'
import { Problem } from '../kit/problem.ts'
import type { Store } from '../store/db.ts'
import { getJob, listJobEvents, stepsOf } from '../store/jobs.ts'
import { jobEvents } from './events.ts'
import type { JobContext, JobKind } from './kind.ts'
import { prune } from './prune.ts'
import { jobRunner } from './runner.ts'

const dir = scratchDir()
let store: Store
let hosts: { a: string; b: string }
/** What a job of the kind `test.call` does, by its input. */
const calls = new Map<string, (context: JobContext) => Promise<unknown>>()
const changed: string[] = []

const call = (kind: string, more: Partial<JobKind> = {}): JobKind => ({
  kind,
  cancellable: true,
  ...more,
  run: (context) => calls.get(String(context.input))?.(context) ?? Promise.reject(new Error('no such call')),
})
const kinds = [
  call('test.call'),
  call('test.stubborn', { cancellable: false }),
  call('test.short', { limitMs: 100 }),
  call('test.resumable', { resumable: true }),
]

beforeAll(async () => {
  store = await mustOpen(dir.path)
  hosts = { a: await addHostRow('a'), b: await addHostRow('b') }
})
beforeEach(() =>
  jobRunner().start({ kinds, graceMs: 200, onJobChanged: ({ id, state }) => void changed.push(`${id} ${state}`) }),
)
afterEach(() => jobRunner().stop())
afterAll(async () => {
  await closeStore(store)
  dir.remove()
})

let made = 0
function enqueue(
  run: (context: JobContext) => Promise<unknown>,
  {
    hostId = null,
    kind = 'test.call',
    steps = [] as string[],
  }: { hostId?: string | null; kind?: string; steps?: string[] } = {},
): Promise<string> {
  const input = String(++made)
  calls.set(input, run)
  return jobRunner().enqueue({
    kind,
    title: `call ${input}`,
    hostId,
    input,
    createdBy: 'test',
    steps: steps.map((id) => ({ id, title: id.toUpperCase() })),
  })
}

async function eventsOf(id: string, after = 0): Promise<JobEvent[]> {
  const events: JobEvent[] = []
  for await (const event of jobEvents(id, after, AbortSignal.timeout(20_000))) events.push(event)
  return events
}
async function ended(id: string) {
  await eventsOf(id)
  const job = await getJob(id)
  if (job === null) throw new Error('no job')
  return job
}
const linesOf = (events: JobEvent[]): unknown[] =>
  events.filter(({ kind }) => kind === 'log').map(({ data }) => (data as { line: unknown }).line)

test('steps, log, progress and result are rows, in one sequence without gaps', async () => {
  const id = await enqueue(
    async ({ step, log, progress }) => {
      await step('one', async () => log('first\nsecond\r\n'))
      progress(0.5)
      log('\u001B[31mred\u001B[0m and \u0000\u0007bells')
      return { answer: 42 }
    },
    { steps: ['one', 'two'] },
  )
  const job = await ended(id)
  expect(job).toMatchObject({ state: 'done', progress: 1, result: { answer: 42 }, problem: null })
  expect(job.startedAt).toBeInstanceOf(Date)
  expect(job.endedAt).toBeInstanceOf(Date)
  expect(stepsOf(job).map((step) => step.state)).toEqual(['done', 'skipped'])
  const events = await eventsOf(id)
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1))
  expect(linesOf(events)).toEqual(['first', 'second', 'red and bells'])
  expect(events.filter(({ kind }) => kind === 'state').map(({ data }) => (data as { state: string }).state)).toEqual([
    'queued',
    'running',
    'done',
  ])
})

describe('queues', () => {
  test('jobs of one host run one after the other, in order; another host does not wait', async () => {
    const seen: string[] = []
    const bothHosts = Promise.withResolvers<void>()
    const a1 = await enqueue(
      async () => {
        seen.push('a1 begins')
        await bothHosts.promise
        seen.push('a1 ends')
      },
      { hostId: hosts.a },
    )
    const a2 = await enqueue(async () => void seen.push('a2'), { hostId: hosts.a })
    const a3 = await enqueue(async () => void seen.push('a3'), { hostId: hosts.a })
    const b1 = await enqueue(async () => (seen.push('b1'), bothHosts.resolve()), { hostId: hosts.b })
    for (const id of [a1, a2, a3, b1]) expect((await ended(id)).state).toBe('done')
    expect(seen.filter((word) => word.startsWith('a'))).toEqual(['a1 begins', 'a1 ends', 'a2', 'a3'])
    expect(seen.indexOf('b1')).toBeLessThan(seen.indexOf('a1 ends'))
  })

  test('jobs of no host run side by side', async () => {
    const meet = Promise.withResolvers<void>()
    let present = 0
    const arrive = async (): Promise<void> => {
      if (++present === 2) meet.resolve()
      await meet.promise
    }
    for (const id of [await enqueue(arrive), await enqueue(arrive)]) expect((await ended(id)).state).toBe('done')
  })

  test('a job that fails does not hold up its host', async () => {
    await enqueue(() => Promise.reject(new Error('broken')), { hostId: hosts.a })
    expect((await ended(await enqueue(async () => 'fine', { hostId: hosts.a }))).result).toBe('fine')
  })
})

describe('failures', () => {
  test('a problem keeps its words; the step that ran is failed, those after it are skipped', async () => {
    const id = await enqueue(
      ({ step }) =>
        step('two', () =>
          Promise.reject(new Problem({ code: 'full', kind: 'conflict', title: 'No space.', detail: 'x' })),
        ),
      { steps: ['one', 'two', 'three'] },
    )
    const job = await ended(id)
    expect(job).toMatchObject({ state: 'failed', problem: { code: 'full', title: 'No space.', detail: 'x' } })
    expect(stepsOf(job).map(({ state }) => state)).toEqual(['skipped', 'failed', 'skipped'])
  })

  test('a bug is an internal failure and is not tried again', async () => {
    let runs = 0
    const id = await enqueue(async () => {
      runs++
      throw new TypeError('undefined is no function')
    })
    expect(await ended(id)).toMatchObject({ state: 'failed', problem: { code: 'internal' } })
    // The queue lets go a moment after the job has ended.
    await vi.waitFor(async () =>
      expect((await store.pool.query('SELECT 1 FROM graphile_worker.jobs WHERE key = $1', [id])).rows).toEqual([]),
    )
    expect(runs).toBe(1)
  })

  test('what is no Error, a step nobody announced, a result that is too large, a kind nobody knows', async () => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a library may do
    expect(await ended(await enqueue(() => Promise.reject('words')))).toMatchObject({
      problem: { code: 'internal', detail: 'words' },
    })
    const step = await ended(await enqueue((job) => job.step('nobody', async () => 1)))
    expect(step).toMatchObject({ state: 'failed', problem: { code: 'internal' } })
    const large = await ended(await enqueue(async () => 'x'.repeat(300_000)))
    expect(large).toMatchObject({ state: 'failed', result: null })
    const unknown = await ended(await enqueue(async () => 1, { kind: 'test.unknown' }))
    expect(unknown).toMatchObject({ state: 'failed', problem: { code: 'unknown-kind' } })
  })

  test('what it takes too long for is stopped, even when it does not listen', async () => {
    const id = await enqueue(() => new Promise(() => undefined), { kind: 'test.short' })
    expect(await ended(id)).toMatchObject({ state: 'failed', problem: { code: 'too-long' } })
  }, 20_000)
})

describe('cancel', () => {
  test('a running job hears of it', async () => {
    const running = Promise.withResolvers<void>()
    const id = await enqueue(
      ({ step, signal }) =>
        step('one', () => {
          running.resolve()
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
        }),
      { steps: ['one', 'two'] },
    )
    await running.promise
    expect(await jobRunner().cancel(id)).toEqual({ ok: true, value: undefined })
    const job = await ended(id)
    expect(job).toMatchObject({ state: 'cancelled', problem: null, cancelRequested: true })
    expect(stepsOf(job).map(({ state }) => state)).toEqual(['failed', 'skipped'])
    expect(await jobRunner().cancel(id)).toEqual({ ok: false, error: 'ended' })
  })

  test('a queued job never begins, and those behind it go on', async () => {
    const gate = Promise.withResolvers<void>()
    const first = await enqueue(() => gate.promise, { hostId: hosts.a, kind: 'test.stubborn' })
    let began = false
    const second = await enqueue(async () => void (began = true), { hostId: hosts.a, kind: 'test.stubborn' })
    const third = await enqueue(async () => 'third', { hostId: hosts.a })
    expect((await jobRunner().cancel(second)).ok).toBe(true)
    expect((await ended(second)).state).toBe('cancelled')
    gate.resolve()
    expect((await ended(first)).state).toBe('done')
    expect((await ended(third)).result).toBe('third')
    expect(began).toBe(false)
  })

  test('one that cannot stop half-way says so; one that does not exist too', async () => {
    const gate = Promise.withResolvers<void>()
    const running = Promise.withResolvers<void>()
    const id = await enqueue(() => (running.resolve(), gate.promise), { kind: 'test.stubborn' })
    await running.promise
    expect(await jobRunner().cancel(id)).toEqual({ ok: false, error: 'not-cancellable' })
    expect(await jobRunner().cancel('nobody')).toEqual({ ok: false, error: 'not-found' })
    gate.resolve()
    expect((await ended(id)).state).toBe('done')
  })
})

describe('the stream of events', () => {
  test('comes as it happens, and resumes from any point without a gap or a repetition', async () => {
    const go = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
    const id = await enqueue(async ({ log }) => {
      for (const [at, gate] of go.entries()) {
        log(`line ${at}`)
        await gate.promise
      }
    })
    const live: JobEvent[] = []
    for await (const event of jobEvents(id, 0, AbortSignal.timeout(20_000))) {
      live.push(event)
      const line = (event.data as { line?: string }).line
      if (line !== undefined) go[Number(line.split(' ')[1])]?.resolve()
    }
    expect(linesOf(live)).toEqual(['line 0', 'line 1', 'line 2', 'line 3'])
    for (let after = 0; after <= live.length; after++) expect(await eventsOf(id, after)).toEqual(live.slice(after))
  })

  test('leaving ends it, before the job does', async () => {
    const gate = Promise.withResolvers<void>()
    const id = await enqueue(() => gate.promise)
    const leave = new AbortController()
    const reading = (async () => {
      for await (const { kind, data } of jobEvents(id, 0, leave.signal))
        if (kind === 'state' && (data as { state: string }).state === 'running') leave.abort()
    })()
    await reading
    gate.resolve()
    expect((await ended(id)).state).toBe('done')
  })

  test('a job that says 20,000 lines keeps its beginning and its end', async () => {
    const id = await enqueue(async ({ log }) => {
      for (let at = 0; at < 20_000; at++) log(`line ${at}`)
    })
    const lines = linesOf(await eventsOf(id))
    expect(lines).toHaveLength(5000 + 1 + 200)
    expect(lines.slice(4999, 5002)).toEqual(['line 4999', '… 14800 lines are not kept …', 'line 19800'])
    expect(lines.at(-1)).toBe('line 19999')
  })

  test('survives that the database cuts its connections', async () => {
    const gate = Promise.withResolvers<void>()
    const id = await enqueue(async ({ log }) => {
      log('before')
      await gate.promise
      log('after')
    })
    const reading = eventsOf(id)
    await store.pool
      .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'drawbridge jobs'`)
      .catch(() => undefined)
    gate.resolve()
    expect(linesOf(await reading)).toEqual(['before', 'after'])
  })
})

test('everybody who watches is told of each state in the end', async () => {
  const id = await enqueue(async () => 1)
  await ended(id)
  await vi.waitFor(() => expect(changed).toContain(`${id} done`), 5000)
})

describe('stopping', () => {
  test('a job that can be resumed goes on at the next start; its sequence has no gap', async () => {
    const running = Promise.withResolvers<void>()
    const id = await enqueue(
      ({ step, attempt, signal, log }) =>
        step('one', async () => {
          log(`attempt ${attempt}`)
          if (attempt > 1) return attempt
          running.resolve()
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
        }),
      { kind: 'test.resumable', steps: ['one'] },
    )
    await running.promise
    await jobRunner().stop()
    expect(await getJob(id)).toMatchObject({ state: 'running', endedAt: null })
    await jobRunner().start({ kinds })
    const job = await ended(id)
    expect(job).toMatchObject({ state: 'done', result: 2 })
    const events = await eventsOf(id)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1))
    expect(linesOf(events)).toEqual(['attempt 1', 'Drawbridge was restarted; this job begins again.', 'attempt 2'])
  })

  test('a job that cannot gets a moment, and then says that it was interrupted', async () => {
    const running = Promise.withResolvers<void>()
    const id = await enqueue(
      ({ signal }) => {
        running.resolve()
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
      },
      { kind: 'test.stubborn' },
    )
    await running.promise
    await jobRunner().stop()
    expect(await getJob(id)).toMatchObject({ state: 'failed', problem: { code: 'interrupted' } })
    await jobRunner().start({ kinds })
    expect((await getJob(id))?.state).toBe('failed')
  })
})

test('old events are dropped, then old jobs; what runs stays', async () => {
  const gate = Promise.withResolvers<void>()
  const running = await enqueue(() => gate.promise)
  const older = await enqueue(async () => 1)
  await ended(older)
  const newer = await enqueue(async () => 1)
  await ended(newer)
  await prune(store.pool, { withEvents: 1, jobs: 2 })
  expect(await listJobEvents(older, 0, 10)).toEqual([])
  expect((await listJobEvents(newer, 0, 10)).length).toBeGreaterThan(0)
  expect(await getJob(older)).not.toBeNull()
  await prune(store.pool, { withEvents: 1, jobs: 1 })
  expect(await getJob(older)).toBeNull()
  expect((await getJob(running))?.state).toMatch(/queued|running/)
  gate.resolve()
  expect((await ended(running)).state).toBe('done')
})
