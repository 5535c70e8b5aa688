/** The product as its own process, on a free port and a temporary data directory: started, awaited, killed by pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Product {
  url: string
  dataDir: string
  /** What it printed so far, both streams. */
  output(): string
  setupToken(): Promise<string>
  /** SIGTERM; resolves with milliseconds until it was gone. Removes nothing. */
  stop(): Promise<number>
  /** SIGKILL of the process alone, as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same port and data. */
  restart(): Promise<void>
  /** Stops it and removes its data. */
  close(): Promise<void>
}

const root = join(import.meta.dirname, '..', '..')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function ready(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`the product ended with ${child.exitCode} before it was ready:\n${output()}`)
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.ok) return
    if (Date.now() > deadline) throw new Error(`the product was not ready after 60 s:\n${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export async function startProduct(env: Record<string, string> = {}): Promise<Product> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drawbridge-e2e-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let text = ''
  let child: ChildProcess

  const start = async (): Promise<void> => {
    child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'server.ts', '--port', String(port), '--data', dataDir],
      {
        cwd: root,
        // Whoever runs the tests may have an agent of their own.
        env: { ...process.env, SSH_AUTH_SOCK: undefined, NODE_ENV: 'production', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    await ready(url, child, () => text)
  }
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    const since = Date.now()
    if (child.exitCode !== null || child.signalCode !== null) return 0
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    return Date.now() - since
  }
  await start()
  return {
    url,
    dataDir,
    output: () => text,
    setupToken: async () => (await readFile(join(dataDir, 'setup-token'), 'utf8')).trim(),
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    restart: start,
    close: async () => {
      await end('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
