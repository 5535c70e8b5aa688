import { err, ok, type Result } from '../kit/result.ts'
import { sshFailure, type SshFailure } from './failure.ts'

// sshd's MaxSessions is 10. A channel we have closed still counts there for a moment.
const maxOpen = 8
// Far more than any page asks for at once; more than this is a loop gone wild.
const maxWaiting = 512

/** Hands out the channels of one connection: 8 at a time, the rest in order. */
export class ChannelSlots {
  #open = 0
  #waiting: { grant: () => void; fail: (why: SshFailure) => void }[] = []
  #failed: SshFailure | null = null

  /** Resolves with the function that gives the slot back (calling it twice is harmless). */
  take(signal?: AbortSignal): Promise<Result<() => void, SshFailure>> {
    if (this.#failed !== null) return Promise.resolve(err(this.#failed))
    if (signal?.aborted) return Promise.resolve(err(cancelled()))
    if (this.#open < maxOpen) return Promise.resolve(ok(this.#grant()))
    if (this.#waiting.length >= maxWaiting)
      return Promise.resolve(
        err(
          sshFailure('too-many-channels', `Over ${maxWaiting} commands wait for this host already. Try again later.`),
        ),
      )
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter)
        resolve(err(cancelled()))
      }
      const waiter = {
        grant: () => {
          signal?.removeEventListener('abort', leave)
          resolve(ok(this.#grant()))
        },
        fail: (why: SshFailure) => {
          signal?.removeEventListener('abort', leave)
          resolve(err(why))
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(waiter)
    })
  }

  /** The connection is gone: whoever waits, and whoever asks from now on, gets this. */
  fail(why: SshFailure): void {
    this.#failed = why
    for (const waiter of this.#waiting.splice(0)) waiter.fail(why)
  }

  #grant(): () => void {
    this.#open++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#open--
      if (this.#open < maxOpen) this.#waiting.shift()?.grant()
    }
  }
}

const cancelled = () => sshFailure('cancelled', 'The command was cancelled before it began.')
