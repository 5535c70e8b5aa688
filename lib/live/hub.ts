import type { HostKeyInfo } from '../contract/hosts.ts'
import { once } from '../kit/once.ts'
import type { Result } from '../kit/result.ts'
import { HostSeries } from '../stats/host-series.ts'
import type { LinkRoles } from '../stats/link-roles.ts'
import type {
  ChangeChangedEvent,
  FactsChangedEvent,
  FleetFrame,
  HostState,
  HostStateEvent,
  JobChangedEvent,
  VmsChangedEvent,
} from '../stats/live-protocol.ts'
import { serverSent } from '../stats/server-sent.ts'

export type Topic = 'fleet' | 'jobs' | `host:${string}`
export type Sink = (chunk: Uint8Array) => void

export interface HostStatus {
  state: HostState
  /** ISO 8601 */
  since: string
  /** A sentence; null while up and at the first try. */
  reason: string | null
  /** With state key-changed: what the host offered. */
  offeredKey: HostKeyInfo | null
}

const fleetEveryMs = 1000
// Longer than the slowest reasonable poll of a script; shorter spares hosts nobody asks for.
const askedForMs = 60_000
// 100 links take 0.5 MB with the traffic of an ordinary host, three times that for a quarter of an hour.
const keepMs = 5 * 60_000
const viewedKeepMs = 15 * 60_000

interface Entry {
  status: HostStatus
  series: HostSeries
  /** When somebody last asked by the API (monotonic ms). */
  askedAt: number
  /** When somebody last looked at this host's links, and not at the fleet alone (monotonic ms). */
  viewedAt: number
  /** The keyframe of this seq, encoded. */
  keyframe: { seq: number; bytes: Uint8Array } | null
}

interface Watcher {
  topics: ReadonlySet<Topic>
  sink: Sink
}

/** What is known of hosts right now, and who gets told. Each event is encoded once, whoever watches. */
export class Hub {
  readonly #hosts = new Map<string, Entry>()
  readonly #watchers = new Map<Topic, Set<Watcher>>()
  readonly #born = new Date().toISOString()
  #fleetTimer: NodeJS.Timeout | null = null
  #onWanted: (id: string | null) => void = () => {}

  /** How the host is. Asking counts as watching, for a minute. */
  state(id: string): HostStatus {
    this.#ask(id)
    return this.#hosts.get(id)?.status ?? { state: 'connecting', since: this.#born, reason: null, offeredKey: null }
  }

  /** The newest frame with its rates; null when there was none. `at` in ms since 1970. */
  figures(id: string): ReturnType<HostSeries['newest']> {
    return this.#view(id)?.series.newest() ?? null
  }

  /** What the memory holds of a link's last seconds: times in ms since 1970, columns in the order of `figureNames`. */
  history(id: string, link: string, seconds: number): ReturnType<HostSeries['history']> {
    return this.#view(id)?.series.history(link, Date.now() - seconds * 1000) ?? null
  }

  /** Sends the present state to the sink, then what happens; until the returned function is called. */
  subscribe(topics: readonly Topic[], sink: Sink): () => void {
    const watcher: Watcher = { topics: new Set(topics), sink }
    for (const topic of watcher.topics) {
      const watchers = this.#watchers.get(topic) ?? new Set()
      this.#watchers.set(topic, watchers.add(watcher))
    }
    this.#greet(watcher)
    if (watcher.topics.has('fleet')) {
      this.#fleetTimer ??= setInterval(() => this.#sendFleet(), fleetEveryMs)
      this.#onWanted(null)
    }
    for (const id of hostsOf(watcher.topics)) this.#onWanted(id)
    return () => this.#leave(watcher)
  }

  publish(event: FactsChangedEvent | JobChangedEvent | ChangeChangedEvent | VmsChangedEvent): void {
    this.#send(event.type === 'job-changed' ? ['jobs'] : ['fleet', `host:${event.host}`], () => serverSent(event))
  }

