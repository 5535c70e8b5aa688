import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { err, ok, type Result } from '../kit/result.ts'
import { awaitCommandLock, lockDataDir, makeDataDir, type DataDir } from './data-dir.ts'
import { embeddedConnection, startEmbeddedPostgres } from './embedded-postgres.ts'
import { reasonOf, type StoreFailure } from './failure.ts'

export interface DatabaseOptions {
  /** Absolute. */
  dataDir: string
  /** An external PostgreSQL 15 or newer; without it the embedded one is started. */
  databaseUrl?: string | undefined
}

/** An open database: nothing of Drawbridge need be in it yet. */
export interface Database {
  dir: DataDir
  kind: 'embedded' | 'external'
  connection: pg.ClientConfig
  pool: pg.Pool
  /** Ends the connections, stops the embedded server and gives the data directory back. */
  close(): Promise<void>
}

const leastVersion = 15
/** Of the embedded server's 40 connections; the rest is for the job runner, listeners and a backup beside us. */
const poolSize = 20
/** Whoever has the directory may be starting its server, or stopping. The first start of all takes about 2 s. */
const joinLimitMs = 20_000

/** Takes the data directory for this process and opens its database. */
export async function openDatabase({ dataDir, databaseUrl }: DatabaseOptions): Promise<Result<Database, StoreFailure>> {
  const dir = makeDataDir(dataDir)
  if (!dir.ok) return dir
  const lock = lockDataDir(dir.value.path)
  if (!lock.ok) return lock
  if (databaseUrl !== undefined && databaseUrl !== '') {
    const opened = await connect(dir.value, 'external', { connectionString: databaseUrl })
    if (!opened.ok) return (lock.value.release(), opened)
    return ok(closingToo(opened.value, async () => lock.value.release()))
  }
  const server = await startEmbeddedPostgres(dir.value)
  if (!server.ok) return (lock.value.release(), server)
  const close = (): Promise<void> => server.value.stop().finally(() => lock.value.release())
  const opened = await connect(dir.value, 'embedded', { ...server.value.connection })
  if (!opened.ok) return (await close(), opened)
  return ok(closingToo(opened.value, close))
}

const closingToo = (database: Database, also: () => Promise<void>): Database => ({
  ...database,
  close: async () => {
    try {
      await database.close()
    } finally {
      await also()
    }
  },
})

/**
 * Opens the database beside the process that has the data directory, if one has; else takes it. For the short
 * commands of an administrator, which work while the server runs or not, one after the other.
 */
export async function joinDatabase(options: DatabaseOptions): Promise<Result<Database, StoreFailure>> {
  const dir = makeDataDir(options.dataDir)
  if (!dir.ok) return dir
  const turn = awaitCommandLock(dir.value.path)
  if (!turn.ok) return turn
  const joined = await takeOrJoin(options, dir.value)
  if (!joined.ok) return (turn.value.release(), joined)
  return ok(closingToo(joined.value, async () => turn.value.release()))
}

async function takeOrJoin(options: DatabaseOptions, dir: DataDir): Promise<Result<Database, StoreFailure>> {
  for (const until = Date.now() + joinLimitMs; ; await pause(100)) {
    const opened = await openDatabase(options)
    if (opened.ok || opened.error.code !== 'in-use') return opened
    const joined = options.databaseUrl
      ? await connect(dir, 'external', { connectionString: options.databaseUrl })
      : await connect(dir, 'embedded', { ...embeddedConnection(dir) })
    if (joined.ok || options.databaseUrl || Date.now() > until) return joined
  }
}

async function connect(
  dir: DataDir,
  kind: Database['kind'],
  where: pg.ClientConfig,
): Promise<Result<Database, StoreFailure>> {
  let pool: pg.Pool
  try {
    const connection = {
      ...where,
      application_name: 'drawbridge',
      connectionTimeoutMillis: 10_000,
      idle_in_transaction_session_timeout: 120_000,
    }
    pool = new pg.Pool({ ...connection, max: poolSize })
    // A connection that dies while idle is replaced at the next use; without a listener it would end the process.
    pool.on('error', () => undefined)
    // The same while it is lent: who uses it sees the query fail.
    pool.on('connect', (client) => void client.on('error', () => undefined))
    const { rows } = await pool.query<{ version: string }>("SELECT current_setting('server_version_num') AS version")
    const major = Math.floor(Number(rows[0]?.version) / 10_000)
    if (major >= leastVersion) return ok({ dir, kind, connection, pool, close: () => pool.end() })
    await pool.end()
    return err({
      code: 'database-version',
      title: `The database is PostgreSQL ${major}; Drawbridge needs ${leastVersion} or newer.`,
    })
  } catch (failure) {
    const title =
      kind === 'embedded'
        ? `The embedded PostgreSQL does not answer: ${reasonOf(failure)}. Its log is ${dir.serverLog}.`
        : `The database of DATABASE_URL cannot be reached: ${reasonOf(failure)}. Check the address, the user and the password in it.`
    return err({ code: 'database-unreachable', title })
  }
}
