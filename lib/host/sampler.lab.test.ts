import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labSession } from '../../e2e/harness/lab-session.ts'
import type { LabHost } from '../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import { waitUntil } from '../../e2e/lab/process.ts'
import type { Session } from '../ssh/session.ts'
import { type Frame, parseFrame } from '../stats/frame.ts'
import { ratesBetween } from '../stats/rates.ts'
import { startSampler } from './sampler.ts'

let lab: Lab
let host: LabHost

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'sampled' })
})
afterAll(() => lab?.close())

async function sample(session: Session) {
  const waiting: ((frame: Frame) => void)[] = []
  let before: Frame | null = null
  const started = await startSampler(session, (bytes) => {
    const parsed = parseFrame(bytes, before)
    if (!parsed.ok) throw new Error(parsed.error)
    before = parsed.value
    waiting.shift()?.(parsed.value)
  })
  if (!started.ok) throw new Error(started.error.title)
  const sampler = started.value
  const next = () => {
    const frame = new Promise<Frame>((resolve) => waiting.push(resolve))
    sampler.tick()
    return frame
  }
  return { sampler, next }
}

const namesOnHost = async () => (await host.sh('ls /sys/class/net')).trim().split('\n').toSorted()
const readers = async (pattern: string) => Number((await host.sh(`pgrep -fc '${pattern}' || true`)).trim())

describe.each([
  ['perl', '', '^perl -e use strict', 1e-6],
  ['python', '/usr/bin/perl', '^python3 -ISc import os', 1e-6],
  ['sh', '/usr/bin/perl /usr/bin/python3', '^sh -c # Starts', 0.011],
])('the reader in %s', (_, without, itself, grainSeconds) => {
  beforeAll(() => host.sh(`for tool in ${without}; do mv $tool $tool.away; done`))
  afterAll(() => host.sh(`for tool in ${without}; do mv $tool.away $tool; done`))

  test.each(['root', 'limited'])('gives %s a frame for each tick, by the host’s clock', async (user) => {
    await using session = await labSession(host, user)
    const { sampler, next } = await sample(session.value)
    const first = await next()
    expect(first.names.toSorted()).toEqual(await namesOnHost())
    expect(await readers(itself)).toBe(1)
    const begun = performance.now()
    const second = await next()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const third = await next()
    const heldMs = performance.now() - begun
    expect(third.clockSeconds - second.clockSeconds).toBeGreaterThan(0.3 - grainSeconds - 0.005)
    expect(third.clockSeconds - second.clockSeconds).toBeLessThan(heldMs / 1000 + grainSeconds)
    expect(second.clockSeconds).toBeGreaterThanOrEqual(first.clockSeconds)
    sampler.stop()
  })

  test('ends when it is stopped, when the connection is cut, and tells when it is killed', async () => {
    const gone = () => waitUntil('the reader to end', 10_000, async () => ((await readers(itself)) === 0 ? true : null))
    await using session = await labSession(host)
    const stopped = await sample(session.value)
    await stopped.next()
    stopped.sampler.stop()
    await gone()
    const killed = await sample(session.value)
    await killed.next()
    await host.sh(`pkill -f '${itself}'`)
    expect(await killed.sampler.ended).toMatchObject({
      code: 'closed',
      title: expect.stringContaining('started again'),
    })
    const cut = await sample(session.value)
    await cut.next()
    session.value.close()
    expect(await cut.sampler.ended).toMatchObject({ code: 'closed' })
    await gone()
  })
})

test('a hung reader is owed one frame, not a hundred', async () => {
  await using session = await labSession(host)
  const { sampler, next } = await sample(session.value)
  await next()
  await host.sh(`pkill -STOP -f '^perl -e use strict'`)
  const late = next()
  for (let tick = 0; tick < 100; tick++) sampler.tick()
  await host.sh(`pkill -CONT -f '^perl -e use strict'`)
  const one = await late
  const other = await next()
  expect(other.clockSeconds).toBeGreaterThan(one.clockSeconds)
  sampler.stop()
})

test('a link that comes, a link that goes', async () => {
  await using session = await labSession(host)
  const { sampler, next } = await sample(session.value)
  const before = await next()
  await host.sh('ip link add br77 type bridge')
  const during = await next()
  expect(during.names.filter((name) => !before.names.includes(name))).toEqual(['br77'])
  const column = during.names.indexOf('br77') * 8
  expect([...ratesBetween(before, during).subarray(column, column + 8)]).toEqual(
    Array.from({ length: 8 }, () => Number.NaN),
  )
  await host.sh('ip link del br77')
  expect((await next()).names).toEqual(before.names)
  sampler.stop()
})
