/** The way of a figure, whole: host → keeper → hub → API, on a real host with a real store. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor, type Door } from '../../e2e/harness/door.ts'
import type { LabGuest } from '../../e2e/lab/guest.ts'
import type { LabHost } from '../../e2e/lab/host.ts'
import { openLab, type Lab } from '../../e2e/lab/lab.ts'
import { waitUntil } from '../../e2e/lab/process.ts'
import type { Host, LinkHistory, LinkRates } from '../contract/hosts.ts'
import type { HostFacts } from '../facts/facts.ts'
import { watchHosts } from '../services/hosts/watch.ts'
import { sshPool } from '../ssh/pool.ts'
import type { FleetFrame, LiveEvent } from '../stats/live-protocol.ts'
import { fromKeyframe, figuresOf, type HostView, withDelta } from '../wire/host-view.ts'
import { keeper } from './keeper.ts'

let lab: Lab
let host: LabHost
let guest: LabGuest
let door: Door
let cookies: string
let id: string

const get = async <T>(path: string): Promise<T> => (await door.call('GET', path, undefined, { cookies })).body as T
const hostNow = () => get<Host>(`/hosts/${id}`)
const linksNow = async () => (await get<LinkRates>(`/hosts/${id}/links`)).links
const reaches = (state: Host['state'], withinMs: number) =>
  waitUntil(`the host to be ${state}`, withinMs, async () => {
    const now = await hostNow()
    return now.state === state ? now : null
  })

beforeAll(async () => {
  lab = await openLab({ say: console.error })
  host = await lab.addHost({ name: 'lively', bridge: true })
  guest = await host.addGuest()
  door = await openDoor()
  cookies = await door.claim()
  await watchHosts(() => new Date())
  const fingerprint = (await host.fingerprints()).find(({ type }) => type === 'ed25519')?.sha256
  const privateKey = readFileSync(host.keyPath, 'utf8')
  const signIn = { kind: 'stored-key', privateKey }
  const wanted = { name: 'lively', address: host.address, port: 22, user: 'root', fingerprint, signIn }
  const added = await door.call('POST', '/hosts', wanted, { cookies })
  if (added.status !== 201) throw new Error(added.text)
  id = (added.body as Host).id
})
afterAll(async () => {
  await keeper().stop()
  sshPool().close()
  await door?.close()
  await lab?.close()
})

/** Reads the live stream as a browser does. */
async function watch(topics: string) {
  const ending = new AbortController()
  const answer = await door.raw('GET', `/live?topics=${topics}`, { cookies }, ending.signal)
  const events: LiveEvent[] = []
  let view: HostView | null = null
  const reading = (async () => {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1]
        if (data === undefined) continue
        const event = JSON.parse(data) as LiveEvent
        events.push(event)
        if (event.type === 'host-keyframe') view = fromKeyframe(event)
        if (event.type === 'host-delta' && view !== null) view = withDelta(view, event)
      }
    }
  })().catch(() => {})
  return {
    events,
    view: () => view,
    [Symbol.asyncDispose]: async () => {
      ending.abort()
      await reading
    },
  }
}

const tapOf = async () => {
  const facts = await get<HostFacts>(`/hosts/${id}/facts`)
  return facts.network.links.find(({ vm }) => vm?.domain === guest.name)?.name ?? ''
}

test('a host that was added is up within seconds, and its figures flow', async () => {
  expect(await reaches('up', 10_000)).toMatchObject({ reason: null, offeredKey: null })
  await using stream = await watch(`fleet,host:${id}`)
  await waitUntil('three frames', 10_000, () => ((stream.view()?.seq ?? 0) >= 3 ? true : null))
  expect(stream.events[0]).toMatchObject({ type: 'host-state', host: id, state: 'up' })
  expect(stream.view()?.links).toEqual(expect.arrayContaining(['lo', 'enp1s0', 'br0', await tapOf()]))
  expect((await hostNow()).lastSeenAt).not.toBeNull()
})

