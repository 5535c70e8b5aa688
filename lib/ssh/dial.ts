import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { err, ok, type Result } from '../kit/result.ts'
import { placeOf, reachFailure, timeoutFailure, type SshFailure } from './failure.ts'

/** A byte stream to an sshd, and what it said first. */
export interface Line {
  stream: Duplex
  /** The first line the other side sent, or null when nothing came yet. */
  firstLine(): string | null
}

/** Opens a TCP connection. Nagle's algorithm is off: it turns an exec of 5 ms into one of 48 ms. */
export function dial(to: { address: string; port: number }, timeoutMs: number): Promise<Result<Line, SshFailure>> {
  const place = placeOf(to)
  return new Promise((resolve) => {
    const socket = connect({ host: to.address, port: to.port, noDelay: true })
    const settle = (result: Result<Line, SshFailure>) => {
      clearTimeout(timer)
      socket.off('error', onError)
      if (!result.ok) socket.destroy()
      resolve(result)
    }
    const onError = (error: Error) => settle(err(reachFailure(place, error, timeoutMs)))
    const timer = setTimeout(() => settle(err(timeoutFailure(place, timeoutMs))), timeoutMs)
    socket.on('error', onError)
    socket.once('connect', () => {
      // Between here and the handshake nobody listens, and an unheard 'error' ends the process.
      socket.on('error', () => {})
      settle(ok(lineOf(socket)))
    })
  })
}

const longestFirstLine = 255

/** Remembers the first line of a stream without taking it from whoever reads the stream. */
export function lineOf(stream: Duplex): Line {
  let head = ''
  // A 'data' listener would set the stream flowing before ssh2 listens.
  stream.pause()
  const remember = (chunk: Buffer) => {
    head += chunk.subarray(0, longestFirstLine).toString('latin1')
    if (head.includes('\n') || head.length >= longestFirstLine) stream.off('data', remember)
  }
  stream.on('data', remember)
  return {
    stream,
    firstLine: () => (head === '' ? null : (head.slice(0, longestFirstLine).split(/\r?\n/)[0] ?? null)),
  }
}
