/** `./drawbridge up` as a person starts it: its own process group, its address read from what it prints. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

export interface Running {
  url: string
  /** From the command to its address on the terminal. */
  startMs: number
  output(): string
  /** Sends it to the process that was started, or, as a terminal does, to its whole group. Milliseconds until it ended. */
  end(signal: NodeJS.Signals, to?: 'process' | 'group'): Promise<{ code: number | null; ms: number }>
}

export interface UpOptions {
  data: string
  port: number
  env?: Record<string, string>
  /** Runs as this user, with nothing of root's. */
  user?: string
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const children = new Set<ChildProcess>()

/** Starts it; what it printed when it ended before it listened is thrown. */
export async function up({ data, port, env = {}, user }: UpOptions): Promise<Running> {
  const since = Date.now()
  const words = [join(root, 'drawbridge'), 'up', '--port', String(port), '--data', data]
  const argv =
    user === undefined
      ? words
      : ['setpriv', '--reuid', user, '--regid', 'nogroup', '--clear-groups', '--reset-env', ...words]
  const [file = '', ...args] = argv
  const child = spawn(file, args, { cwd: '/', detached: true, env: { ...process.env, ...env } })
  children.add(child)
  let text = ''
  const listens = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (/^ {2}Drawbridge {2}http.*\n(?: .*\n)*\n/m.test(text)) listens.resolve()
    })
  child.once('close', (code) => {
    children.delete(child)
    listens.reject(new Error(`it ended with ${code}: ${text.trim()}`))
  })
  await listens.promise
  const startMs = Date.now() - since
  return {
    url: `http://127.0.0.1:${port}`,
    startMs,
    output: () => text,
    async end(signal, to = 'process') {
      const from = Date.now()
      const ended = once(child, 'close')
      const { pid } = child
      if (pid === undefined) throw new Error('it has no pid')
      process.kill(to === 'group' ? -pid : pid, signal)
      const [code] = (await ended) as [number | null]
      return { code, ms: Date.now() - from }
    },
  }
}

/** One of the short commands, to its end. */
export function command(
  args: string[],
  env: Record<string, string> = {},
): { code: number | null; stdout: string; stderr: string } {
  const ran = spawnSync(join(root, 'drawbridge'), args, { encoding: 'utf8', cwd: '/', env: { ...process.env, ...env } })
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr }
}

/** Pids of everything that works in this directory: the servers of its cluster. */
export const processesIn = (directory: string): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)
      } catch {
        return false
      }
    })

/** What a failed test left running: only what was started here, by its pid. */
export function endAll(): void {
  for (const { pid } of children) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}
