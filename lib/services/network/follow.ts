import { confirmChange, readMarker, type ChangeFailure } from '../../host/commit.ts'
import { err, ok, type Result } from '../../kit/result.ts'
import type { HostMarker } from '../../net/change.ts'
import { openSession, type Session } from '../../ssh/session.ts'
import { getHost } from '../../store/hosts.ts'
import { getChange, updateChange, type ChangeRow } from '../../store/changes.ts'
import { openSecret } from '../../store/secrets.ts'
import { connectionOf } from '../hosts/target.ts'
import { tokenPlace } from './change-job.ts'
import { announceChange, checksNeeded } from './present.ts'

/** Shorter would let a dying path pass twice; longer only makes people wait. */
export const betweenChecksMs = 5000
const connectMs = 8000

/** Writes what the host says of a change, and tells everybody. Null: it was decided before. */
export async function noteMarker(row: ChangeRow, marker: HostMarker, now: () => Date): Promise<ChangeRow | null> {
  const deadline = (secondsLeft: number) => new Date(now().getTime() + secondsLeft * 1000)
  switch (marker.state) {
    case 'applying':
      return note(row, { state: 'applying', deadlineAt: deadline(marker.secondsLeft) })
    case 'pending':
      return note(row, { state: 'pending', deadlineAt: deadline(marker.secondsLeft) })
    case 'rolling-back':
      return note(row, { state: 'reverting', reason: marker.reason })
    case 'kept':
      return note(row, { state: 'kept', deadlineAt: null, endedAt: now() })
    case 'reverted':
      return note(row, {
        state: 'reverted',
        reason: marker.reason,
        detail: marker.detail,
        deadlineAt: null,
        endedAt: now(),
      })
    case 'absent':
      return note(row, {
        state: 'failed',
        reason: 'The host knows nothing of this change, so nothing of it is in effect.',
        deadlineAt: null,
        endedAt: now(),
      })
  }
}

export async function note(row: ChangeRow, patch: Parameters<typeof updateChange>[1]): Promise<ChangeRow | null> {
  const written = await updateChange(row.id, patch)
  // A countdown is no news; who shows it asks.
  if (written !== null && written.state !== row.state) announceChange(written)
  return written
}

/** A connection of its own, signed in anew: an old one can outlive a broken path. */
export async function freshSession(hostId: string): Promise<Result<Session, ChangeFailure>> {
  const host = await getHost(hostId)
  if (host === null) return err({ code: 'unknown', title: 'The host was removed.' })
  const opened = await openSession(await connectionOf(host), { timeoutMs: connectMs })
  return opened.ok ? opened : err({ code: 'ssh', title: opened.error.title, ssh: opened.error })
}

/**
 * One check over a new connection: signs in with the pinned key and asks the host about exactly this change. The
 * number of passed checks is kept in the row.
 */
export async function checkOnce(row: ChangeRow, now: () => Date): Promise<Result<HostMarker, ChangeFailure>> {
  const session = await freshSession(row.hostId)
  if (!session.ok) {
    await note(row, { checkFailure: session.error.title })
    return session
  }
  try {
    const marker = await readMarker(session.value, row.id)
    if (!marker.ok) {
      await note(row, { checkFailure: marker.error.title })
      return marker
    }
    await noteMarker(row, marker.value, now)
    if (marker.value.state === 'pending') {
      const passed = ((await getChange(row.id))?.checksPassed ?? 0) + 1
      const written = await updateChange(row.id, { checksPassed: Math.min(passed, checksNeeded), checkFailure: null })
      if (written !== null) announceChange(written)
    }
    return marker
  } finally {
    session.value.close()
  }
}

/** Tells the host to keep it, over a new connection. */
export async function confirmOver(row: ChangeRow): Promise<Result<HostMarker, ChangeFailure>> {
  const token = await openSecret(tokenPlace(row.id))
  if (token === null)
    return err({
      code: 'token',
      title: 'The token of this change is not here, so it can’t be kept; the host restores itself.',
    })
  const session = await freshSession(row.hostId)
  if (!session.ok) return session
  try {
    const kept = await confirmChange(session.value, row.id, token)
    return kept.ok ? ok(kept.value) : kept
  } finally {
    session.value.close()
  }
}
