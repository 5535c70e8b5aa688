import type { ClientChannel } from 'ssh2'
import { sshFailure, type SshFailure } from './failure.ts'

const marker = Buffer.from('\u001edrawbridge\u001e\n')
// What rc files may print before our command starts.
const maxNoiseBytes = 64 * 1024

/** What follows the marker that a command line of ours prints first, or null when it never came. */
export const afterMarker = (bytes: Buffer): Buffer | null => {
  const at = bytes.indexOf(marker)
  return at < 0 ? null : bytes.subarray(at + marker.length)
}

export const tooMuchFailure = (maxBytes: number) =>
  sshFailure('too-much-output', `A command wrote more than ${maxBytes} bytes, which was not expected.`)

/** Reads a stream to its end, up to a limit. Decode what it returns as a whole: UTF-8 is split across chunks. */
export function collect(stream: NodeJS.ReadableStream, maxBytes: number) {
  const chunks: Buffer[] = []
  let length = 0
  let tell: (why: SshFailure) => void = () => {}
  const overflow = new Promise<SshFailure>((resolve) => (tell = resolve))
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= maxBytes + marker.length + maxNoiseBytes) chunks.push(chunk)
    else tell(tooMuchFailure(maxBytes))
  })
  return { bytes: () => Buffer.concat(chunks), overflow }
}

/** Takes everything up to the marker off the channel; what follows stays for its reader. */
export function skipNoise(channel: ClientChannel): Promise<'started' | 'noise'> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0)
    const look = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk])
      const rest = afterMarker(seen)
      if (rest === null && seen.length < maxNoiseBytes) return
      channel.off('data', look)
      channel.pause()
      if (rest === null) {
        channel.close()
        return resolve('noise')
      }
      if (rest.length > 0) channel.unshift(rest)
      resolve('started')
    }
    channel.on('data', look)
  })
}
