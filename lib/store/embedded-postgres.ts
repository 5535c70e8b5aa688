/**
 * Our own PostgreSQL server: one cluster in the data directory, reached over a Unix socket in the cluster's own 0700
 * folder, peer authentication, no TCP. Starting recovers what a crash left; stopping is a fast shutdown.
 */
import { spawn } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { err, ok, type Result } from '../kit/result.ts'
import {
  clearStalePid,
  clusterName as name,
  clusterPort as port,
  makeCluster,
  postmaster,
  serverEnv,
  serverProcesses,
  signal,
  writeAccess,
} from './cluster.ts'
import type { DataDir } from './data-dir.ts'
import { reasonOf, type StoreFailure } from './failure.ts'
import { postgresAccount, type Account } from './postgres-account.ts'
import { type Binaries, postgresBinaries } from './postgres-binaries.ts'

export interface EmbeddedPostgres {
  connection: Connection
  /** Pid of the postmaster, or null while it is down. */
  pid(): number | null
  stop(): Promise<void>
}

export interface Connection {
  host: string
  port: number
  user: string
  database: string
}

/**
 * Sized for one small application: 22–26 MB resident when idle. More buffers gain nothing at our sizes;
 * io workers would be three more processes.
 */
const settings = {
  listen_addresses: '',
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  port: String(port),
  shared_buffers: '32MB',
  max_connections: '40',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  jit: 'off',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
}

/**
 * Between two looks at a server that is starting or stopping. Shorter burns CPU that recovery wants; longer is felt at
 * every start.
 */
const lookMs = 20
/** Recovery took 0.1–0.9 s after 200 power cuts. Too short refuses a large database; too long only delays bad news. */
const startLimitMs = 120_000
/** Orphans of a killed postmaster end by themselves within milliseconds, unless one is deep in a query. */
const orphanLimitMs = 5000
/** A fast shutdown writes one checkpoint of at most 32 MB of buffers. */
const stopLimitMs = 15_000
const logLimitBytes = 4 * 1024 * 1024

/** How to reach the server of this directory, whether it runs or not. */
export function embeddedConnection(dir: DataDir): Connection {
  return { host: socketDir(dir.cluster), port, user: name, database: name }
}

/** `sockaddr_un` holds 107 bytes; a deep directory is named through a descriptor of ours, which is short. */
function socketDir(cluster: string): string {
  if (Buffer.byteLength(`${cluster}/.s.PGSQL.${port}`) <= 107) return cluster
  if (!existsSync(cluster)) return cluster
  return `/proc/self/fd/${openSync(cluster, constants.O_RDONLY | constants.O_DIRECTORY)}`
}

/**
 * Starts the server of this directory, makes its cluster first when there is none, or adopts the server when one runs
 * already (a killed Drawbridge leaves it running). Restarts it when it dies, until `stop`. The caller holds the lock
 * of the directory.
 */
export async function startEmbeddedPostgres(dir: DataDir): Promise<Result<EmbeddedPostgres, StoreFailure>> {
  const account = postgresAccount(dir.cluster)
  if (!account.ok) return account
  const binaries = postgresBinaries(dir.path, account.value)
  if (!binaries.ok) return binaries
  const made = makeCluster(dir, binaries.value, account.value)
  if (!made.ok) return made
  const connection = embeddedConnection(dir)
  const server = new Server(dir, binaries.value, account.value, connection)
  const started = await server.start()
  return started.ok ? ok({ connection, pid: () => postmaster(dir.cluster), stop: () => server.stop() }) : started
}

class Server {
  readonly #dir: DataDir
  readonly #binaries: Binaries
  readonly #account: Account
  readonly #connection: Connection
  /** Idle; that it ends is how we learn that the server did, whoever started it. */
  #sentinel: pg.Client | null = null
  #stopping = false

  constructor(dir: DataDir, binaries: Binaries, account: Account, connection: Connection) {
    this.#dir = dir
    this.#binaries = binaries
    this.#account = account
    this.#connection = connection
  }

