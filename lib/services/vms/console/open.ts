import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import {
  consoleProtocol,
  consoleSocketPath,
  consoleTicketPrefix,
  type ConsoleTicket,
  type openConsoleSchema,
} from '../../../contract/vm-console.ts'
import { Problem } from '../../../kit/problem.ts'
import { audited, refuse } from '../../refuse.ts'
import { findVm, vmTargetOf, type FoundVm } from '../find.ts'
import { requirePlace } from './attach.ts'
import { feedOf } from './feeds.ts'
import { holdLine } from './line.ts'
import { issueTicket, requireRoom, ticketMs, type OpenedConsole } from './tickets.ts'
import { connectVnc } from './vnc.ts'

type Asked = z.output<typeof openConsoleSchema>

/**
 * Opens a VM's console and gives a ticket for it, so that whatever is in the way is said here and not by a socket that
 * closes. @param reference see `findVm`
 */
export async function openConsole(
  actor: Actor,
  reference: string,
  asked: Asked,
  now: () => Date,
): Promise<ConsoleTicket> {
  await refuse(actor, 'vm.console', { kind: 'vm', name: reference })
  const found = await findVm(reference, now)
  requireRoom()
  requirePlace(found.domain.uuid)
  requireConsole(found, asked)
  // Who looked is noted when the viewer comes; whom it put out is noted now.
  const opened = asked.takeOver
    ? await audited(actor, 'vm.console', vmTargetOf(found), (note) => {
        note({ detail: { kind: asked.kind, takeOver: true } })
        return open(actor, found, asked)
      })
    : await open(actor, found, asked)
  const ticket = issueTicket(opened)
  return {
    ticket,
    url: consoleSocketPath,
    protocols: [consoleProtocol, consoleTicketPrefix + ticket],
    expiresAt: new Date(now().getTime() + ticketMs).toISOString(),
  }
}

function requireConsole({ domain }: FoundVm, { kind }: Asked): void {
  const { running, defined } = domain
  const refusal = (code: string, title: string) => new Problem({ code, kind: 'conflict', title })
  if (running === null) throw refusal('vm-off', `${defined.name} is shut off. Start it, then open its console.`)
  if (kind === 'serial') {
    if (!running.serial) throw refusal('no-console', `${defined.name} has no serial port. Add one to its definition.`)
  } else if (running.graphics === null)
    throw refusal('no-console', `${defined.name} has no graphical console. Add VNC to its definition.`)
  else if (running.graphics.kind !== 'vnc')
    throw refusal(
      'no-console',
      `The graphical console of ${defined.name} speaks ${running.graphics.kind}, which browsers do not. Change it to VNC.`,
    )
}

async function open(actor: Actor, { host, domain }: FoundVm, asked: Asked): Promise<OpenedConsole> {
  const vm = { id: domain.uuid, name: domain.defined.name, hostId: host.id, hostName: host.name }
  const { kind, readOnly } = asked
  if (kind === 'serial') {
    const feed = feedOf(host.id, domain.uuid)
    const release = feed.hold()
    try {
      let stands = await feed.settled()
      if (stands.state !== 'live' && asked.takeOver) {
        feed.takeOver()
        stands = await feed.settled()
      }
      if (stands.state === 'taken')
        throw new Problem({
          code: 'console-taken',
          kind: 'conflict',
          title: `Somebody has the serial console of ${vm.name} open outside of Drawbridge (virsh console, virt-manager or another program on ${vm.hostName}). Wait until they leave, or take it over, which ends their session.`,
        })
      if (stands.state === 'lost')
        throw new Problem({
          code: 'console-unreachable',
          kind: 'unreachable',
          title: stands.reason ?? 'The serial console could not be opened.',
        })
      return { actor, vm, kind, readOnly, source: { kind, feed }, release }
    } catch (failure) {
      release()
      throw failure
    }
  }
  const line = holdLine(host.id)
  try {
    const graphics = domain.running?.graphics
    if (!graphics) throw new TypeError('no graphics')
    const stream = await connectVnc(await line.session(), graphics)
    stream.on('error', () => {})
    stream.once('close', line.release)
    return { actor, vm, kind, readOnly, source: { kind, stream }, release: () => void stream.destroy() }
  } catch (failure) {
    line.release()
    throw failure
  }
}
