import type pg from 'pg'

/** Logs are wanted while a change is fresh; beyond that only what was done and how it ended. */
const jobsWithEvents = 1000
const jobsKept = 20_000

/** Drops the events of all but the newest ended jobs, and the oldest ended jobs themselves. */
export async function prune(pool: pg.Pool, keep = { withEvents: jobsWithEvents, jobs: jobsKept }): Promise<void> {
  const beyond = `SELECT id FROM "Job" WHERE "endedAt" IS NOT NULL ORDER BY "createdAt" DESC, id DESC OFFSET $1`
  await pool.query(`DELETE FROM "JobEvent" WHERE "jobId" IN (${beyond})`, [keep.withEvents])
  await pool.query(`DELETE FROM "Job" WHERE id IN (${beyond})`, [keep.jobs])
}
