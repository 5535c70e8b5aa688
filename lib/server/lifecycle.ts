import { once } from '../kit/once.ts'

export interface Notice {
  /** What makes the first admin; null once somebody has. */
  setupToken: string | null
}

/**
 * What `lib/boot.ts` leaves for `server.ts`. They run in different bundles of one process, so they meet here, on
 * `globalThis`, and nowhere else.
 */
interface Lifecycle {
  shutdown: (() => Promise<void>) | null
  booted: PromiseWithResolvers<Notice>
}

const lifecycle = (): Lifecycle =>
  once('lifecycle', () => {
    const booted = Promise.withResolvers<Notice>()
    // Whoever does not wait for it (a build, a test) is not to die of it.
    booted.promise.catch(() => undefined)
    return { shutdown: null, booted }
  })

/** Called by boot: how to stop what it started. */
export function onShutdown(shutdown: () => Promise<void>): void {
  lifecycle().shutdown = shutdown
}

/** Called by boot when all has started: what the person at the terminal must be told. */
export function leaveNotice(notice: Notice): void {
  lifecycle().booted.resolve(notice)
}

/** Called when boot could not: the message is a sentence for the terminal. */
export function bootFailed(failure: unknown): void {
  lifecycle().booted.reject(failure)
}

/** Next does not wait for what it is told to start; the server does. Rejects with why it could not start. */
export const whenBooted = (): Promise<Notice> => lifecycle().booted.promise

export async function callShutdown(): Promise<void> {
  await lifecycle().shutdown?.()
}
