/**
 * The one stream of live events of this tab: everybody subscribes to topics, all topics share one EventSource. It is
 * closed while nobody watches or the tab is hidden, and comes back by itself, later each time it fails.
 */
import type { LiveEvent } from '../stats/live-protocol.ts'

export type LiveTopic = 'fleet' | 'jobs' | `host:${string}`

/**
 * `idle`: nobody asked for anything. `paused`: the tab is hidden. `lost`: it broke and is tried again.
 * `signed-out`: the session is over; it stays closed until somebody subscribes again.
 */
export type StreamState = 'idle' | 'connecting' | 'open' | 'paused' | 'lost' | 'signed-out'

export interface StreamStatus {
  state: StreamState
  /** `performance.now()` of the newest event, null before the first one. */
  lastEventAt: number | null
}

const eventNames: LiveEvent['type'][] = [
  'fleet',
  'host-keyframe',
  'host-delta',
  'host-state',
  'facts-changed',
  'job-changed',
  'change-changed',
  'vms-changed',
]

/** A page that mounts subscribes several times in one go; each change of topics is a new connection. */
const settleMs = 30
const firstRetryMs = 1000
const longestRetryMs = 30_000

/** What of the browser it needs, so that a test can be one. */
export interface StreamHost {
  open(url: string): EventSource
  isHidden(): boolean
  onVisibility(changed: () => void): void
  now(): number
  /** 0–1, so that a restarted server is not met by all tabs at once. */
  random(): number
  /** Is the session still good? */
  isSignedIn(): Promise<boolean>
}

type Listener = (event: LiveEvent) => void

export class LiveStream {
  readonly #host: StreamHost
  readonly #listeners = new Map<LiveTopic, Set<Listener>>()
  readonly #statusListeners = new Set<() => void>()
  #status: StreamStatus = { state: 'idle', lastEventAt: null }
  #source: EventSource | null = null
  #openTopics = ''
  #settles = false
  #retry: ReturnType<typeof setTimeout> | null = null
  #failures = 0
  #listens = false

  constructor(host: StreamHost) {
    this.#host = host
  }

  /** Calls back with each event of the topic. Hosts go by id. The returned function ends it. */
  subscribe(topic: LiveTopic, listener: Listener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
    this.#listen()
    if (this.#status.state === 'signed-out') this.#set('idle')
    this.#settle()
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic)
      this.#settle()
    }
  }

  status(): StreamStatus {
    return this.#status
  }

  onStatus(changed: () => void): () => void {
    this.#statusListeners.add(changed)
    return () => this.#statusListeners.delete(changed)
  }

  /** Opens it anew: the server sends the whole present state first. */
  resync(): void {
    this.#openTopics = ''
    this.#settle()
  }

  #listen(): void {
    if (this.#listens) return
    this.#listens = true
    this.#host.onVisibility(() => this.#apply())
  }

  #settle(): void {
    if (this.#settles) return
    this.#settles = true
    setTimeout(() => {
      this.#settles = false
      this.#apply()
    }, settleMs)
  }

  /** Makes the connection what it should be now. */
  #apply(): void {
    const topics = [...this.#listeners.keys()].sort().join(',')
    if (topics === '') return this.#close('idle')
    if (this.#host.isHidden()) return this.#close('paused')
    if (this.#status.state === 'signed-out') return
    if (topics === this.#openTopics && (this.#source !== null || this.#retry !== null)) return
    this.#connect(topics)
  }

  #connect(topics: string): void {
    this.#close('connecting')
    this.#openTopics = topics
    const source = this.#host.open(`/api/v1/live?topics=${encodeURIComponent(topics)}`)
    this.#source = source
    source.addEventListener('open', () => {
      if (this.#source !== source) return
      this.#failures = 0
      this.#set('open')
    })
    source.addEventListener('error', () => {
      if (this.#source === source) void this.#lost()
    })
    for (const name of eventNames)
      source.addEventListener(name, (message) => {
        if (this.#source === source) this.#deliver(JSON.parse((message as MessageEvent<string>).data) as LiveEvent)
      })
  }

  async #lost(): Promise<void> {
    const topics = this.#openTopics
    this.#close('lost')
    this.#openTopics = topics
    this.#failures++
    const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#failures - 1)) * (0.5 + this.#host.random() / 2)
    const retry = setTimeout(() => {
      this.#retry = null
      this.#openTopics = ''
      this.#apply()
    }, waitMs)
    this.#retry = retry
    // The browser does not say why it was refused.
    if (await this.#host.isSignedIn().catch(() => true)) return
    if (this.#retry === retry) this.#close('signed-out')
  }

  #close(state: StreamState): void {
    this.#source?.close()
    this.#source = null
    this.#openTopics = ''
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    this.#set(state)
  }

  #deliver(event: LiveEvent): void {
    this.#set('open', this.#host.now())
    for (const topic of topicsOf(event)) for (const listener of this.#listeners.get(topic) ?? []) listener(event)
  }

  #set(state: StreamState, lastEventAt = this.#status.lastEventAt): void {
    const isNews = state !== this.#status.state
    this.#status = isNews ? { state, lastEventAt } : Object.assign(this.#status, { lastEventAt })
    if (isNews) for (const changed of this.#statusListeners) changed()
  }
}

const topicsOf = (event: LiveEvent): LiveTopic[] => {
  switch (event.type) {
    case 'fleet':
      return ['fleet']
    case 'job-changed':
      return ['jobs']
    case 'host-keyframe':
    case 'host-delta':
      return [`host:${event.host}`]
    case 'host-state':
    case 'facts-changed':
    case 'change-changed':
    case 'vms-changed':
      return ['fleet', `host:${event.host}`]
  }
}

const browser: StreamHost = {
  open: (url) => new EventSource(url),
  isHidden: () => document.visibilityState === 'hidden',
  onVisibility: (changed) => document.addEventListener('visibilitychange', changed),
  now: () => performance.now(),
  random: () => Math.random(),
  isSignedIn: async () => (await fetch('/api/v1/me')).status !== 401,
}

let shared: LiveStream | null = null
/** The stream of this tab. Only in the browser. */
export const liveStream = (): LiveStream => (shared ??= new LiveStream(browser))