  async start(): Promise<Result<void, StoreFailure>> {
    const deadline = Date.now() + startLimitMs
    let orphansSince: number | null = null
    let spawned: { ended: boolean } | null = null
    let spawns = 0
    for (;;) {
      if (this.#stopping) return ok(undefined)
      const reached = await this.#reach()
      if (reached === 'yes') return ok(undefined)
      if (Date.now() > deadline) return err(this.#notStarted(`It did not answer within ${startLimitMs / 1000} s.`))
      if (reached !== 'no-server' && reached !== 'not-yet') return err(this.#notStarted(reached.why))
      if (reached === 'no-server' && (spawned === null || spawned.ended)) {
        const pids = serverProcesses(this.#dir.cluster)
        if (pids.length === 0) {
          if (++spawns > 3) return err(this.#notStarted('It ended at once, three times.'))
          spawned = this.#spawn()
          orphansSince = null
        } else {
          orphansSince ??= Date.now()
          // Without a postmaster they serve nobody; a new one may not start beside them.
          if (Date.now() - orphansSince > orphanLimitMs) for (const pid of pids) signal(pid, 'SIGQUIT')
        }
      }
      await pause(lookMs)
    }
  }

  /** Connects the sentinel, and makes the database when the cluster is new. */
  async #reach(): Promise<'yes' | 'no-server' | 'not-yet' | { why: string }> {
    const client = new pg.Client({ ...this.#connection, database: 'postgres', application_name: 'drawbridge sentinel' })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
      if (rowCount === 0) await client.query(`CREATE DATABASE ${name}`)
    } catch (failure) {
      await client.end().catch(() => undefined)
      const { code } = failure as { code?: string }
      if (code === 'ECONNREFUSED' || code === 'ENOENT') return 'no-server'
      // 57P03: starting up, recovering or shutting down. No code: the connection was cut while it did so.
      if (code === undefined || code === '57P03' || code === 'ECONNRESET' || code === 'EPIPE' || code === '57P01')
        return 'not-yet'
      return { why: reasonOf(failure) }
    }
    client.once('end', () => {
      if (this.#sentinel !== client) return
      this.#sentinel = null
      if (!this.#stopping) void this.#comeBack()
    })
    this.#sentinel = client
    return 'yes'
  }

  async #comeBack(): Promise<void> {
    for (let waitMs = 0; !this.#stopping; waitMs = Math.min(waitMs * 2 + 500, 30_000)) {
      if ((await this.start()).ok) return
      await pause(waitMs, undefined, { ref: false })
    }
  }

  #spawn(): { ended: boolean } {
    const { cluster, serverLog } = this.#dir
    writeAccess(cluster, this.#account)
    clearStalePid(cluster)
    if ((statSync(serverLog, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes)
      renameSync(serverLog, `${serverLog}.1`)
    const log = openSync(serverLog, 'a', 0o600)
    const state = { ended: false }
    // Its own process group: Ctrl-C in the terminal is for us; we stop the server when we are done with it.
    // Through /proc/self/cwd, because the account need not be able to walk the path to the directory.
    const child = spawn(
      this.#binaries.postgres,
      ['-D', '/proc/self/cwd', ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      {
        ...this.#account.drop,
        cwd: cluster,
        detached: true,
        stdio: ['ignore', log, log],
        env: serverEnv,
      },
    )
    closeSync(log)
    child.on('exit', () => (state.ended = true))
    child.on('error', () => (state.ended = true))
    child.unref()
    return state
  }

  async stop(): Promise<void> {
    this.#stopping = true
    const sentinel = this.#sentinel
    this.#sentinel = null
    await sentinel?.end().catch(() => undefined)
    const gone = async (limitMs: number): Promise<boolean> => {
      for (const until = Date.now() + limitMs; Date.now() < until; await pause(lookMs))
        if (serverProcesses(this.#dir.cluster).length === 0) return true
      return false
    }
    const pid = postmaster(this.#dir.cluster)
    if (pid !== null) signal(pid, 'SIGINT')
    if (await gone(stopLimitMs)) return
    for (const left of serverProcesses(this.#dir.cluster)) signal(left, 'SIGQUIT')
    await gone(stopLimitMs)
  }

  #notStarted(why: string): StoreFailure {
    const log = existsSync(this.#dir.serverLog)
      ? readFileSync(this.#dir.serverLog, 'utf8').trimEnd().split('\n').slice(-8).join('\n')
      : ''
    return {
      code: 'database-start',
      title: `The embedded PostgreSQL does not start: ${why} Its log is ${this.#dir.serverLog}.`,
      ...(log === '' ? {} : { detail: log }),
    }
  }
}
