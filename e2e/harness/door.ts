/** For tests: the API over a real, new store, without a server in front. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '../../lib/access/can.ts'
import { forgetAuth } from '../../lib/auth/auth.ts'
import type { MadeApiToken } from '../../lib/contract/account.ts'
import { jobRunner } from '../../lib/jobs/runner.ts'
import { prepareJob } from '../../lib/services/hosts/prepare-job.ts'
import { creationJobs } from '../../lib/services/vms/create/jobs.ts'
import { migrateJob } from '../../lib/services/vms/migration/job.ts'
import { saveJob } from '../../lib/services/vms/save.ts'
import { snapshotJob } from '../../lib/services/vms/snapshots/job.ts'
import { cloneVolumeJob } from '../../lib/services/storage/clone-job.ts'
import { fetchImageJob } from '../../lib/services/storage/fetch-job.ts'
import { forgetClaimed } from '../../lib/services/setup/state.ts'
import { ensureSetupToken } from '../../lib/services/setup/token.ts'
import { openStore } from '../../lib/store/db.ts'
import { app } from '../../lib/api/app.ts'

const origin = 'http://drawbridge.test'

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects by asserting it
  body: any
  text: string
  headers: Headers
}

export interface Sender {
  /** A bearer token. */
  token?: string
  /** `name=value` pairs. */
  cookies?: string
  address?: string
  headers?: Record<string, string>
}

export interface Door {
  dir: string
  origin: string
  call(method: string, path: string, body?: unknown, sender?: Sender): Promise<Answer>
  /** The answer as it comes, for streams. */
  raw(method: string, path: string, sender: Sender, signal?: AbortSignal): Promise<Response>
  setupToken(): Promise<string>
  /** Claims it and answers the first admin's cookies. */
  claim(): Promise<string>
  tokenOf(role: Role, admin: string): Promise<string>
  close(): Promise<void>
}

export const admin = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' }

/** The cookies an answer sets, as a browser would send them back; forgotten ones are left out. */
export const cookiesOf = ({ headers }: { headers: Headers }, held = ''): string => {
  const jar = new Map(held.split('; ').flatMap((pair) => (pair === '' ? [] : [splitPair(pair)])))
  for (const line of headers.getSetCookie()) {
    const [pair = ''] = line.split(';')
    const [name, value] = splitPair(pair)
    if (/max-age=0/i.test(line) || value === '') jar.delete(name)
    else jar.set(name, value)
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}
const splitPair = (pair: string): [string, string] => [
  pair.slice(0, pair.indexOf('=')),
  pair.slice(pair.indexOf('=') + 1),
]

export async function openDoor(): Promise<Door> {
  const dir = await mkdtemp(join(tmpdir(), 'drawbridge-door-'))
  const opened = await openStore({ dataDir: dir })
  if (!opened.ok) throw new Error(opened.error.title)
  const store = opened.value
  const now = () => new Date()
  await jobRunner().start({
    kinds: [
      prepareJob(now),
      saveJob(now),
      snapshotJob(now),
      migrateJob(now),
      cloneVolumeJob(now),
      fetchImageJob(now),
      ...creationJobs(now),
    ],
  })
  await ensureSetupToken(new Date())
  const raw: Door['raw'] = (method, path, { token, cookies, address = '192.0.2.1', headers = {} }, signal) =>
    send(method, path, undefined, { token, cookies, address, headers }, signal)
  const door: Door = {
    dir,
    origin,
    raw,
    async call(method, path, body, sender = {}) {
      const answer = await send(method, path, body, { address: '192.0.2.1', headers: {}, ...sender })
      const text = await answer.text()
      const isJson = /json/.test(answer.headers.get('content-type') ?? '')
      return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : null }
    },
    setupToken: async () => (await readFile(join(dir, 'setup-token'), 'utf8')).trim(),
    async claim() {
      const claimed = await door.call('POST', '/setup', { token: await door.setupToken(), ...admin })
      if (claimed.status !== 201) throw new Error(`not claimed: ${claimed.text}`)
      return cookiesOf(claimed)
    },
    async tokenOf(role, cookies) {
      const made = await door.call('POST', '/tokens', { name: role, role }, { cookies })
      return (made.body as MadeApiToken).token
    },
    async close() {
      await jobRunner().stop()
      await store.close()
      forgetAuth()
      forgetClaimed()
      await rm(dir, { recursive: true, force: true })
    },
  }
  return door
}

async function send(
  method: string,
  path: string,
  body: unknown,
  { token, cookies, address = '', headers = {} }: Sender,
  signal?: AbortSignal,
): Promise<Response> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
  return app.fetch(
    new Request(`${origin}/api/v1${path}`, {
      method,
      headers: {
        host: new URL(origin).host,
        'x-forwarded-for': address,
        ...(method === 'GET' ? {} : { origin }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(cookies === undefined ? {} : { cookie: cookies }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? (body as BodyInit) : JSON.stringify(body), duplex: 'half' }),
      ...(signal === undefined ? {} : { signal }),
    }),
  )
}
