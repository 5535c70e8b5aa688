import { hub } from '../../live/hub.ts'
import type { JobRow } from '../../store/jobs.ts'

/** Tells everybody who watches jobs that this one changed. */
export function announceJob({ id, state, hostId }: JobRow): void {
  hub().publish({ type: 'job-changed', job: id, state, host: hostId })
}