/** 20,000 packets per second to the guest; what was sent, and what was shown of ten seconds amid it. */
async function pacedRun() {
  const counted = async () => (await linksNow()).find(({ name }) => name === 'enp1s0')?.counters?.rxPackets ?? 0
  const before = await counted()
  const source = lab.source({ kind: 'udp', to: guest.address, pps: 20_000, seconds: 16 })
  const begun = Date.now()
  await waitUntil('thirteen seconds of it', 30_000, () => (Date.now() - begun > 13_500 ? true : null))
  const history = await get<LinkHistory>(`/hosts/${id}/history?link=enp1s0&seconds=10`)
  const links = new Map((await linksNow()).map((link) => [link.name, link]))
  const { sent, elapsedMs } = await source.done
  const frame = Date.now()
  await waitUntil('a frame after it', 10_000, async () => {
    const { at } = await get<LinkRates>(`/hosts/${id}/links`)
    return at !== null && Date.parse(at) > frame ? true : null
  })
  const shown = history.rxPps.flatMap((rate) => (rate === null ? [] : [rate]))
  return { sent, counted: (await counted()) - before, known: sent / (elapsedMs / 1000), shown, links }
}

test('a paced source’s 20,000 packets per second are shown within 1 % over 10 s, in the guest’s direction', async () => {
  await using stream = await watch(`fleet,host:${id}`)
  const tap = await tapOf()
  let run = await pacedRun()
  // A machine that is busy with other things holds the source up; then what it sent in these ten seconds is not known.
  for (let more = 0; more < 4 && run.known < 19_950; more++) run = await pacedRun()
  const { known, shown, sent, counted, links } = run
  const mean = shown.reduce((sum, rate) => sum + rate, 0) / shown.length
  console.error(`source ${known.toFixed(0)} pps, shown ${mean.toFixed(0)} (${(100 * (mean / known - 1)).toFixed(2)} %)`)
  expect(counted / sent).toBeCloseTo(1, 2)
  expect(shown.length).toBeGreaterThanOrEqual(8)
  expect(Math.abs(mean / known - 1)).toBeLessThan(0.01)
  // The guest receives: what it can't take is dropped on its receiving side.
  const seen = links.get(tap)
  expect(seen).toMatchObject({ kind: 'tap', vm: guest.name, txDrops: 0 })
  expect((seen?.rxPps ?? 0) + (seen?.rxDrops ?? 0)).toBeGreaterThan(0.9 * known)
  expect(seen?.txPps ?? 0).toBeLessThan(0.1 * known)
  expect(links.get('enp1s0')?.rxPps).toBeGreaterThan(0.9 * known)
  const fleets = stream.events.filter((event): event is FleetFrame => event.type === 'fleet')
  expect(Math.max(...fleets.map(({ rows }) => rows[0]?.rxPps ?? 0))).toBeGreaterThan(0.9 * known)
  const deltas = stream.events.flatMap((event) => (event.type === 'host-delta' ? event.rows : []))
  expect(Math.max(...deltas.map(([, figures]) => figures[0] ?? 0))).toBeGreaterThan(0.9 * known)
})

test('what a guest sends is its tx', async () => {
  await using stream = await watch(`host:${id}`)
  const tap = await tapOf()
  // It answers each.
  const source = lab.source({ kind: 'icmp', to: guest.address, pps: 500, seconds: 30, bytes: 1000 })
  const figures = await waitUntil('answers', 15_000, () => {
    const seen = figuresOf(stream.view(), tap)
    return seen !== null && (seen[0] ?? 0) > 400 && (seen[1] ?? 0) > 100 ? seen : null
  })
  await source.stop()
  expect(figures[3]).toBeGreaterThan(100 * 1000 * 8)
})

test('a cable that is pulled and plugged is in the links within seconds', async () => {
  const carrierOf = async () => (await linksNow()).find(({ name }) => name === 'enp2s0')?.carrier
  await host.sh('ip link set enp2s0 up')
  await waitUntil('a carrier', 10_000, async () => ((await carrierOf()) === true ? true : null))
  await host.carrier('enp2s0', 'down')
  await waitUntil('no carrier', 10_000, async () => ((await carrierOf()) === false ? true : null))
  await host.carrier('enp2s0', 'up')
  await waitUntil('a carrier again', 10_000, async () => ((await carrierOf()) === true ? true : null))
  expect((await hostNow()).state).toBe('up')
})

