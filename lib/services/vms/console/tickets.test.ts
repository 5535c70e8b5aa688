import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Actor } from '../../../access/can.ts'
import { dropTickets, issueTicket, redeemTicket, requireRoom, ticketMs, type OpenedConsole } from './tickets.ts'
import type { SerialFeed } from './serial-feed.ts'

const ada: Actor = {
  kind: 'user',
  id: 'ada',
  name: 'Ada',
  role: 'admin',
  teamId: 'default',
  sessionId: 'one',
  address: null,
}
const release = vi.fn<() => void>()
const opened = (actor: Actor): OpenedConsole => ({
  actor,
  vm: { id: 'v', name: 'vm1', hostId: 'h', hostName: 'kvm1' },
  kind: 'serial',
  readOnly: false,
  source: { kind: 'serial', feed: {} as SerialFeed },
  release,
})

beforeEach(() => {
  vi.useFakeTimers()
  release.mockClear()
})
afterEach(() => {
  dropTickets()
  vi.useRealTimers()
})

test('has 256 bits and is good once', () => {
  const held = opened(ada)
  const ticket = issueTicket(held)
  expect(Buffer.from(ticket, 'base64url')).toHaveLength(32)
  expect(redeemTicket(ticket, ada)).toBe(held)
  expect(redeemTicket(ticket, ada)).toBeNull()
  vi.advanceTimersByTime(ticketMs * 2)
  expect(release).not.toHaveBeenCalled()
})

test('after 30 s is good no longer, and gives back what it held', () => {
  const ticket = issueTicket(opened(ada))
  vi.advanceTimersByTime(ticketMs - 1)
  expect(release).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(release).toHaveBeenCalledOnce()
  expect(redeemTicket(ticket, ada)).toBeNull()
})

test.each<[string, Actor]>([
  ['another session of the same person', { ...ada, sessionId: 'two' }],
  ['another person', { ...ada, id: 'bob' }],
  ['a token', { kind: 'token', id: 'ada', name: 'Ada', role: 'admin', teamId: 'default', address: null }],
])('in the hands of %s is good for nobody any more', (_who, other) => {
  const ticket = issueTicket(opened(ada))
  expect(redeemTicket(ticket, other)).toBeNull()
  expect(release).toHaveBeenCalledOnce()
  expect(redeemTicket(ticket, ada)).toBeNull()
})

test('there are so many at a time', () => {
  for (let turn = 0; turn < 100; turn++) issueTicket(opened(ada))
  expect(() => requireRoom()).toThrow(/Too many consoles/)
})