  /** Does somebody look at this host? */
  isWanted(id: string): boolean {
    const entry = this.#hosts.get(id)
    if (this.#isWatched(id)) return true
    return entry !== undefined && performance.now() - entry.askedAt < askedForMs
  }

  /** Calls back when somebody begins to look at a host, or at all of them (null). */
  onWanted(wanted: (id: string | null) => void): void {
    this.#onWanted = wanted
  }

  /** `since` stays when neither state nor, down, the outage is new. */
  setState(id: string, next: Omit<HostStatus, 'since'> & { since: Date }): void {
    const entry = this.#entry(id)
    const before = entry.status
    const status = { ...next, since: next.since.toISOString() }
    entry.status = status
    if (before.state === status.state && before.reason === status.reason && before.since === status.since) return
    this.#send(['fleet', `host:${id}`], () => serverSent(stateEvent(id, status)))
  }

  /** What its facts say of its links. A host that is not kept is none. */
  setRoles(id: string, roles: LinkRoles): void {
    const entry = this.#hosts.get(id)
    if (entry !== undefined) entry.series.roles = roles
  }

  /** Takes a frame of the sampler. Errors: it is none. */
  take(id: string, frame: Uint8Array): Result<void> {
    const entry = this.#entry(id)
    const { series } = entry
    const now = performance.now()
    if (this.#watchers.has(`host:${id}`)) entry.viewedAt = now
    const taken = series.take(frame, Date.now(), now - entry.viewedAt < viewedKeepMs ? viewedKeepMs : keepMs)
    if (!taken.ok) return taken
    this.#send([`host:${id}`], () => (series.isReordered ? this.#keyframe(entry) : serverSent(series.delta())))
    return taken
  }

  /** No frame will come for a while: the next one is not compared with the last. */
  interrupt(id: string): void {
    this.#hosts.get(id)?.series.interrupt()
  }

  forget(id: string): void {
    this.#hosts.delete(id)
  }

  #entry(id: string): Entry {
    const held = this.#hosts.get(id)
    if (held !== undefined) return held
    const entry: Entry = {
      status: { state: 'connecting', since: new Date().toISOString(), reason: null, offeredKey: null },
      series: new HostSeries(id),
      askedAt: Number.NEGATIVE_INFINITY,
      viewedAt: Number.NEGATIVE_INFINITY,
      keyframe: null,
    }
    this.#hosts.set(id, entry)
    return entry
  }

  #ask(id: string): void {
    const entry = this.#hosts.get(id)
    if (entry === undefined) return
    const wasWanted = this.isWanted(id)
    entry.askedAt = performance.now()
    if (!wasWanted) this.#onWanted(id)
  }

  #view(id: string): Entry | undefined {
    this.#ask(id)
    const entry = this.#hosts.get(id)
    if (entry !== undefined) entry.viewedAt = performance.now()
    return entry
  }

  #isWatched(id: string): boolean {
    return this.#watchers.has('fleet') || this.#watchers.has(`host:${id}`)
  }

  #greet({ topics, sink }: Watcher): void {
    const named = new Set(hostsOf(topics))
    for (const [id, { status }] of this.#hosts)
      if (topics.has('fleet') || named.has(id)) sink(serverSent(stateEvent(id, status)))
    if (topics.has('fleet')) sink(serverSent(this.#fleet()))
    for (const id of named) {
      const entry = this.#hosts.get(id)
      const bytes = entry === undefined ? null : this.#keyframe(entry)
      if (bytes !== null) sink(bytes)
    }
  }

  #leave(watcher: Watcher): void {
    for (const topic of watcher.topics) {
      const watchers = this.#watchers.get(topic)
      watchers?.delete(watcher)
      if (watchers?.size === 0) this.#watchers.delete(topic)
    }
    if (this.#watchers.has('fleet') || this.#fleetTimer === null) return
    clearInterval(this.#fleetTimer)
    this.#fleetTimer = null
  }

  #keyframe(entry: Entry): Uint8Array | null {
    const { seq } = entry.series
    if (entry.keyframe?.seq === seq) return entry.keyframe.bytes
    const keyframe = entry.series.keyframe()
    if (keyframe === null) return null
    entry.keyframe = { seq, bytes: serverSent(keyframe) }
    return entry.keyframe.bytes
  }

  #fleet(): FleetFrame {
    const rows = [...this.#hosts].map(([host, { status, series }]) =>
      status.state === 'up'
        ? { host, state: status.state, ...series.sums() }
        : { host, state: status.state, rxPps: null, txPps: null, rxBps: null, txBps: null, drops: null },
    )
    return { type: 'fleet', at: Date.now(), rows }
  }

  #sendFleet(): void {
    this.#send(['fleet'], () => serverSent(this.#fleet()))
  }

  /** Once to each who watches any of the topics; not encoded when nobody does. */
  #send(topics: readonly Topic[], encode: () => Uint8Array | null): void {
    // Gathered first: a sink may end its own subscription.
    const audience = new Set(topics.flatMap((topic) => [...(this.#watchers.get(topic) ?? [])]))
    if (audience.size === 0) return
    const bytes = encode()
    if (bytes !== null) for (const { sink } of audience) sink(bytes)
  }
}

const hostsOf = (topics: ReadonlySet<Topic>): string[] =>
  [...topics].filter((topic) => topic.startsWith('host:')).map((topic) => topic.slice('host:'.length))

const stateEvent = (host: string, { state, since, reason }: HostStatus): HostStateEvent => ({
  type: 'host-state',
  host,
  state,
  since,
  reason,
})

export const hub = (): Hub => once('live-hub', () => new Hub())
