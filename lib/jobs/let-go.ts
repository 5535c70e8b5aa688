import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'

/** Letting go is one statement, a few ms; after these looks the poll finds the next job. */
const lookMs = 5
const looks = 100

/**
 * Resolves once the queue has let go of a job. It looks for the next one before that, so without a nudge the next job
 * of the same host would wait for the poll.
 */
export async function afterLetGo(pool: pg.Pool, queueJobId: string): Promise<void> {
  for (let look = 0; look < looks; look++) {
    const { rows } = await pool.query<{ held: boolean }>(
      'SELECT locked_at IS NOT NULL AS held FROM graphile_worker.jobs WHERE id = $1',
      [queueJobId],
    )
    if (rows[0]?.held !== true) return
    await pause(lookMs)
  }
}
