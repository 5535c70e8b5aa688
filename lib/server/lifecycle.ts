import { once } from '../kit/once.ts'

/**
 * What `lib/boot.ts` leaves for `server.ts`. They run in different bundles of one process, so they meet here, on
 * `globalThis`, and nowhere else.
 */
interface Lifecycle {
  shutdown: (() => Promise<void>) | null
  notice: { setupToken: string | null } | null
}

const lifecycle = (): Lifecycle => once('lifecycle', () => ({ shutdown: null, notice: null }))

/** Called by boot: how to stop what it started. */
export function onShutdown(shutdown: () => Promise<void>): void {
  lifecycle().shutdown = shutdown
}

/** Called by boot: what the person at the terminal must be told once the server listens. */
export function leaveNotice(notice: { setupToken: string | null }): void {
  lifecycle().notice = notice
}

export const readNotice = (): Lifecycle['notice'] => lifecycle().notice

export async function callShutdown(): Promise<void> {
  await lifecycle().shutdown?.()
}
