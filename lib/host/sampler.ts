import { err, ok, type Result } from '../kit/result.ts'
import { sshFailure, type SshFailure } from '../ssh/failure.ts'
import { scriptText } from '../ssh/script.ts'
import type { Session } from '../ssh/session.ts'

// 30,000 links. What is longer is not what our reader writes.
const frameLimitBytes = 4 * 1024 * 1024
const frameEnd = Buffer.from('\n.\n')

export interface Sampler {
  /** Asks for one frame. While the last one has not come it asks nothing: a host that hangs must not be owed a hundred. */
  tick(): void
  /** Resolves once, with why there are no more frames. */
  readonly ended: Promise<SshFailure>
  stop(): void
}

/**
 * Starts the reader of counters on a host: one process on one channel, until `stop` or the end of the session.
 * @param onFrame gets each frame whole: the host's clock in seconds, a line feed, /proc/net/dev
 */
export async function startSampler(
  session: Session,
  onFrame: (frame: Uint8Array) => void,
): Promise<Result<Sampler, SshFailure>> {
  const readers = [scriptText('lib/host/scripts/sampler.pl'), scriptText('lib/host/scripts/sampler.py')]
  const opened = await session.open(['sh', '-c', scriptText('lib/host/scripts/sampler.sh'), 'sh', ...readers])
  if (!opened.ok) return err(opened.error)
  const channel = opened.value
  const { stream, ended } = channel

  let isOwed = false
  let rest: Buffer = Buffer.alloc(0)
  let tooMuch: (why: SshFailure) => void = () => {}
  const flooded = new Promise<SshFailure>((resolve) => (tooMuch = resolve))

  stream.on('data', (chunk: Buffer) => {
    // The end may be cut between two chunks.
    let searched = Math.max(0, rest.length - frameEnd.length)
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const end = rest.indexOf(frameEnd, searched)
      if (end < 0) break
      isOwed = false
      onFrame(rest.subarray(0, end + 1))
      rest = rest.subarray(end + frameEnd.length)
      searched = 0
    }
    if (rest.length <= frameLimitBytes) return
    rest = Buffer.alloc(0)
    channel.close()
    tooMuch(
      sshFailure(
        'too-much-output',
        `The reader of counters at ${session.place} wrote more than it should and was ended.`,
      ),
    )
  })
  stream.on('error', () => {})
  stream.resume()

  const itself = ended.then((end) =>
    end.ok
      ? sshFailure(
          'closed',
          `The reader of counters at ${session.place} ended. It is started again by itself; if this repeats, look whether something on the host kills it.`,
          channel.stderrTail(),
        )
      : end.error,
  )
  return ok({
    tick: () => {
      if (isOwed || stream.destroyed || !stream.writable) return
      isOwed = true
      stream.write('\n')
    },
    ended: Promise.race([flooded, itself]),
    stop: () => channel.close(),
  })
}
