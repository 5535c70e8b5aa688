/** The WebSocket of VMs' consoles. It is opened with a ticket by whoever asked for it; see services/vms/console. */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { refusal } from '../access/can.ts'
import { consoleEnd, consoleProtocol, consoleTicketPrefix } from '../contract/vm-console.ts'
import { once } from '../kit/once.ts'
import { Problem, problemStatus } from '../kit/problem.ts'
import { speak } from '../language/speak.ts'
import { translationTo } from '../language/translations.ts'
import { log } from '../log/log.ts'
import { attachConsole, type ConsoleSocket, mayStay } from '../services/vms/console/attach.ts'
import { type OpenedConsole, redeemTicket } from '../services/vms/console/tickets.ts'
import { problemOf } from '../services/refuse.ts'
import { RfbInput } from '../vm/rfb-input.ts'
import { authenticate, requireOwnOrigin } from './admit.ts'
import { localeOf } from './speak-language.ts'

/** A paste of this length in one frame; a picture's requests are far smaller. */
const maxPayloadBytes = 256 * 1024

export interface ConsoleTimes {
  /** A browser that answers none of two pings is gone. Also keeps proxies from cutting a silent connection. */
  pingMs: number
  /** Longer lets somebody who was locked out type on; shorter asks the store for nothing. */
  recheckMs: number
  /** Nobody typed or moved: an open root shell on a desk somebody left. */
  idleMs: number
}
const usual: ConsoleTimes = { pingMs: 20_000, recheckMs: 15_000, idleMs: 3_600_000 }

const sockets = (): WebSocketServer =>
  once(
    'console-sockets',
    () =>
      new WebSocketServer({
        noServer: true,
        maxPayload: maxPayloadBytes,
        perMessageDeflate: false,
        handleProtocols: () => consoleProtocol,
      }),
  )

/** Who asks, from where, with which ticket; in this order. Then the console is theirs. */
export const acceptConsole =
  (times: ConsoleTimes = usual) =>
  (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy())
    admitted(request).then(
      (opened) => {
        if (socket.destroyed) return opened.release()
        socket.once('close', opened.release)
        sockets().handleUpgrade(request, socket, head, (accepted) => {
          socket.off('close', opened.release)
          serve(accepted, request, opened, times)
        })
      },
      (failure: unknown) => decline(socket, failure, localeOf(senderOf(request).headers)),
    )
  }

/** As admit.ts sees a request. */
function senderOf(request: IncomingMessage) {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  const address = headers.get('x-forwarded-for')
  return {
    req: { raw: new Request('http://drawbridge.invalid', { headers }), method: 'GET' },
    var: { address },
    headers,
  }
}

async function admitted(request: IncomingMessage): Promise<OpenedConsole> {
  const sender = senderOf(request)
  // A page of another site can open a WebSocket here, and the browser would send the cookie along.
  requireOwnOrigin(sender.headers, { elseFine: sender.headers.has('authorization') })
  const { actor } = await authenticate(sender)
  const reason = refusal(actor, 'vm.console')
  if (reason !== null) throw new Problem({ code: 'forbidden', kind: 'forbidden', title: reason })
  const offered = (sender.headers.get('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim())
  const ticket = offered.find((protocol) => protocol.startsWith(consoleTicketPrefix))
  const opened = ticket === undefined ? null : redeemTicket(ticket.slice(consoleTicketPrefix.length), actor)
  if (opened !== null && offered.includes(consoleProtocol)) return opened
  opened?.release()
  throw new Problem({
    code: 'bad-ticket',
    kind: 'forbidden',
    title: 'This ticket is not good: used, older than 30 s, or of somebody else. Ask for a new one.',
  })
}

function decline(socket: Duplex, failure: unknown, locale: string): void {
  const problem = problemOf(failure)
  if (problem === null) log().error({ failure }, 'a console could not be opened')
  const status = problem === null ? 500 : problemStatus[problem.kind]
  const translate = translationTo(locale) ?? ((english: string) => english)
  const body = JSON.stringify({
    code: problem?.code ?? 'internal',
    title: translate(problem?.title ?? 'A bug in Drawbridge.'),
    status,
  })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-language: ${locale}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

function serve(accepted: WebSocket, request: IncomingMessage, opened: OpenedConsole, times: ConsoleTimes): void {
  const translate = translationTo(localeOf(senderOf(request).headers))
  const socket: ConsoleSocket = {
    send: (bytes, sent) => accepted.send(bytes, { binary: true }, () => sent()),
    tell: (news) => accepted.send(JSON.stringify(translate === null ? news : speak(news, translate))),
    waitingBytes: () => accepted.bufferedAmount,
    hold: (isHeld) => (isHeld ? accepted.pause() : accepted.resume()),
    close: (why) => accepted.close(consoleEnd[why], why),
  }
  let lastInput = performance.now()
  let unanswered = 0
  const stillHere = async () => mayStay(opened.actor, (await authenticate(senderOf(request))).actor)
  const timers = [
    setInterval(() => {
      if (++unanswered > 2) accepted.terminate()
      else accepted.ping()
      if (performance.now() - lastInput > times.idleMs) socket.close('idle')
    }, times.pingMs),
    setInterval(
      () =>
        void stillHere().then(
          (may) => may || socket.close('signed-out'),
          () => socket.close('signed-out'),
        ),
      times.recheckMs,
    ),
  ]
  const attached = attachConsole(opened, socket)
  accepted.on('pong', () => (unanswered = 0))
  const atScreen = opened.kind === 'vnc' ? new RfbInput() : null
  accepted.on('message', (data, isBinary) => {
    if (!isBinary || !Buffer.isBuffer(data)) return
    if (atScreen?.isIn(data) !== false) lastInput = performance.now()
    attached.input(data)
  })
  accepted.on('error', () => accepted.terminate())
  accepted.on('close', () => {
    for (const timer of timers) clearInterval(timer)
    attached.closed()
  })
}
