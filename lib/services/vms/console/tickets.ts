import { createHash, randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Actor } from '../../../access/can.ts'
import type { ConsoleKind } from '../../../contract/vm-console.ts'
import { once } from '../../../kit/once.ts'
import { Problem } from '../../../kit/problem.ts'
import type { SerialFeed } from './serial-feed.ts'

export const ticketMs = 30_000
/** Each holds a connection meanwhile. */
const maxTickets = 100

/** A console that is open already and waits for its viewer. */
export interface OpenedConsole {
  actor: Actor
  vm: { id: string; name: string; hostId: string; hostName: string }
  kind: ConsoleKind
  readOnly: boolean
  source: { kind: 'serial'; feed: SerialFeed } | { kind: 'vnc'; stream: Duplex }
  /** Gives back what it holds. */
  release: () => void
}

/** By the ticket's hash: whoever reads the process's memory or a dump finds no ticket. */
const tickets = () => once('console-tickets', () => new Map<string, { opened: OpenedConsole; timer: NodeJS.Timeout }>())

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('base64')

export function issueTicket(opened: OpenedConsole): string {
  const ticket = randomBytes(32).toString('base64url')
  const hash = hashOf(ticket)
  const timer = setTimeout(() => {
    tickets().delete(hash)
    opened.release()
  }, ticketMs)
  timer.unref()
  tickets().set(hash, { opened, timer })
  return ticket
}

export function requireRoom(): void {
  if (tickets().size >= maxTickets)
    throw new Problem({
      code: 'too-many',
      kind: 'rate-limited',
      title: 'Too many consoles are being opened at once. Try again in half a minute.',
      retryAfterSeconds: ticketMs / 1000,
    })
}

export const sameActor = (one: Actor, other: Actor): boolean =>
  one.kind === 'user' && other.kind === 'user'
    ? one.id === other.id && one.sessionId === other.sessionId
    : one.kind === 'token' && other.kind === 'token' && one.id === other.id

/** What the ticket stands for; null when it was used, is too old, never was, or is somebody else's. It is used up. */
export function redeemTicket(ticket: string, actor: Actor): OpenedConsole | null {
  const hash = hashOf(ticket)
  const held = tickets().get(hash)
  if (held === undefined) return null
  tickets().delete(hash)
  clearTimeout(held.timer)
  if (sameActor(held.opened.actor, actor)) return held.opened
  held.opened.release()
  return null
}

export function dropTickets(): void {
  for (const { opened, timer } of tickets().values()) {
    clearTimeout(timer)
    opened.release()
  }
  tickets().clear()
}
