'use client'
import { useSyncExternalStore } from 'react'
import type { Checksum, Upload } from '../contract/storage.ts'
import { once } from '../kit/once.ts'
import { api, given } from './client.ts'
import { ProblemError, problemOf } from './problem-error.ts'

/**
 * Uploads of this page. They go on while other pages of Drawbridge are looked at; a page that is loaded anew has lost
 * the file, and goes on where the host is once the same file is chosen again.
 */

export type UploadState = 'sending' | 'waiting' | 'paused' | 'checking' | 'done' | 'failed'

export interface RunningUpload {
  key: string
  host: string
  pool: string
  name: string
  sizeBytes: number
  /** What the host has, and what is on its way. */
  sentBytes: number
  state: UploadState
  /** Why it waits or has failed, in the API’s own words. */
  reason: string | null
}

export interface WantedUpload {
  host: string
  pool: string
  name: string
  file: File
  checksum: Checksum | null
  /** Something of the host’s storage is different now. */
  onChanged: () => void
}

interface Held {
  wanted: WantedUpload
  id: string | null
  stop: AbortController
}

class Uploads {
  #shown: readonly RunningUpload[] = []
  readonly #held = new Map<string, Held>()
  readonly #listeners = new Set<() => void>()

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  snapshot = (): readonly RunningUpload[] => this.#shown

  start(wanted: WantedUpload): void {
    const { host, pool, name, file } = wanted
    const key = `${host}/${pool}/${name}`
    if (this.#shown.some((one) => one.key === key && one.state !== 'failed' && one.state !== 'done')) return
    this.#held.set(key, { wanted, id: null, stop: new AbortController() })
    const fresh = { key, host, pool, name, sizeBytes: file.size, sentBytes: 0, state: 'sending', reason: null } as const
    this.#shown = [...this.#shown.filter((one) => one.key !== key), fresh]
    this.#tell()
    void this.#run(key)
  }

  pause(key: string): void {
    this.#held.get(key)?.stop.abort()
    this.#show(key, { state: 'paused', reason: null })
  }

  goOn(key: string): void {
    const held = this.#held.get(key)
    if (held === undefined) return
    held.stop = new AbortController()
    this.#show(key, { state: 'sending', reason: null })
    void this.#run(key)
  }

  /** Stops it and removes what has come. */
  async giveUp(key: string): Promise<void> {
    const held = this.#held.get(key)
    held?.stop.abort()
    this.dismiss(key)
    if (held === undefined || held.id === null) return
    const { host, pool, onChanged } = held.wanted
    // What is left on the host is listed there, with a way to remove it.
    await api.hosts[':host'].pools[':pool'].uploads[':upload']
      .$delete({ param: { host, pool, upload: held.id } })
      .catch(() => {})
    onChanged()
  }

  dismiss(key: string): void {
    this.#held.delete(key)
    this.#shown = this.#shown.filter((one) => one.key !== key)
    this.#tell()
  }

  async #run(key: string): Promise<void> {
    const held = this.#held.get(key)
    if (held === undefined) return
    const { signal } = held.stop
    let askedToFinish = false
    for (let failures = 0; !signal.aborted; failures++)
      try {
        await this.#attempt(
          key,
          held,
          signal,
          () => (askedToFinish = true),
          () => (failures = 0),
        )
        return this.#done(key, held)
      } catch (failure) {
        if (signal.aborted) return
        if (askedToFinish && (await isThere(held.wanted))) return this.#done(key, held)
        const reason = failure instanceof Error ? failure.message : String(failure)
        if (!mayPass(failure)) {
          held.wanted.onChanged()
          return this.#show(key, { state: 'failed', reason })
        }
        this.#show(key, { state: 'waiting', reason })
        await waited(Math.min(15_000, 500 * 2 ** failures), signal)
      }
  }

  async #attempt(key: string, held: Held, signal: AbortSignal, onFinish: () => void, onProgress: () => void) {
    const { host, pool, name, file, checksum } = held.wanted
    let stands = await given(
      api.hosts[':host'].pools[':pool'].uploads.$post({
        param: { host, pool },
        json: { name, sizeBytes: file.size, fingerprint: await fingerprintOf(file) },
      }),
    )
    held.id = stands.id
    held.wanted.onChanged()
    const at = `/api/v1/hosts/${encodeURIComponent(host)}/pools/${encodeURIComponent(pool)}/uploads/${encodeURIComponent(stands.id)}`
    while (stands.receivedBytes < file.size) {
      const from = stands.receivedBytes
      this.#show(key, { state: 'sending', reason: null, sentBytes: from })
      const chunk = file.slice(from, from + stands.chunkBytes)
      stands = await sendChunk(`${at}?offset=${from}`, chunk, signal, (sent) =>
        this.#show(key, { sentBytes: from + sent }),
      )
      onProgress()
    }
    this.#show(key, { state: 'checking', reason: null, sentBytes: file.size })
    onFinish()
    await given(
      api.hosts[':host'].pools[':pool'].uploads[':upload'].finish.$post(
        { param: { host, pool, upload: stands.id }, json: { checksum } },
        { init: { signal } },
      ),
    )
  }

  #done(key: string, held: Held): void {
    this.#show(key, { state: 'done', reason: null, sentBytes: held.wanted.file.size })
    this.#held.delete(key)
    held.wanted.onChanged()
  }

  #show(key: string, change: Partial<RunningUpload>): void {
    this.#shown = this.#shown.map((one) => (one.key === key ? { ...one, ...change } : one))
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Failures that are over by themselves: the way to Drawbridge or to the host is cut, or somebody else is at it. */
function mayPass(failure: unknown): boolean {
  if (!(failure instanceof ProblemError)) return false
  return (
    [0, 408, 429, 502, 503, 504].includes(failure.status) ||
    ['upload-busy', 'upload-cut', 'upload-offset', 'upload-incomplete'].includes(failure.code)
  )
}

