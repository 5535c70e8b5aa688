import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { once } from '../kit/once.ts'

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** What boot leaves for `server.ts`, by path: they run in different bundles of one process, as in lifecycle.ts. */
const handlers = (): Map<string, UpgradeHandler> => once('upgrades', () => new Map<string, UpgradeHandler>())

export function onUpgrade(path: string, handler: UpgradeHandler): void {
  handlers().set(path, handler)
}

/** Whoever takes an upgrade of this address, or null: nobody asked for it. */
export const upgradeHandler = (url: string | undefined): UpgradeHandler | null =>
  handlers().get((url ?? '').split('?')[0] ?? '') ?? null
