/** The process that is measured: sessions, samplers, keeper and hub of the product, for many hosts and one who watches. */
import { createHash } from 'node:crypto'
import { constants, setPriority } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startSampler } from '../../lib/host/sampler.ts'
import { err, ok } from '../../lib/kit/result.ts'
import { Hub } from '../../lib/live/hub.ts'
import { type HostWork, Keeper } from '../../lib/live/keeper.ts'
import { generateKey } from '../../lib/ssh/keys.ts'
import { openSession } from '../../lib/ssh/session.ts'
import { framesOf } from './counters.ts'
import { pause } from './measure.ts'

// What else runs on this machine is not measured.
setPriority(constants.priority.PRIORITY_HIGHEST)

const [port, hosts, links, seconds] = process.argv.slice(2, 6).map(Number) as [number, number, number, number]
const [, , , , , , hostKey = ''] = process.argv
const fingerprint = `SHA256:${createHash('sha256').update(Buffer.from(hostKey, 'base64')).digest('base64').replace(/=+$/, '')}`
const { privateKey } = generateKey('bench')

const work: HostWork = {
  silence: 'It is silent.',
  seen: () => Promise.resolve(),
  down: (id, _, reason) => Promise.resolve(console.error(`  ${id}: ${reason}`)),
  attend: async (id, onFrame) => {
    const target = { id, address: '127.0.0.1', port, user: 'root', pinned: [fingerprint], jump: null }
    const opened = await openSession({ ...target, credential: { kind: 'key', privateKey } })
    const sampler = opened.ok ? await startSampler(opened.value, onFrame) : opened
    if (!opened.ok || !sampler.ok)
      return err({ state: 'unreachable', reason: sampler.ok ? '' : sampler.error.title, offeredKey: null })
    return ok({
      tick: () => sampler.value.tick(),
      ended: sampler.value.ended.then(({ title }) => ({ state: 'unreachable', reason: title, offeredKey: null })),
      close: () => opened.value.close(),
    })
  },
}

const hub = new Hub()
const keeper = new Keeper(hub)
keeper.start(work)
const ids = Array.from({ length: hosts }, (_, index) => `host${index}`)
// Memory as after five minutes: the rings are filled before, and nothing is measured meanwhile.
const past = framesOf(links, 300)
for (const id of ids) {
  hub.setState(id, { state: 'connecting', since: new Date(), reason: null, offeredKey: null })
  for (const frame of past) hub.take(id, frame)
  hub.interrupt(id)
  await new Promise((resolve) => setImmediate(resolve))
}
for (const id of ids) {
  keeper.track(id)
  await pause(1000 / hosts)
}
let received = 0
hub.subscribe(['fleet', 'host:host0'], (chunk) => (received += chunk.length))
const begun = performance.now()
while (!ids.every((id) => hub.state(id).state === 'up')) {
  if (performance.now() - begun > 60_000) throw new Error('not all hosts came up')
  await pause(100)
}
await pause(3000)
const seqs = () => ids.reduce((sum, id) => sum + (hub.figures(id)?.at ?? 0), 0)
const before = seqs()
const delay = monitorEventLoopDelay({ resolution: 1 })
const cpu = process.cpuUsage()
const from = performance.now()
delay.enable()
await pause(seconds * 1000)
delay.disable()
const { user, system } = process.cpuUsage(cpu)
const elapsedMs = performance.now() - from
process.send?.({
  corePercent: (100 * (user + system)) / 1000 / elapsedMs,
  delayP99Ms: delay.percentile(99) / 1e6,
  rssMb: process.memoryUsage().rss / 1e6,
  /** Of a second, by the newest frame of each host: 1 when none was missed. */
  freshness: (seqs() - before) / hosts / elapsedMs,
  received,
})
await keeper.stop()
process.exit(0)
