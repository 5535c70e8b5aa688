import type pg from 'pg'
import { getJob } from '../store/jobs.ts'
import { failUnrun } from './run-job.ts'

const orphaned = {
  code: 'interrupted',
  title: 'This job was not finished when the backup was made, and was not run again.',
  detail: null,
}

/** Jobs without a place in the queue, as after a restore from a backup, would wait for ever. */
export async function failOrphans(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM "Job" WHERE state IN ('queued', 'running')
     AND NOT EXISTS (SELECT 1 FROM graphile_worker.jobs AS place WHERE place.key = "Job".id)`,
  )
  for (const { id } of rows) {
    const job = await getJob(id)
    if (job !== null) await failUnrun(pool, job, orphaned)
  }
}
