import { once } from 'node:events'
import { StringDecoder } from 'node:string_decoder'
import { parseFree } from '../vm/pool.ts'
import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { headBytes, readBackingChain } from '../vm/image-file.ts'
import type { SumAlgorithm } from '../vm/image-sums.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { ExecOptions, Session } from '../ssh/session.ts'

/** Files in a pool's directory and beside it, by argv alone. Each path is absolute; each command runs as root. */

export interface FileFailure {
  code: 'connection' | 'no-space' | 'exists' | 'absent' | 'denied' | 'failed'
  /** What the command said, cleaned; of a connection its sentence. */
  said: string
  ssh?: SshFailure
}
type Answer<T> = Promise<Result<T, FileFailure>>

const byConnection = (ssh: SshFailure): FileFailure => ({ code: 'connection', said: ssh.title, ssh })

/** What a command's complaint means. */
function failureOf(said: string): FileFailure {
  const plain = plainText(said.trim().split('\n').at(-1) ?? '', 300)
  if (/No space left on device|Disk quota exceeded/i.test(said)) return { code: 'no-space', said: plain }
  if (/File exists/i.test(said)) return { code: 'exists', said: plain }
  if (/No such file or directory/i.test(said)) return { code: 'absent', said: plain }
  if (/Permission denied|Read-only file system|Operation not permitted/i.test(said))
    return { code: 'denied', said: plain }
  return { code: 'failed', said: plain === '' ? 'It said nothing.' : plain }
}

async function run(session: Session, argv: readonly string[], options: ExecOptions = {}): Answer<Buffer> {
  const ran = await session.exec(argv, { sudo: true, ...options })
  if (!ran.ok) return err(byConnection(ran.error))
  return ran.value.code === 0 ? ok(ran.value.stdout) : err(failureOf(ran.value.stderr.toString('utf8')))
}

/** Files of a directory whose names end in `.part`, with their sizes. */
export async function listParts(session: Session, directory: string): Answer<{ file: string; sizeBytes: number }[]> {
  const argv = ['find', directory, '-maxdepth', '1', '-type', 'f', '-name', '*.part', '-printf', String.raw`%s %f\0`]
  const listed = await run(session, argv, { maxBytes: 1024 * 1024 })
  if (!listed.ok) return listed
  const entries = listed.value.toString('utf8').split('\0')
  return ok(
    entries.flatMap((entry) => {
      const match = /^(\d{1,15}) (.+)$/s.exec(entry)
      return match === null ? [] : [{ sizeBytes: Number(match[1]), file: match[2] ?? '' }]
    }),
  )
}

export async function fileSize(session: Session, path: string): Answer<number> {
  const seen = await run(session, ['stat', '-c', '%s', '--', path])
  return seen.ok ? ok(Number(seen.value.toString('utf8').trim())) : seen
}

/** Anything of that name, a broken link included. */
export async function isThere(session: Session, path: string): Answer<boolean> {
  const seen = await run(session, ['stat', '-c', '%s', '--', path])
  if (seen.ok) return ok(true)
  return seen.error.code === 'absent' ? ok(false) : seen
}

export async function freeBytes(session: Session, directory: string): Answer<number> {
  const seen = await run(session, ['df', '-B1', '--output=size,avail', '--', directory])
  if (!seen.ok) return seen
  const free = parseFree(seen.value.toString('utf8'))
  return free === null ? err({ code: 'failed', said: 'df did not say what is free.' }) : ok(free.availableBytes)
}

/** A new, empty file; error `exists` when there is one. */
export async function makeEmpty(session: Session, path: string): Answer<void> {
  const made = await run(session, ['dd', 'if=/dev/null', `of=${path}`, 'conv=excl', 'status=none'])
  return made.ok ? ok(undefined) : made
}

/** A copy in a new file that only root may read. Errors: `exists`, or `absent` when there is nothing to copy. */
export async function copyToNew(session: Session, from: string, to: string): Answer<void> {
  const made = await run(session, ['dd', `if=${from}`, `of=${to}`, 'bs=1M', 'conv=excl', 'status=none'])
  if (!made.ok) return made
  const kept = await run(session, ['chmod', '600', '--', to])
  return kept.ok ? ok(undefined) : kept
}

const writeMs = 15_000

/**
 * Writes bytes at an offset of a file that is there, and has them on the disk when it answers. A connection that breaks
 * leaves what had come so far: the file's size tells.
 */
