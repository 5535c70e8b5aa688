import { once } from '../kit/once.ts'
import type { Result } from '../kit/result.ts'
import { log } from '../log/log.ts'
import { type HostStatus, hub, type Hub } from './hub.ts'

/** Why a host is not up. `key-changed` is not tried again until somebody decides. */
export type Trouble = Omit<HostStatus, 'since' | 'state'> & {
  state: 'unreachable' | 'refused' | 'key-changed'
  reason: string
}

/** A host that is being sampled. */
export interface Attendance {
  /** Asks for a frame. */
  tick(): void
  /** Resolves once, when there will be no more frames, with why. */
  readonly ended: Promise<Trouble>
  close(): void
}

/** What the keeper does with hosts, handed to it at start. */
export interface HostWork {
  /** Connects, starts the sampler and whatever else goes on while a host is up. */
  attend(hostId: string, onFrame: (frame: Uint8Array) => void): Promise<Result<Attendance, Trouble>>
  /** Its first frame came, or a minute has passed since this was last called. */
  seen(hostId: string): Promise<void>
  down(hostId: string, since: Date, reason: string): Promise<void>
  /** Sentence for the state of a host that owes a frame. */
  silence: string
}

export interface Pace {
  /** Between frames, while somebody looks. */
  watchedMs: number
  unwatchedMs: number
  /** A frame owed for longer: the host is no longer up. Shorter blames a host under load, longer shows a dead one. */
  silentMs: number
  /** Owed for this long: the connection is given up. */
  deadMs: number
  firstRetryMs: number
  longestRetryMs: number
  seenEveryMs: number
}

const defaultPace: Pace = {
  watchedMs: 1000,
  unwatchedMs: 10_000,
  silentMs: 2000,
  deadMs: 10_000,
  firstRetryMs: 1000,
  longestRetryMs: 30_000,
  seenEveryMs: 60_000,
}
const stopWithinMs = 1000

interface Loop {
  /** Wakes whoever waits: to try now, to tick now, to end. */
  wake: () => void
  ended: boolean
  /** Try at once and as if for the first time. */
  isAsked: boolean
  done: Promise<void>
}

interface Outage {
  /** When the host stopped answering; null while it answers and before that is known. */
  since: Date | null
  /** Did a frame come over the newest connection? */
  wasUp: boolean
}

/** Keeps hosts connected and sampled: one loop each, until it is forgotten. */
export class Keeper {
  readonly #hub: Hub
  readonly #pace: Pace
  readonly #loops = new Map<string, Loop>()
  #work: HostWork | null = null
  #isStopped = false

  constructor(to: Hub, pace: Partial<Pace> = {}) {
    this.#hub = to
    this.#pace = { ...defaultPace, ...pace }
  }

  /** Before this, hosts that are tracked wait. */
  start(work: HostWork): void {
    this.#work = work
    this.#hub.onWanted((id) => {
      if (id === null) for (const loop of this.#loops.values()) loop.wake()
      else this.#loops.get(id)?.wake()
    })
    for (const loop of this.#loops.values()) loop.wake()
  }

