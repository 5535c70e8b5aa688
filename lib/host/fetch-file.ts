import { createHash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import { fetchCommand, fetchers, headCommand, sizeOfHeaders, textCommand, type Fetcher } from '../vm/image-address.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'
import { fedScript } from './fed-script.ts'
import { fileSize, type FileFailure } from './image-files.ts'

/** Files that a host fetches itself, with what it has: curl, wget or python3. */

type Answer<T> = Promise<Result<T, FileFailure>>
const byConnection = (ssh: SshFailure): FileFailure => ({ code: 'connection', said: ssh.title, ssh })
const failed = (said: string): FileFailure => ({
  code: /No space left|Disk quota|Failed writing|write failed|curl: \(23\)/i.test(said) ? 'no-space' : 'failed',
  said: said === '' ? 'It said nothing.' : said,
})

/** The first of them that is there; null: the host has none. */
export async function fetcherOf(session: Session): Answer<Fetcher | null> {
  const look = 'for tool; do command -v "$tool" >/dev/null 2>&1 && { echo "$tool"; exit 0; }; done; exit 0'
  const seen = await session.exec(['sh', '-c', look, 'sh', ...fetchers])
  if (!seen.ok) return err(byConnection(seen.error))
  const name = seen.value.stdout.toString('utf8').trim()
  return ok(fetchers.find((one) => one === name) ?? null)
}

const lastLine = (text: string): string =>
  plainText(
    text
      .trim()
      .split(/[\r\n]+/)
      .at(-1) ?? '',
    300,
  )

/** A small text, e.g. a file of sums. */
export async function fetchText(session: Session, fetcher: Fetcher, url: string): Answer<string> {
  const ran = await session.exec(textCommand(fetcher, url), { timeoutMs: 120_000, maxBytes: 2 * 1024 * 1024 })
  if (!ran.ok) return err(byConnection(ran.error))
  if (ran.value.code === 0) return ok(ran.value.stdout.toString('utf8'))
  return err(failed(lastLine(ran.value.stderr.toString('utf8'))))
}

/** The size a server says a file has; null when it does not. */
export async function remoteSize(session: Session, fetcher: Fetcher, url: string): Promise<number | null> {
  const ran = await session.exec(headCommand(fetcher, url), { timeoutMs: 120_000, maxBytes: 256 * 1024 })
  if (!ran.ok || ran.value.code !== 0) return null
  return sizeOfHeaders(`${ran.value.stdout.toString('latin1')}\n${ran.value.stderr.toString('latin1')}`)
}

const unitOf = (path: string): string =>
  `drawbridge-fetch-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`

/**
 * Fetches into a file as a transient unit, which goes on when the connection breaks; called again it follows that one.
 * @param onSize told each second how much there is
 */
export async function fetchFile(
  session: Session,
  { fetcher, url, path, resume }: { fetcher: Fetcher; url: string; path: string; resume: boolean },
  { onSize, signal }: { onSize: (bytes: number) => void; signal: AbortSignal },
): Answer<void> {
  const script = fedScript('lib/host/scripts/run-unit.sh', unitOf(path), ...fetchCommand(fetcher, url, path, resume))
  const opened = await session.open(script.argv, { sudo: true, signal })
  if (!opened.ok) return err(byConnection(opened.error))
  const { stream, ended, close, stderrTail } = opened.value
  const decoder = new StringDecoder('utf8')
  let tail = ''
  stream.on('data', (chunk: Buffer) => (tail = (tail + decoder.write(chunk)).slice(-4096)))
  stream.on('error', () => {})
  stream.end(script.stdin)
  stream.resume()
  const watch = setInterval(() => {
    void fileSize(session, path).then((size) => {
      if (size.ok) onSize(size.value)
    })
  }, 1000)
  signal.addEventListener('abort', close, { once: true })
  const end = await ended
  clearInterval(watch)
  signal.removeEventListener('abort', close)
  if (!end.ok) return err(byConnection(end.error))
  return end.value.code === 0 ? ok(undefined) : err(failed(lastLine(tail) || lastLine(stderrTail())))
}

/** Ends what `fetchFile` began for this file, if it still runs. */
export async function stopFetching(session: Session, path: string): Promise<void> {
  await session.exec(['systemctl', 'stop', '--', `${unitOf(path)}.service`], { sudo: true })
}
