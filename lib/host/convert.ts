import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { scriptText } from '../ssh/script.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'
import { convertProgress } from '../vm/convert-progress.ts'

export interface Conversion {
  source: string
  sourceFormat: string
  /** A volume that is there and large enough. */
  target: string
  targetFormat: 'qcow2' | 'raw'
  /** It reads as zeros as yet: holes need not be written. */
  isEmpty: boolean
}

export interface ConvertFailure {
  code: 'connection' | 'cancelled' | 'failed'
  /** What qemu-img said, cleaned; of a connection its sentence. */
  said: string
  ssh?: SshFailure
}

const script = 'lib/host/scripts/convert.sh'
const startMs = 15_000

/** Fills a volume from an image. When the connection ends, or `signal` says so, the host stops it. */
export async function convertImage(
  session: Session,
  { source, sourceFormat, target, targetFormat, isEmpty }: Conversion,
  { onProgress, signal }: { onProgress: (fraction: number) => void; signal: AbortSignal },
): Promise<Result<void, ConvertFailure>> {
  const argv = ['sh', '-c', scriptText(script), 'sh', sourceFormat, source, targetFormat, target]
  const opened = await session.open([...argv, isEmpty ? 'empty' : ''], { sudo: true, timeoutMs: startMs })
  if (!opened.ok) return err({ code: 'connection', said: opened.error.title, ssh: opened.error })
  const { stream, ended, stderrTail, close } = opened.value
  let tail = ''
  stream.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('latin1')).slice(-200)
    const fraction = convertProgress(tail)
    if (fraction !== null) onProgress(fraction)
  })
  stream.on('error', () => {})
  stream.resume()
  // Its standard input is what keeps it going.
  const stop = () => stream.end()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const end = await ended
  signal.removeEventListener('abort', stop)
  close()
  if (!end.ok) return err({ code: 'connection', said: end.error.title, ssh: end.error })
  if (end.value.code === 0) return ok(undefined)
  if (signal.aborted) return err({ code: 'cancelled', said: 'It was stopped.' })
  const said = plainText(stderrTail().trim().split('\n').at(-1) ?? '', 400)
  return err({ code: 'failed', said: said === '' ? 'qemu-img said nothing.' : said })
}

// It reads only what says where the data is; of a terabyte that is some hundred megabytes.
const checkMs = 5 * 60_000
const corrupt = 2

/**
 * Whether a qcow2 has all the data it says it has: of one that was cut short qemu-img reads zeros, without a word. Null: that
 * could not be found out.
 */
export async function isSound(session: Session, path: string): Promise<boolean | null> {
  const argv = ['qemu-img', 'check', '-U', '-q', '-f', 'qcow2', '--', path]
  const checked = await session.exec(argv, { sudo: true, timeoutMs: checkMs })
  if (!checked.ok) return null
  const { code } = checked.value
  return code === 0 ? true : code === corrupt ? false : null
}
