import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { fetchImageSchema } from '../../contract/storage.ts'
import { fetcherOf, fetchFile, fetchText, remoteSize, stopFetching } from '../../host/fetch-file.ts'
import { fileSize, freeBytes, removeFile, type FileFailure } from '../../host/image-files.ts'
import type { JobKind } from '../../jobs/kind.ts'
import { Problem } from '../../kit/problem.ts'
import type { Session } from '../../ssh/session.ts'
import { getHost, type HostRow } from '../../store/hosts.ts'
import { publishedName, type Fetcher } from '../../vm/image-address.ts'
import { unfinishedName } from '../../vm/image-file.ts'
import { findSum, type SumAlgorithm } from '../../vm/image-sums.ts'
import { sizeText, spaceRefusal } from '../../vm/volume.ts'
import { sessionOf } from '../hosts/target.ts'
import { sshProblem } from '../ssh-problem.ts'
import { requireSum, takeImage } from './take-image.ts'
import { findPool, openStorage, requireFilePool } from './situation.ts'
import { fileProblem, stored } from './storage-problem.ts'

export const fetchImageKind = 'storage.fetch'

const inputSchema = z.object({
  pool: z.string(),
  name: z.string(),
  url: z.string(),
  checksum: fetchImageSchema.shape.checksum,
  fingerprint: z.string(),
})
type Input = z.output<typeof inputSchema>

// A large image over a slow line.
const limitMs = 12 * 3600_000
/** How long a host may be away while it fetches: it goes on meanwhile. */
const patienceMs = [1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000]

export const fetchImageJob = (now: () => Date): JobKind => ({
  kind: fetchImageKind,
  cancellable: true,
  resumable: true,
  limitMs,
  async run({ hostId, input, attempt, step, log, progress, signal }) {
    const asked = inputSchema.parse(input)
    const host = hostId === null ? null : await getHost(hostId)
    if (host === null) throw new Problem({ code: 'no-host', kind: 'not-found', title: 'The host was removed.' })
    const situation = await openStorage(host, now)
    const pool = findPool(situation, asked.pool)
    const directory = requireFilePool(pool)
    const part = `${directory}/${unfinishedName({ ...asked, sizeBytes: 0 })}`
    try {
      const known = await step('look', () => look(situation.session, directory, asked, log))
      await step('fetch', async () => {
        await fetchPatiently(host, { ...asked, part, fetcher: known.fetcher, resume: attempt > 1 }, signal, (bytes) => {
          if (known.sizeBytes !== null) progress(Math.min(0.95, (bytes / known.sizeBytes) * 0.95))
        })
        const got = stored(await fileSize(await sessionOf(host), part), 'Looking at what came')
        log(`${sizeText(got)} came.`)
      })
      await step('check', async () => {
        if (known.sum === null) return log('No sum was given: it is taken as it came.')
        await requireSum(await sessionOf(host), part, known.sum, signal)
        log(`Its ${known.sum.algorithm} is right.`)
      })
      return await step('take', () => takeImage(host, pool.ref, { part, name: asked.name, directory, now }))
    } catch (failure) {
      // At the next start it goes on with what is there.
      const isPutOff = signal.aborted && (signal.reason as Error).cause === 'stop'
      if (!isPutOff) await clear(host, part)
      throw failure
    }
  },
})

interface Known {
  fetcher: Fetcher
  sizeBytes: number | null
  sum: { algorithm: SumAlgorithm; value: string } | null
}

async function look(session: Session, directory: string, asked: Input, log: (text: string) => void): Promise<Known> {
  const fetcher = stored(await fetcherOf(session), 'Looking for curl, wget or python3')
  if (fetcher === null)
    throw new Problem({
      code: 'no-fetcher',
      kind: 'conflict',
      title: 'The host has neither curl nor wget nor python3. Install one of them, or upload the image.',
    })
  const sum = await sumOf(session, fetcher, asked, log)
  const sizeBytes = await remoteSize(session, fetcher, asked.url)
  log(`By ${fetcher}, ${sizeBytes === null ? 'of unknown size' : sizeText(sizeBytes)}: ${asked.url}`)
  const free = stored(await freeBytes(session, directory), 'Looking for free space')
  const lacks = sizeBytes === null ? null : spaceRefusal(sizeBytes, free)
  if (lacks === null) return { fetcher, sizeBytes, sum }
  throw new Problem({ code: 'no-space', kind: 'conflict', title: lacks })
}

async function sumOf(
  session: Session,
  fetcher: Fetcher,
  { checksum, url }: Input,
  log: (text: string) => void,
): Promise<Known['sum']> {
  if (checksum === null || 'value' in checksum) return checksum
  const { algorithm, sumsUrl } = checksum
  const text = await fetchText(session, fetcher, sumsUrl)
  if (!text.ok) throw fetchProblem(text.error, sumsUrl)
  const value = findSum(text.value, algorithm, publishedName(url))
  if (value === null)
    throw new Problem({
      code: 'no-sum',
      kind: 'conflict',
      title: `${sumsUrl} has no ${algorithm} of ${publishedName(url)}. Look there for the sum and give it by hand.`,
    })
  log(`Published at ${sumsUrl}: ${value}`)
  return { algorithm, value }
}

interface Wanted {
  url: string
  part: string
  fetcher: Fetcher
  resume: boolean
}

/** Follows it over connections that break. */
async function fetchPatiently(
  host: HostRow,
  { url, part, fetcher, resume }: Wanted,
  signal: AbortSignal,
  onSize: (bytes: number) => void,
): Promise<void> {
  for (let again = 0; ; again++) {
    const failure = await fetchOnce(host, { url, part, fetcher, resume: resume || again > 0 }, signal, onSize)
    if (failure === null) return
    signal.throwIfAborted()
    const waitMs = patienceMs[again]
    if (failure.code !== 'connection' || waitMs === undefined) throw fetchProblem(failure, url)
    await pause(waitMs, undefined, { signal })
  }
}

async function fetchOnce(
  host: HostRow,
  { url, part, fetcher, resume }: Wanted,
  signal: AbortSignal,
  onSize: (bytes: number) => void,
): Promise<FileFailure | null> {
  const session = await sessionOf(host).catch(() => null)
  if (session === null) return { code: 'connection', said: `${host.name} is not reached.` }
  const there = await fileSize(session, part)
  const hasBegun = there.ok && there.value > 0
  const fetched = await fetchFile(session, { fetcher, url, path: part, resume: resume && hasBegun }, { onSize, signal })
  return fetched.ok ? null : fetched.error
}

function fetchProblem(failure: FileFailure, url: string): Problem {
  if (failure.ssh !== undefined) return sshProblem(failure.ssh)
  if (failure.code !== 'failed') return fileProblem(failure, 'The image')
  const { host } = new URL(url)
  return new Problem({
    code: 'fetch-failed',
    kind: 'conflict',
    title: `The host could not fetch it from ${host}: ${failure.said}`,
  })
}

async function clear(host: HostRow, part: string): Promise<void> {
  const session = await sessionOf(host).catch(() => null)
  if (session === null) return
  await stopFetching(session, part)
  await removeFile(session, part)
}
