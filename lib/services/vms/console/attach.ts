import type { Duplex } from 'node:stream'
import { type Actor, refusal } from '../../../access/can.ts'
import type { ConsoleEnd, ConsoleNews } from '../../../contract/vm-console.ts'
import { once } from '../../../kit/once.ts'
import { Problem } from '../../../kit/problem.ts'
import { log } from '../../../log/log.ts'
import { audit } from '../../refuse.ts'
import { closeFeeds } from './feeds.ts'
import { dropTickets, sameActor, type OpenedConsole } from './tickets.ts'

/** Of one VM, and of all: each is a stream that somebody's browser may leave unread. */
const maxPerVm = 16
const maxInAll = 200
/** Above it the host waits until the browser has taken what there is. */
const behindBytes = 512 * 1024

/** The viewer's end, a WebSocket. */
export interface ConsoleSocket {
  /** `sent` when it is on its way. */
  send(bytes: Uint8Array, sent: () => void): void
  tell(news: ConsoleNews): void
  waitingBytes(): number
  /** Whether more is taken from the viewer. */
  hold(isHeld: boolean): void
  close(why: ConsoleEnd): void
}

export interface AttachedConsole {
  input(bytes: Uint8Array): void
  /** The socket is gone. */
  closed(): void
}

interface Open {
  vm: string
  socket: ConsoleSocket
  leave(): Promise<void>
}
const openConsoles = (): Set<Open> => once('open-consoles', () => new Set<Open>())

export function requirePlace(vm: string): void {
  const all = [...openConsoles()]
  if (all.length >= maxInAll || all.filter((open) => open.vm === vm).length >= maxPerVm)
    throw new Problem({
      code: 'too-many-consoles',
      kind: 'conflict',
      title:
        all.length >= maxInAll
          ? `${maxInAll} consoles are open in Drawbridge, as many as it carries. Close one.`
          : `${maxPerVm} people look at this VM’s consoles, as many as Drawbridge carries. Close one.`,
    })
}

/** Whether this actor may still look at a console that the other opened. */
export const mayStay = (opened: Actor, now: Actor): boolean =>
  sameActor(opened, now) && refusal(now, 'vm.console') === null

/** Joins a viewer to the console it has a ticket for, and notes who looked, and for how long. */
export function attachConsole(opened: OpenedConsole, socket: ConsoleSocket): AttachedConsole {
  const { actor, vm, kind, readOnly, source } = opened
  const target = { kind: 'vm', id: vm.id, name: `${vm.hostName}/${vm.name}` }
  const started = performance.now()
  const noted = audit(actor, 'vm.console', 'done', target, { kind, event: 'opened', ...(readOnly ? { readOnly } : {}) })
  const line = source.kind === 'serial' ? joinFeed(source.feed, readOnly, socket) : joinStream(source.stream, socket)
  const place: Open = {
    vm: vm.id,
    socket,
    async leave() {
      if (!openConsoles().delete(place)) return
      line.leave()
      opened.release()
      const seconds = Math.round((performance.now() - started) / 100) / 10
      await noted
      await audit(actor, 'vm.console', 'done', target, { kind, event: 'closed', seconds })
    },
  }
  openConsoles().add(place)
  return {
    input: line.input,
    closed: () => void place.leave().catch((failure: unknown) => log().error({ failure }, 'a console was not audited')),
  }
}

interface Line {
  input(bytes: Uint8Array): void
  leave(): void
}

function joinFeed(
  feed: Extract<OpenedConsole['source'], { kind: 'serial' }>['feed'],
  readOnly: boolean,
  socket: ConsoleSocket,
): Line {
  const viewer = {
    readOnly,
    send: (bytes: Uint8Array) => socket.send(bytes, () => feed.caughtUp(viewer)),
    tell: (news: ConsoleNews) => socket.tell(news),
    waitingBytes: () => socket.waitingBytes(),
  }
  feed.attach(viewer)
  return {
    input: (bytes) => {
      if (!feed.type(viewer, bytes, () => socket.hold(false))) socket.hold(true)
    },
    leave: () => feed.detach(viewer),
  }
}

function joinStream(stream: Duplex, socket: ConsoleSocket): Line {
  stream.on('data', (chunk: Buffer) => {
    socket.send(chunk, () => {
      if (socket.waitingBytes() < behindBytes / 2) stream.resume()
    })
    if (socket.waitingBytes() > behindBytes) stream.pause()
  })
  stream.on('drain', () => socket.hold(false))
  const ended = () => socket.close('ended')
  stream.once('end', ended)
  stream.once('close', ended)
  if (stream.destroyed) ended()
  return {
    input: (bytes) => {
      if (!stream.destroyed && !stream.write(bytes)) socket.hold(true)
    },
    leave: () => void stream.destroy(),
  }
}

/** When the process stops. */
export async function closeConsoles(): Promise<void> {
  const left = [...openConsoles()].map((open) => {
    open.socket.close('stopping')
    return open.leave()
  })
  dropTickets()
  closeFeeds()
  await Promise.allSettled(left)
}