  /** @param downSince when it stopped answering, as far as was known before this process began */
  track(id: string, downSince: Date | null = null): void {
    if (this.#isStopped || this.#loops.has(id)) return
    const loop: Loop = { wake: () => {}, ended: false, isAsked: false, done: Promise.resolve() }
    this.#loops.set(id, loop)
    this.#hub.setState(id, { state: 'connecting', since: new Date(), reason: null, offeredKey: null })
    loop.done = this.#keep(id, loop, downSince).catch((failure: unknown) => {
      log().error({ host: id, err: failure }, 'A host is no longer kept.')
    })
  }

  /** Connects anew at once, whatever came before, also after a changed key. */
  retryNow(id: string): void {
    const loop = this.#loops.get(id)
    if (loop === undefined) return this.track(id)
    loop.isAsked = true
    loop.wake()
  }

  forget(id: string): void {
    this.#end(id)
    this.#hub.forget(id)
  }

  /** Ends all loops, within a second. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const loops = [...this.#loops.values()]
    for (const id of this.#loops.keys()) this.#end(id)
    await Promise.race([Promise.all(loops.map(({ done }) => done)), pause(stopWithinMs)])
  }

  #end(id: string): void {
    const loop = this.#loops.get(id)
    if (loop === undefined) return
    this.#loops.delete(id)
    loop.ended = true
    loop.wake()
  }

  async #keep(id: string, loop: Loop, downSince: Date | null): Promise<void> {
    const outage: Outage = { since: downSince, wasUp: false }
    let failures = 0
    while (!loop.ended) {
      loop.isAsked = false
      const work = this.#work
      if (work === null) {
        await this.#wait(loop, null)
        continue
      }
      outage.wasUp = false
      const trouble = await this.#attend(id, loop, work, outage)
      if (loop.ended) return
      failures = outage.wasUp ? 1 : failures + 1
      if (loop.isAsked) {
        failures = 0
        outage.since = null
        this.#hub.setState(id, { state: 'connecting', since: new Date(), reason: null, offeredKey: null })
        continue
      }
      outage.since ??= new Date()
      this.#hub.setState(id, { ...trouble, since: outage.since })
      await quietly(id, work.down(id, outage.since, trouble.reason))
      const isFinal = trouble.state === 'key-changed'
      await this.#wait(loop, isFinal ? null : this.#retryMs(failures), () => false)
      if (!loop.isAsked) continue
      failures = 0
      this.#hub.setState(id, { state: 'connecting', since: new Date(), reason: null, offeredKey: null })
    }
  }

  /** Spread, so that hosts behind one broken switch do not all come back in the same instant. */
  #retryMs(failures: number): number {
    const { firstRetryMs, longestRetryMs } = this.#pace
    return Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1)) * (1 + Math.random() / 4)
  }

  /** One connection, from beginning to end. */
  async #attend(id: string, loop: Loop, work: HostWork, outage: Outage): Promise<Trouble> {
    const { silentMs, deadMs, seenEveryMs, watchedMs, unwatchedMs } = this.#pace
    let trouble: Trouble | null = null
    let owedSince: number | null = null
    let isUp = false
    let lastSeen = Number.NEGATIVE_INFINITY
    const onFrame = (frame: Uint8Array): void => {
      if (loop.ended) return
      const taken = this.#hub.take(id, frame)
      if (!taken.ok) {
        const reason = `What this host says of its counters is not understood. ${taken.error} Look at /proc/net/dev there.`
        trouble ??= { state: 'refused', reason, offeredKey: null }
        return loop.wake()
      }
      owedSince = null
      if (!isUp) {
        isUp = true
        outage.wasUp = true
        outage.since = null
        this.#hub.setState(id, { state: 'up', since: new Date(), reason: null, offeredKey: null })
      }
      if (performance.now() - lastSeen < seenEveryMs) return
      lastSeen = performance.now()
      void quietly(id, work.seen(id))
    }
    const attended = await work.attend(id, onFrame)
    if (!attended.ok) return attended.error
    const attendance = attended.value
    void attendance.ended.then((why) => {
      trouble ??= why
      loop.wake()
    })
    let dueAt = performance.now()
    const isOver = (): boolean => trouble !== null || loop.ended || loop.isAsked
    while (!isOver()) {
      const now = performance.now()
      const intervalMs = this.#hub.isWanted(id) ? watchedMs : unwatchedMs
      // Somebody began to look.
      dueAt = Math.min(dueAt, now + intervalMs)
      if (now >= dueAt) {
        owedSince ??= now
        attendance.tick()
        // No drift: the next one is due by the clock, not by when this one was done. What was missed is skipped.
        dueAt += intervalMs * Math.max(1, Math.ceil((now - dueAt) / intervalMs))
      }
      // When it was this process that was busy, the frame is here and only has to be taken.
      if (owedSince !== null && now - owedSince >= silentMs) await new Promise((resolve) => setImmediate(resolve))
      if (isOver()) break
      const owedMs = owedSince === null ? 0 : now - owedSince
      const silence: Trouble = { state: 'unreachable', reason: work.silence, offeredKey: null }
      if (owedMs >= deadMs) {
        trouble = silence
        break
      }
      if (owedMs >= silentMs && isUp) {
        isUp = false
        outage.since = new Date(Date.now() - owedMs)
        this.#hub.setState(id, { ...silence, since: outage.since })
      }
      const lookAgainMs = owedSince === null ? dueAt - now : Math.min(dueAt - now, silentMs - (owedMs % silentMs))
      await this.#wait(loop, Math.max(1, lookAgainMs))
    }
    attendance.close()
    this.#hub.interrupt(id)
    return trouble ?? { state: 'unreachable', reason: work.silence, offeredKey: null }
  }

  /** Until something wakes the loop and `isEnough`, the time is over, or the loop is asked or ended. Null: no time. */
  async #wait(loop: Loop, ms: number | null, isEnough: () => boolean = () => true): Promise<void> {
    const over = ms === null ? null : performance.now() + ms
    while (!loop.ended && !loop.isAsked) {
      const leftMs = over === null ? null : over - performance.now()
      if (leftMs !== null && leftMs <= 0) return
      const woken = await new Promise<boolean>((resolve) => {
        const timer = leftMs === null ? null : setTimeout(() => resolve(false), leftMs)
        loop.wake = () => {
          if (timer !== null) clearTimeout(timer)
          resolve(true)
        }
      })
      loop.wake = () => {}
      if (!woken || isEnough()) return
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

/** What can't be written down now is no reason to look away from a host. */
async function quietly(id: string, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (failure) {
    log().warn({ host: id, err: failure }, 'How a host is could not be kept in the store.')
  }
}

export const keeper = (): Keeper => once('live-keeper', () => new Keeper(hub()))
