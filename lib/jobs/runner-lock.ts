/**
 * Which queue workers live. The queue marks what a worker holds with the worker's id and would let go of it only after
 * four hours, so each process leaves its id in a row and holds an advisory lock of that name while it lives.
 */
import type pg from 'pg'

const prefix = 'job-runner:'
const lockSql = `hashtextextended($1, 0)`

/** Held by the session, so the database drops it when the process ends, however it ends. */
export async function holdRunner(client: pg.Client, runnerId: string): Promise<void> {
  await client.query(`SELECT pg_advisory_lock(${lockSql})`, [prefix + runnerId])
  await client.query(`INSERT INTO "Setting" (key, value) VALUES ($1, '{}') ON CONFLICT (key) DO NOTHING`, [
    prefix + runnerId,
  ])
}

/** Ids of the runners whose process is gone. */
export async function deadRunners(pool: pg.Pool, own: string): Promise<string[]> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query<{ key: string }>('SELECT key FROM "Setting" WHERE key LIKE $1 AND key <> $2', [
      `${prefix}%`,
      prefix + own,
    ])
    const dead: string[] = []
    for (const { key } of rows) {
      const tried = await client.query<{ got: boolean }>(`SELECT pg_try_advisory_lock(${lockSql}) AS got`, [key])
      if (tried.rows[0]?.got !== true) continue
      dead.push(key.slice(prefix.length))
      await client.query(`SELECT pg_advisory_unlock(${lockSql})`, [key])
    }
    return dead
  } finally {
    client.release()
  }
}

/** Lets go of what dead runners held, so that the queue delivers it again. */
export async function releaseRunners(pool: pg.Pool, runnerIds: string[]): Promise<void> {
  if (runnerIds.length === 0) return
  await pool.query('SELECT graphile_worker.force_unlock_workers($1)', [runnerIds])
  await pool.query('DELETE FROM "Setting" WHERE key = ANY($1)', [runnerIds.map((id) => prefix + id)])
}