test('the tap of a VM that starts is there at once, named by its VM, in the guest’s direction', async () => {
  await using stream = await watch(`fleet,host:${id}`)
  const added = await host.addGuest({ name: 'newcomer' })
  const shown = await waitUntil('the newcomer’s tap and what it sent', 20_000, async () => {
    const link = (await linksNow()).find(({ vm }) => vm === 'newcomer')
    return (link?.counters?.txPackets ?? 0) > 0 ? link : null
  })
  expect(stream.view()?.links).toContain(shown?.name)
  expect(stream.events).toContainEqual(expect.objectContaining({ type: 'facts-changed', host: id }))
  await host.sh(`virsh -q destroy ${added.name} && virsh -q undefine ${added.name}`)
  await waitUntil('it to be gone', 10_000, async () => {
    const links = await linksNow()
    return links.some(({ name }) => name === shown?.name) ? null : true
  })
})

test('a host that reboots is told within 4 s of its last frame, and up again by itself', async () => {
  await using stream = await watch(`fleet,host:${id}`)
  const before = await host.bootId()
  const rebooting = host.reboot()
  const down = await waitUntil('it to be down', 30_000, async () => {
    const now = await hostNow()
    return now.state === 'up' ? null : now
  })
  // It answers until its guests are shut down; what counts is the time since its last frame.
  expect(Date.parse(down.since) - (stream.view()?.at ?? 0)).toBeLessThan(4000)
  expect(down).toMatchObject({ state: 'unreachable', reason: expect.stringMatching(/./) })
  await rebooting
  const returned = await reaches('up', 45_000)
  expect(new Date(returned.since).getTime()).toBeGreaterThan(new Date(down.since).getTime())
  await waitUntil('facts of the new boot', 20_000, async () => {
    const facts = await get<HostFacts>(`/hosts/${id}/facts`)
    return facts.bootId === before ? null : true
  })
  const all = stream.events.flatMap((event) => (event.type === 'host-delta' ? event.rows : []))
  const rates = all.flatMap(([, figures]) => figures.filter((rate) => rate !== null))
  expect(Math.max(...rates)).toBeLessThan(1e10)
})

test('a host whose plug is pulled is not up within 5 s, up again by itself', async () => {
  await using _stream = await watch('fleet')
  await reaches('up', 10_000)
  const pulled = host.powerCut()
  const down = await waitUntil('it to be down', 5000, async () => {
    const now = await hostNow()
    return now.state === 'up' ? null : now
  })
  await pulled
  expect(down).toMatchObject({ state: 'unreachable', reason: expect.stringMatching(/./) })
  await host.powerOn()
  await reaches('up', 60_000)
})

test.each([
  ['is back before the connection is given up', 5000],
  ['is back later', 20_000],
])('a host that falls silent, its cable pulled, is not up within 5 s, and up again when it %s', async (_, awayMs) => {
  await using stream = await watch(`fleet,host:${id}`)
  await reaches('up', 10_000)
  await waitUntil('a frame', 5000, () => stream.view())
  const pulled = Date.now()
  await host.carrier('enp1s0', 'down')
  const down = await reaches('unreachable', 5000)
  expect(down.reason).toMatch(/stopped answering/)
  await waitUntil('the cable', awayMs + 1000, () => (Date.now() - pulled > awayMs ? true : null))
  expect(await hostNow()).toMatchObject({ state: 'unreachable', since: down.since })
  await host.carrier('enp1s0', 'up')
  await reaches('up', 45_000)
})

test('a changed key is a hard stop until it is trusted', async () => {
  await using stream = await watch('fleet')
  const prints = await host.rekey()
  // What stands was proven; the next connection is not.
  await host.sh('systemctl restart ssh; pkill -f "^sshd: root" || true')
  const stopped = await reaches('key-changed', 15_000)
  expect(prints.map(({ sha256 }) => sha256)).toContain(stopped.offeredKey?.fingerprint)
  expect(stopped.reason).toMatch(/not the one that was confirmed/)
  const since = performance.now()
  await waitUntil('ten seconds', 12_000, () => (performance.now() - since > 10_000 ? true : null))
  expect(await hostNow()).toMatchObject({ state: 'key-changed', since: stopped.since })
  expect(stream.events.filter((event) => event.type === 'host-state').at(-1)).toMatchObject({ state: 'key-changed' })
  const trust = { fingerprint: stopped.offeredKey?.fingerprint }
  const edited = await door.call('PATCH', `/hosts/${id}`, trust, { cookies })
  expect(edited.status).toBe(200)
  await reaches('up', 15_000)
})

test('all of it ends within a second', async () => {
  const begun = performance.now()
  await keeper().stop()
  expect(performance.now() - begun).toBeLessThan(1100)
})