async function isThere({ host, name, pool, file }: WantedUpload): Promise<boolean> {
  const images = await given(api.hosts[':host'].images.$get({ param: { host } })).catch(() => null)
  const isUnfinished = images?.unfinished.some((one) => one.name === name && one.pool === pool) ?? true
  if (isUnfinished) return false
  return images?.items.some((one) => one.name === name && one.pool === pool && one.sizeBytes <= file.size * 2) ?? false
}

/** Fetch tells nothing while it sends; an old request does. */
function sendChunk(url: string, chunk: Blob, signal: AbortSignal, onSent: (bytes: number) => void): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    signal.addEventListener('abort', abort, { once: true })
    request.open('PATCH', url)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.addEventListener('progress', ({ loaded }) => onSent(Math.min(loaded, chunk.size)))
    request.addEventListener('loadend', () => {
      signal.removeEventListener('abort', abort)
      if (request.status === 0) return reject(new ProblemError(0, null))
      if (request.status === 200) return resolve(JSON.parse(request.responseText) as Upload)
      void problemOf(new Response(request.responseText, { status: request.status })).then(reject)
    })
    request.send(chunk)
  })
}

const waited = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

const sampleBytes = 64 * 1024

/** Tells files apart that have the same name and size. Not a checksum: those are compared on the host. */
async function fingerprintOf(file: File): Promise<string> {
  const ends = [file.slice(0, sampleBytes), file.slice(Math.max(0, file.size - sampleBytes))]
  let hash = 0xcbf29ce484222325n
  for (const end of ends)
    for (const byte of new Uint8Array(await end.arrayBuffer()))
      hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return `${file.size} ${file.lastModified} ${hash.toString(16)}`
}

export const uploads = (): Uploads => once('wire-uploads', () => new Uploads())
const none: readonly RunningUpload[] = []

/** The uploads of this page to a host. */
export function useUploads(host: string): readonly RunningUpload[] {
  const all = useSyncExternalStore(uploads().subscribe, uploads().snapshot, () => none)
  return all.filter((one) => one.host === host)
}