export async function writeAt(
  session: Session,
  path: string,
  offset: number,
  bytes: AsyncIterable<Uint8Array>,
): Answer<void> {
  const how = ['bs=1M', 'iflag=fullblock', 'oflag=seek_bytes', 'conv=nocreat,notrunc,fsync', 'status=none']
  const opened = await session.open(['dd', `of=${path}`, `seek=${offset}`, ...how], { sudo: true, timeoutMs: writeMs })
  if (!opened.ok) return err(byConnection(opened.error))
  const { stream, ended, stderrTail, close } = opened.value
  let isOver = false
  const over = ended.then(() => (isOver = true))
  stream.on('error', () => {})
  stream.resume()
  try {
    for await (const chunk of bytes) {
      if (isOver) break
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), over])
    }
    stream.end()
  } catch (failure) {
    // Whoever sent them is gone; what came is kept.
    stream.end()
    await ended
    throw failure
  }
  const end = await ended
  close()
  if (!end.ok) return err(byConnection(end.error))
  return end.value.code === 0 ? ok(undefined) : err(failureOf(stderrTail()))
}

// A disk that reads 100 MB/s takes a quarter of an hour for 100 GB.
const readAllMs = 60 * 60_000

export async function checksum(
  session: Session,
  path: string,
  algorithm: SumAlgorithm,
  signal?: AbortSignal,
): Answer<string> {
  const read = await run(session, [`${algorithm}sum`, '--', path], {
    timeoutMs: readAllMs,
    ...(signal === undefined ? {} : { signal }),
  })
  if (!read.ok) return read
  // A backslash in front says that the name was escaped.
  const sum = /^\\?([0-9a-f]{64,128})\s/.exec(read.value.toString('utf8'))?.[1]
  return sum === undefined ? err({ code: 'failed', said: `${algorithm}sum gave no sum.` }) : ok(sum)
}

/** The beginning of a file, up to where a disc image names itself. */
export const fileHead = (session: Session, path: string): Answer<Buffer> =>
  run(session, ['head', '-c', String(headBytes), '--', path])

const limits = ['prlimit', '--as=1073741824', '--cpu=30']

/** What `qemu-img` says of it, as JSON. The file is a stranger's: QEMU gets 1 GiB and 30 s to look at it. */
export async function imageInfo(session: Session, path: string): Answer<string> {
  const seen = await run(session, [...limits, 'qemu-img', 'info', '--output=json', '--', path], {
    maxBytes: 1024 * 1024,
  })
  return seen.ok ? ok(seen.value.toString('utf8')) : seen
}

/** What a VM's disk lies over, nearest first; nothing of one that is gone or no file. Also while the VM runs. */
export async function backingChain(session: Session, path: string): Answer<string[]> {
  const argv = [...limits, 'qemu-img', 'info', '--force-share', '--backing-chain', '--output=json', '--', path]
  const seen = await run(session, argv, { maxBytes: 4 * 1024 * 1024 })
  if (!seen.ok) return seen.error.code === 'connection' ? seen : ok([])
  return ok(readBackingChain(seen.value.toString('utf8')))
}

/** Gives a file its name unless something has it: error `exists`. */
export async function publish(session: Session, part: string, path: string): Answer<void> {
  // QEMU's user must be able to read it; what writes is chowned by libvirt.
  const opened = await run(session, ['chmod', '0644', '--', part])
  if (!opened.ok) return opened
  // -n makes it one step that never replaces anything; it answers 0 then, too.
  const moved = await run(session, ['mv', '-n', '-T', '--', part, path])
  if (!moved.ok) return moved
  const left = await isThere(session, part)
  if (!left.ok) return left
  return left.value ? err({ code: 'exists', said: 'Something has that name.' }) : ok(undefined)
}

export async function removeFile(session: Session, path: string): Answer<void> {
  const removed = await run(session, ['rm', '-f', '--', path])
  return removed.ok ? ok(undefined) : removed
}

/** The same paths with all links followed, in order. */
export async function realPaths(session: Session, paths: readonly string[]): Answer<string[]> {
  if (paths.length === 0) return ok([])
  const stdin = paths.map((path) => `${path}\0`).join('')
  const read = await run(session, ['xargs', '-0', 'realpath', '-m', '-z', '--'], { stdin })
  if (!read.ok) return read
  const real = new StringDecoder('utf8').end(read.value).split('\0').slice(0, -1)
  return real.length === paths.length ? ok(real) : err({ code: 'failed', said: 'realpath left some out.' })
}

/** Directories on the way to a path that others than their owner and group may not pass, outermost first. */
export async function closedDirectories(session: Session, path: string): Answer<string[]> {
  const parts = path.split('/').filter((part) => part !== '')
  const way = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
  const seen = await run(session, ['stat', '-L', '-c', '%a %n', '--', ...way])
  if (!seen.ok) return seen
  return ok(
    seen.value
      .toString('utf8')
      .split('\n')
      .flatMap((line) => {
        const match = /^\d*(\d) (\/.*)$/.exec(line)
        return match !== null && (Number(match[1]) & 1) === 0 ? [plainText(match[2] ?? '', 300)] : []
      }),
  )
}
