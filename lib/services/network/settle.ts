import { readMarker } from '../../host/commit.ts'
import { log } from '../../log/log.ts'
import type { Session } from '../../ssh/session.ts'
import { listChanges } from '../../store/changes.ts'
import { noteMarker } from './follow.ts'

/**
 * A host answers again: what became of its undecided changes is asked and written down. Needed for a host that was
 * silent for longer than its job waited.
 */
export async function settleUndecided(hostId: string, session: Session, now: () => Date): Promise<void> {
  for (const row of await listChanges({ hostId, undecided: true })) {
    // Its job has not begun it yet.
    if (row.state === 'queued') continue
    const marker = await readMarker(session, row.id)
    if (marker.ok) await noteMarker(row, marker.value, now)
    else log().warn({ host: hostId, change: row.id, why: marker.error.title }, 'What became of a change is not known.')
  }
}
