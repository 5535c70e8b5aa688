import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { cancelChannel, jobChannel } from './channels.ts'

export interface ListenerCallbacks {
  changed(jobId: string): void
  cancelled(jobId: string): void
  /** Listens now, for the first time or again: what happened in between was missed. */
  connected(client: pg.Client): Promise<void>
}

/** One connection that hears what jobs of any process say. Comes back by itself when the database does. */
export class JobListener {
  readonly #connection: pg.ClientConfig
  readonly #callbacks: ListenerCallbacks
  readonly #waiting = new Map<string, Set<() => void>>()
  #client: pg.Client | null = null
  #stopped = false

  constructor(connection: pg.ClientConfig, callbacks: ListenerCallbacks) {
    this.#connection = connection
    this.#callbacks = callbacks
  }

  async start(): Promise<void> {
    const client = new pg.Client({ ...this.#connection, application_name: 'drawbridge jobs', keepAlive: true })
    let broken = false
    const lost = (): void => {
      if (broken) return
      broken = true
      if (this.#client === client) this.#client = null
      client.end().catch(() => undefined)
      void this.#restart()
    }
    client.on('error', lost)
    await client.connect()
    client.on('end', lost)
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === cancelChannel) this.#callbacks.cancelled(payload)
      else {
        this.#wake(payload)
        this.#callbacks.changed(payload)
      }
    })
    await client.query(`LISTEN ${jobChannel}; LISTEN ${cancelChannel}`)
    this.#client = client
    await this.#callbacks.connected(client)
    for (const jobId of this.#waiting.keys()) this.#wake(jobId)
  }

  async #restart(): Promise<void> {
    for (let waitMs = 100; !this.#stopped; waitMs = Math.min(waitMs * 2, 5000)) {
      await pause(waitMs, undefined, { ref: false })
      try {
        if (!this.#stopped) await this.start()
        return
      } catch {
        // The database is not back yet.
      }
    }
  }

  #wake(jobId: string): void {
    for (const wake of this.#waiting.get(jobId) ?? []) wake()
  }

  /** Calls back at each change of one job, until the returned function is called. */
  watch(jobId: string, onChange: () => void): () => void {
    const watchers = this.#waiting.get(jobId) ?? new Set()
    this.#waiting.set(jobId, watchers.add(onChange))
    return () => {
      watchers.delete(onChange)
      if (watchers.size === 0) this.#waiting.delete(jobId)
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const client = this.#client
    this.#client = null
    client?.removeAllListeners('end')
    await client?.end().catch(() => undefined)
  }
}
