import { Duplex } from 'node:stream'
import { messageStatus } from './wire.ts'

// virnetprotocol.x: what a message holds with clients and daemons of before 2012, and what libvirt itself sends at most.
const maxChunkBytes = 262_120

/** How a stream leaves its client. */
export interface StreamLine {
  /** False: wait for `drain`. */
  send(status: number, body: Buffer): boolean
  /** Calls back once when the client's own stream has room again. */
  drain(then: () => void): void
  /** The reader is behind, or has caught up. */
  hold(isBehind: boolean): void
  gone(): void
}

/**
 * A stream that libvirt opened with a call: bytes both ways until either side finishes it. It has no flow control of
 * its own; a reader that is behind holds back the whole connection, so give a stream a connection of its own.
 */
export class RpcStream extends Duplex {
  readonly #line: StreamLine
  #isOver = false

  constructor(line: StreamLine) {
    super({ allowHalfOpen: false })
    this.#line = line
    // Whoever waits for its end looks at `errored`.
    this.on('error', () => {})
  }

  override _read(): void {
    this.#line.hold(false)
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    let hasRoom = true
    for (let at = 0; at < chunk.length; at += maxChunkBytes)
      hasRoom = this.#line.send(messageStatus.continue, chunk.subarray(at, at + maxChunkBytes))
    if (hasRoom) done()
    else this.#line.drain(done)
  }

  override _final(done: () => void): void {
    this.#finish(messageStatus.ok)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // libvirt's word for "I am leaving": an error without a body.
    this.#finish(messageStatus.error)
    this.#line.hold(false)
    this.#line.gone()
    done(error)
  }

  #finish(status: number): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#line.send(status, Buffer.alloc(0))
  }

  /** What the daemon sent. An empty chunk is its end of file. */
  receive(status: number, body: Buffer, errorOf: () => Error): void {
    if (this.destroyed) return
    if (status === messageStatus.continue && body.length > 0) {
      if (!this.push(body)) this.#line.hold(true)
    } else if (status === messageStatus.error) {
      this.#isOver = true
      this.destroy(errorOf())
    } else {
      // It is over there already when it says so by `ok`; after an end of file it waits for ours.
      if (status === messageStatus.ok) this.#isOver = true
      this.push(null)
    }
  }

  /** The connection went. */
  cut(error: Error): void {
    this.#isOver = true
    this.destroy(error)
  }
}
