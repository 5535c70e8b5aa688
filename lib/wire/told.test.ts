import { expect, test } from 'vitest'
import type { Job, JobEvent, JobStep } from '../contract/jobs.ts'
import { told } from './told.ts'

const at = '2026-01-01T00:00:00.000Z'
const step = (id: string, state: JobStep['state']): JobStep => ({
  id,
  title: `Step ${id}`,
  state,
  startedAt: null,
  endedAt: null,
})
const job: Job = {
  id: 'j',
  kind: 'host.prepare',
  state: 'queued',
  title: 'Prepare kvm1',
  hostId: null,
  hostName: null,
  teamId: 'default',
  steps: [step('a', 'pending'), step('b', 'pending')],
  progress: 0,
  result: null,
  problem: null,
  cancellable: true,
  createdBy: 'Ada',
  createdAt: at,
  startedAt: null,
  endedAt: null,
}
const events = (...said: [JobEvent['kind'], unknown][]): JobEvent[] =>
  said.map(([kind, data], index) => ({ seq: index + 1, at, kind, data }))

test('before the first event the row is all there is', () => {
  expect(told(job, [])).toEqual({ state: 'queued', progress: 0, steps: job.steps, log: [] })
})

test('events are newer than the row: steps keep their order, lines keep theirs', () => {
  const said = events(
    ['state', { state: 'running' }],
    ['step', step('a', 'running')],
    ['log', { line: 'one', stepId: 'a' }],
    ['step', step('a', 'done')],
    ['progress', { progress: 0.5 }],
    ['log', { line: 'two', stepId: null }],
  )
  const { state, progress, steps, log } = told(job, said)
  expect({ state, progress }).toEqual({ state: 'running', progress: 0.5 })
  expect(steps.map(({ id, state: is }) => `${id} ${is}`)).toEqual(['a done', 'b pending'])
  expect(log.map(({ seq, text }) => `${seq} ${text}`)).toEqual(['3 one', '6 two'])
})

test('the end is told by the events before the row says so', () => {
  expect(told(job, events(['progress', { progress: 0.5 }], ['state', { state: 'done' }]))).toMatchObject({
    state: 'done',
    progress: 1,
  })
})

test('a row that has ended has the last word while events are still on their way', () => {
  const ended: Job = { ...job, state: 'failed', progress: 0.5, steps: [step('a', 'failed'), step('b', 'skipped')] }
  const said = events(['state', { state: 'running' }], ['step', step('a', 'running')], ['log', { line: 'one' }])
  expect(told(ended, said)).toMatchObject({
    state: 'failed',
    progress: 0.5,
    steps: ended.steps,
    log: [{ text: 'one' }],
  })
})
