/**
 * The process: an HTTP server in front of Next, nothing else.
 *
 * What the product does starts in `instrumentation.ts`, which Next runs once while it prepares. Here live only the
 * things Next leaves to whoever owns the socket: whose address a request came from, what to do with an upgrade nobody
 * asked for, and how to stop.
 */
import { createServer, type IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { parseArgs } from 'node:util'
import next from 'next'
import { readServerOptions } from './lib/server/options.ts'
import { callShutdown, whenBooted } from './lib/server/lifecycle.ts'
import { forwardedFor } from './lib/server/peer.ts'
import { upgradeHandler } from './lib/server/upgrades.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    data: { type: 'string' },
    dev: { type: 'boolean', default: false },
  },
})
const read = readServerOptions(values, process.env)
if (!read.ok) {
  process.stderr.write(`drawbridge: ${read.error}\n`)
  process.exit(2)
}
const options = read.value
process.env.DRAWBRIDGE_DATA = options.dataDir
process.env.NEXT_TELEMETRY_DISABLED = '1'

/** A stuck stream must not keep the process: systemd would wait 90 s, a person far less. */
const stopLimitMs = 30_000

const app = next({
  dev: values.dev,
  dir: import.meta.dirname,
  hostname: options.host,
  port: options.port,
  // Next adds a listener for upgrades to the server of the first request, and would end ours. It may have this one.
  httpServer: new Server(),
})
const started = app.prepare().then(whenBooted)

let server: Server | null = null
let stopping = false
/** Asked while it still starts, it waits for that: what has begun to run could not be stopped in order otherwise. */
async function stop(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  setTimeout(() => process.exit(code || 1), stopLimitMs).unref()
  await started.catch(() => undefined)
  server?.close()
  server?.closeIdleConnections()
  await callShutdown()
  server?.closeAllConnections()
  process.exit(code)
}
process.on('SIGTERM', () => void stop(0))
process.on('SIGINT', () => void stop(0))
process.on('SIGHUP', () => void stop(0))

const notice = await started.catch((failure: unknown) => {
  process.stderr.write(`drawbridge: ${failure instanceof Error ? failure.message : String(failure)}\n`)
  process.exit(1)
})
const handle = app.getRequestHandler()
const upgrade = app.getUpgradeHandler()

server = createServer((request, response) => {
  request.headers['x-forwarded-for'] = forwardedFor(request, options.trustedProxies)
  handle(request, response).catch(() => response.destroy())
})

// Next leaves upgrades it does not know hanging, for ever.
server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
  const handler = upgradeHandler(request.url)
  if (handler !== null) {
    request.headers['x-forwarded-for'] = forwardedFor(request, options.trustedProxies)
    return handler(request, socket, head)
  }
  const isHotReload = values.dev && request.url?.startsWith('/_next/')
  if (isHotReload) upgrade(request, socket, head).catch(() => socket.destroy())
  else socket.destroy()
})

server.on('error', (failure: NodeJS.ErrnoException) => {
  const where = `${options.host}:${options.port}`
  const why =
    failure.code === 'EADDRINUSE'
      ? `${where} is in use; choose another port with --port, or stop what listens there.`
      : failure.code === 'EACCES'
        ? `may not listen on ${where}; ports below 1024 need root.`
        : `cannot listen on ${where}: ${failure.message}`
  process.stderr.write(`drawbridge: ${why}\n`)
  void stop(1)
})

const announce = (): void => {
  const shown = options.host === '0.0.0.0' || options.host === '::' ? 'localhost' : options.host
  const address = `http://${shown.includes(':') ? `[${shown}]` : shown}:${options.port}`
  process.stdout.write(`\n  Drawbridge  ${address}\n`)
  if (notice.setupToken !== null)
    process.stdout.write(`  Set-up      ${address}/setup#${notice.setupToken}\n              (once, within 24 h)\n`)
  process.stdout.write('\n')
}
if (!stopping) server.listen(options.port, options.host, announce)
