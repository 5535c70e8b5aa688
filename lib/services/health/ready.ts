import { once } from '../../kit/once.ts'
import { store } from '../../store/db.ts'

/** Set by boot when everything runs, and taken back when the process stops. */
export const readiness = (): { ready: boolean } => once('health.readiness', () => ({ ready: false }))

/** Started, migrated, and the database answers: null; else why not, a sentence that may be shown to anybody. */
export async function notReady(): Promise<string | null> {
  if (!readiness().ready) return 'Drawbridge is starting or stopping.'
  try {
    await store().pool.query('SELECT 1')
    return null
  } catch {
    return 'The database does not answer.'
  }
}
