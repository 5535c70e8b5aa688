/**
 * Our own PostgreSQL server: one cluster in the data directory, reached over a Unix socket in the cluster's own 0700
 * folder, peer authentication, no TCP. Starting recovers what a crash left; stopping is a fast shutdown.
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { err, ok, type Result } from '../kit/result.ts'
import type { DataDir } from './data-dir.ts'
import { reasonOf, type StoreFailure } from './failure.ts'
import { postgresAccount, type Account } from './postgres-account.ts'
import { postgresBinaries, type Binaries } from './postgres-binaries.ts'

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

const name = 'drawbridge'
const port = 5432

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
/** Nothing of ours: no variable of the environment (PGDATA, LD_PRELOAD, a secret) reaches the server. */
const serverEnv = { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' } as unknown as NodeJS.ProcessEnv
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

/** A cluster is made aside and renamed: a killed initdb leaves a directory that nothing can use. */
function makeCluster(dir: DataDir, binaries: Binaries, account: Account): Result<void, StoreFailure> {
  const { cluster } = dir
  if (existsSync(join(cluster, 'PG_VERSION'))) {
    const major = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
    if (major === String(binaries.major)) return ok(undefined)
    return err({
      code: 'database-version',
      title: `${cluster} was made by PostgreSQL ${major}, this Drawbridge has ${binaries.major}. Make a backup with the Drawbridge that made it, and restore that into an empty data directory.`,
    })
  }
  if (existsSync(cluster) && readdirSync(cluster).length > 0)
    return err({
      code: 'data-dir',
      title: `${cluster} is not empty and is no PostgreSQL cluster. Move it away, or give another directory with --data DIR.`,
    })
  for (const left of readdirSync(dir.path))
    if (left.startsWith('postgres.new-')) rmSync(join(dir.path, left), { recursive: true, force: true })
  const fresh = join(dir.path, `postgres.new-${process.pid}`)
  mkdirSync(fresh, { mode: 0o700 })
  if (account.drop.uid !== undefined) chownSync(fresh, account.uid, account.gid)
  const options = [
    '--username',
    name,
    '--auth',
    'peer',
    '--encoding',
    'UTF8',
    '--locale-provider',
    'builtin',
    '--builtin-locale',
    'C.UTF-8',
    '--locale',
    'C',
    '--data-checksums',
    '--no-instructions',
  ]
  const { status, stderr, error } = spawnSync(binaries.initdb, ['-D', '/proc/self/cwd', ...options], {
    ...account.drop,
    cwd: fresh,
    encoding: 'utf8',
    env: serverEnv,
  })
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true })
    return err({
      code: 'database-start',
      title: `The database cannot be made in ${dir.path}. Look at the detail: often the disk is full or the directory is read-only.`,
      detail: (error?.message ?? stderr).trim().slice(-2000),
    })
  }
  renameSync(fresh, cluster)
  return ok(undefined)
}

/** Who may connect: the account, and root, which could read the files anyway. Renamed into place: the folder is not ours. */
function writeAccess(cluster: string, account: Account): void {
  const names = new Set([account.name, 'root'])
  const files = {
    'pg_hba.conf': `local all all peer map=${name}\n`,
    'pg_ident.conf': [...names].map((system) => `${name} "${system}" ${name}\n`).join(''),
  }
  for (const [file, text] of Object.entries(files)) {
    const fresh = join(cluster, `${file}.new`)
    rmSync(fresh, { force: true })
    writeFileSync(fresh, text, { mode: 0o644, flag: 'wx' })
    renameSync(fresh, join(cluster, file))
  }
}

const pidIn = (file: string): number | null => {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return pid > 0 ? pid : null
  } catch {
    return null
  }
}

/** Pid of the postmaster when it runs. */
function postmaster(cluster: string): number | null {
  const pid = pidIn(join(cluster, 'postmaster.pid'))
  return pid !== null && serverProcesses(cluster).includes(pid) ? pid : null
}

/** After a crash the number in a lock file may belong to somebody else by now, and PostgreSQL would believe it. */
function clearStalePid(cluster: string): void {
  for (const file of ['postmaster.pid', `.s.PGSQL.${port}.lock`]) {
    const pid = pidIn(join(cluster, file))
    if (pid !== null && existsSync(`/proc/${pid}`)) rmSync(join(cluster, file), { force: true })
  }
}

/** Pids of the server's processes of this cluster: each has it as its working directory. */
function serverProcesses(cluster: string): number[] {
  const wanted = realpathSync(cluster)
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`) === wanted &&
          readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

function signal(pid: number, name_: NodeJS.Signals): void {
  try {
    process.kill(pid, name_)
  } catch {
    // It ended meanwhile.
  }
}
