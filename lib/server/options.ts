import { resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { err, ok, type Result } from '../kit/result.ts'

export interface ServerOptions {
  host: string
  port: number
  /** Absolute. Everything Drawbridge keeps lies there. */
  dataDir: string
  /** Addresses whose `X-Forwarded-For` is believed, e.g. a reverse proxy on this machine. */
  trustedProxies: string[]
}

interface Flags {
  port?: string | undefined
  host?: string | undefined
  data?: string | undefined
}

/** Flags win over the environment. The error is a sentence for the terminal. */
export function readServerOptions(flags: Flags, env: Record<string, string | undefined>): Result<ServerOptions> {
  const portText = flags.port ?? env.DRAWBRIDGE_PORT ?? '3000'
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN
  if (!(port >= 1 && port <= 65535)) return err(`--port wants a number from 1 to 65535, not "${portText}".`)
  const trustedProxies = (env.DRAWBRIDGE_TRUSTED_PROXIES ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const wrong = trustedProxies.find((address) => !ipaddr.isValid(address))
  if (wrong !== undefined) return err(`DRAWBRIDGE_TRUSTED_PROXIES holds "${wrong}", which is not an IP address.`)
  const dataDir = flags.data ?? env.DRAWBRIDGE_DATA
  if (!dataDir) return err('no data directory: start it with ./drawbridge up, or give --data DIR.')
  return ok({ host: flags.host ?? env.DRAWBRIDGE_HOST ?? '127.0.0.1', port, dataDir: resolve(dataDir), trustedProxies })
}
