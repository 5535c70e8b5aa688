import type { Duplex } from 'node:stream'
import { err, ok, type Result } from '../../kit/result.ts'
import { libvirtFailure, saidByLibvirt, type LibvirtFailure } from './failure.ts'
import { RpcStream } from './rpc-stream.ts'
import {
  encodeMessage,
  keepaliveProgram,
  messageStatus,
  messageType,
  MessageSplitter,
  qemuProgram,
  remoteProgram,
  WireError,
  XdrReader,
  type Message,
} from './wire.ts'

/** One procedure of libvirt's remote program, with both its bodies. */
export interface Call<T> {
  /** Default: the remote program; qemu's own monitor and agent procedures have another. */
  program?: number
  procedure: number
  body: Buffer
  read: (reader: XdrReader) => T
}

export type EventHandler = (procedure: number, reader: XdrReader) => void

export interface CallOptions {
  /** Default 10 s. */
  timeoutMs?: number
}

const defaultTimeoutMs = 10_000
// libvirtd works on 5 requests of a client at a time (max_client_requests) and lets the rest wait in the socket, which it
// notes in its log once per connection. Sending them one by one would cost a round trip each.
const maxWaiting = 4096

const readError = (reader: XdrReader): LibvirtFailure => {
  const code = reader.int()
  const domain = reader.int()
  return saidByLibvirt({ code, domain, message: reader.optionalString() ?? '' })
}

/** libvirt's RPC over any byte stream: calls are pipelined, answers come in any order, events are pushed. */
export class RpcClient {
  /** Resolves once, with why. */
  readonly closed: Promise<LibvirtFailure>
  readonly #stream: Duplex
  readonly #splitter = new MessageSplitter()
  readonly #waiting = new Map<number, (reply: Result<Message, LibvirtFailure>) => void>()
  readonly #streams = new Map<number, RpcStream>()
  readonly #onEvent: EventHandler
  #serial = 0
  #died: LibvirtFailure | null = null
  #resolveClosed: (why: LibvirtFailure) => void = () => {}

  constructor(stream: Duplex, onEvent: EventHandler = () => {}) {
    this.#stream = stream
    this.#onEvent = onEvent
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    // When libvirtd restarts, 'end' comes and 'close' only after we have closed our own side.
    const gone = () => this.#die(libvirtFailure('closed', 'The connection to libvirt ended.'))
    stream.on('end', gone)
    stream.on('close', gone)
    stream.on('error', gone)
    // A channel of a command comes paused.
    stream.resume()
  }

  get isClosed(): boolean {
    return this.#died !== null
  }

  close(): void {
    this.#die(libvirtFailure('closed', 'Drawbridge closed its connection to libvirt.'))
  }

  /** A call that takes too long is given up; its late answer is dropped, and the connection stays. */
  call<T>(call: Call<T>, options: CallOptions = {}): Promise<Result<T, LibvirtFailure>> {
    return this.#ask(call, options, (value) => value)
  }

  /**
   * A call that opens a stream. A reader that is behind holds back everything else on this connection, so a stream wants
   * one of its own. It ends when either side does; `errored` is set when libvirt or the connection broke it off.
   */
  openStream(call: Call<unknown>, options: CallOptions = {}): Promise<Result<Duplex, LibvirtFailure>> {
    // At once: the first bytes may come in the same packet as the answer.
    return this.#ask(call, options, (_, serial) => this.#addStream(call, serial))
  }

  #addStream({ program = remoteProgram, procedure }: Call<unknown>, serial: number): RpcStream {
    const stream = new RpcStream({
      send: (status, body) =>
        this.#died !== null ||
        this.#stream.write(encodeMessage({ program, procedure, type: messageType.stream, serial, status, body })),
      drain: (then) => void this.#stream.once('drain', then),
      hold: (isBehind) => void (isBehind ? this.#stream.pause() : this.#stream.resume()),
      gone: () => void this.#streams.delete(serial),
    })
    this.#streams.set(serial, stream)
    return stream
  }

  #ask<T, U>(
    { program = remoteProgram, procedure, body, read }: Call<T>,
    options: CallOptions,
    made: (value: T, serial: number) => U,
  ): Promise<Result<U, LibvirtFailure>> {
    if (this.#died !== null) return Promise.resolve(err(this.#died))
    if (this.#waiting.size >= maxWaiting)
      return Promise.resolve(err(libvirtFailure('timeout', 'libvirt is behind with too many calls. Try again later.')))
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    this.#serial = (this.#serial % 0x7fffffff) + 1
    const serial = this.#serial
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(serial)
        resolve(
          err(libvirtFailure('timeout', `libvirt did not answer within ${timeoutMs / 1000} s: it, or a VM, hangs.`)),
        )
      }, timeoutMs)
      this.#waiting.set(serial, (reply) => {
        clearTimeout(timer)
        const decoded = reply.ok ? this.#decode(reply.value, read) : reply
        resolve(decoded.ok ? ok(made(decoded.value, serial)) : decoded)
      })
      this.#send({ program, procedure, type: messageType.call, serial, status: 0, body })
    })
  }

  #decode<T>(reply: Message, read: (reader: XdrReader) => T): Result<T, LibvirtFailure> {
    try {
      const reader = new XdrReader(reply.body)
      return reply.status === messageStatus.ok ? ok(read(reader)) : err(readError(reader))
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown
      return err(libvirtFailure('protocol', `libvirt sent ${thrown.message}.`))
    }
  }

  #send(message: Message): void {
    this.#stream.write(encodeMessage(message))
  }

  #receive(chunk: Buffer): void {
    if (this.#died !== null) return
    try {
      for (const message of this.#splitter.push(chunk)) this.#dispatch(message)
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown
      this.#die(libvirtFailure('protocol', `What answers is not libvirt: it sent ${thrown.message}.`))
    }
  }

  #dispatch(message: Message): void {
    if (message.program === keepaliveProgram) {
      // 1 is a ping, 2 the answer; both are events without a body.
      if (message.procedure === 1) this.#send({ ...message, procedure: 2, body: Buffer.alloc(0) })
    } else if (message.program !== remoteProgram && message.program !== qemuProgram) return
    else if (message.type === messageType.event) this.#onEvent(message.procedure, new XdrReader(message.body))
    else if (message.type === messageType.reply) {
      const waiting = this.#waiting.get(message.serial)
      this.#waiting.delete(message.serial)
      waiting?.(ok(message))
    } else if (message.type === messageType.stream)
      this.#streams.get(message.serial)?.receive(message.status, message.body, () => {
        const failure = this.#decode(message, () => undefined)
        return new Error(failure.ok ? 'libvirt ended the stream.' : failure.error.title)
      })
  }

  #die(why: LibvirtFailure): void {
    if (this.#died !== null) return
    this.#died = why
    for (const waiting of this.#waiting.values()) waiting(err(why))
    this.#waiting.clear()
    for (const stream of this.#streams.values()) stream.cut(new Error(why.title))
    this.#stream.end()
    this.#stream.destroy()
    this.#resolveClosed(why)
  }
}
