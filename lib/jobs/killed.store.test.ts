import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { gatedSteps, testKinds } from '../../e2e/harness/job-kinds.ts'
import { addHostRow, closeStore, mustOpen, scratchDir } from '../../e2e/harness/scratch-store.ts'
import type { JobEvent } from '../contract/jobs.ts'
import { getJob, stepsOf } from '../store/jobs.ts'
import { jobEvents } from './events.ts'
import { jobRunner } from './runner.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

/** Runs jobs of these kinds in a process of their own and kills it, and only it, while all of them run. */
async function killedWithJobs(dir: string, gate: string, kinds: string[]): Promise<string[]> {
  const child = spawn(process.execPath, [join('e2e/harness/job-process.ts'), dir, gate, ...kinds], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('it ended by itself'))),
  ])) as [string]
  child.kill('SIGKILL')
  await once(child, 'exit')
  return JSON.parse(line) as string[]
}

async function eventsOf(id: string): Promise<JobEvent[]> {
  const events: JobEvent[] = []
  for await (const event of jobEvents(id, 0, AbortSignal.timeout(20_000))) events.push(event)
  return events
}

test('after kill -9 a job is resumed, or says that nobody saw its end', async () => {
  const dir = scratchDir()
  cleanups.push(dir.remove)
  const gate = join(dir.path, 'gate')
  const [resumed = '', fragile = ''] = await killedWithJobs(dir.path, gate, ['test.resumable', 'test.fragile'])
  const store = await mustOpen(dir.path)
  cleanups.push(() => closeStore(store))
  expect((await getJob(resumed))?.state).toBe('running')

  await jobRunner().start({ kinds: testKinds })
  cleanups.push(() => jobRunner().stop())
  const events = await eventsOf(fragile)
  expect(await getJob(fragile)).toMatchObject({ state: 'failed', problem: { code: 'interrupted' } })
  expect(stepsOf((await getJob(fragile)) ?? { steps: [] }).map(({ state }) => state)).toEqual(['failed', 'skipped'])
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1))

  writeFileSync(gate, '')
  const all = await eventsOf(resumed)
  expect(await getJob(resumed)).toMatchObject({ state: 'done', result: { attempt: 2 } })
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, at) => at + 1))
  const { rows } = await store.pool.query(`SELECT key FROM "Setting" WHERE key LIKE 'job-runner:%'`)
  expect(rows).toHaveLength(1)
})

test('a job that kills its process each time is given up', async () => {
  const dir = scratchDir()
  cleanups.push(dir.remove)
  const [id = ''] = await killedWithJobs(dir.path, join(dir.path, 'gate'), ['test.resumable'])
  const store = await mustOpen(dir.path)
  cleanups.push(() => closeStore(store))
  await store.pool.query('UPDATE graphile_worker._private_jobs SET attempts = 6 WHERE key = $1', [id])
  await jobRunner().start({ kinds: testKinds })
  cleanups.push(() => jobRunner().stop())
  await eventsOf(id)
  expect(await getJob(id)).toMatchObject({ state: 'failed', problem: { code: 'interrupted' } })
})

test('a job without a place in the queue, as after a restore, is failed; its host is free', async () => {
  const dir = scratchDir()
  cleanups.push(dir.remove)
  const store = await mustOpen(dir.path)
  cleanups.push(() => closeStore(store))
  await jobRunner().start({ kinds: testKinds })
  cleanups.push(() => jobRunner().stop())
  const gate = join(dir.path, 'gate')
  const host = await addHostRow('a')
  const job = {
    kind: 'test.resumable',
    title: 'x',
    hostId: host,
    input: { gate },
    createdBy: 'test',
    steps: gatedSteps,
  }
  const lost = await jobRunner().enqueue(job)
  await jobRunner().stop()
  await store.pool.query('DELETE FROM graphile_worker._private_jobs')
  await jobRunner().start({ kinds: testKinds })
  expect(await getJob(lost)).toMatchObject({ state: 'failed', problem: { code: 'interrupted' } })
  expect((await eventsOf(lost)).at(-1)).toMatchObject({ kind: 'state', data: { state: 'failed' } })
  writeFileSync(gate, '')
  const next = await jobRunner().enqueue(job)
  await eventsOf(next)
  expect((await getJob(next))?.state).toBe('done')
})
