import type { HostChange, HostMarker } from '../net/change.ts'
import { err, type Result } from '../kit/result.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'

export type ChangeFailureCode =
  /** The connection or sudo failed: what happened on the host is not known. `ssh` says how. */
  | 'ssh'
  /** Another change is undecided on this host; `detail` is its id. */
  | 'busy'
  /** A file or the kernel's state is no longer what the plan was made from. */
  | 'stale'
  /** The host can't carry out a change safely: a tool is missing, a disk is full, another checkpoint is running. */
  | 'preflight'
  /** The new configuration did not pass the back-end's own check. */
  | 'check'
  /** The watchdog did not come up, so nothing was touched. */
  | 'watchdog'
  /** Not the token of this change, or it was decided before. */
  | 'token'
  /** It is decided (or was never begun): there is nothing to keep, undo or extend. */
  | 'decided'
  | 'unknown'

/** Why a change was not begun, or why an answer could not be had. */
export interface ChangeFailure {
  code: ChangeFailureCode
  title: string
  detail?: string
  ssh?: SshFailure
}

const todo = (): Result<never, ChangeFailure> => err({ code: 'unknown', title: 'Not implemented yet.' })

/**
 * Checks, locks, snapshots, arms the watchdog and starts to apply; resolves then. On an error of any code but `ssh`
 * nothing of the host was changed and nothing is left there. `tokenSha256`: hex, of the token that keeps it.
 */
export async function beginChange(
  _session: Session,
  _change: HostChange,
  _tokenSha256: string,
): Promise<Result<HostMarker, ChangeFailure>> {
  return todo()
}

/** What the host says of this change. */
export async function readMarker(_session: Session, _id: string): Promise<Result<HostMarker, ChangeFailure>> {
  return todo()
}

/** Keeps it. Idempotent for the right token: a second yes is answered `kept` as well. */
export async function confirmChange(
  _session: Session,
  _id: string,
  _token: string,
): Promise<Result<HostMarker, ChangeFailure>> {
  return todo()
}

/** Begins the undo; resolves with `rolling-back` or `reverted`. Error `decided` when it was kept. */
export async function undoChange(_session: Session, _id: string): Promise<Result<HostMarker, ChangeFailure>> {
  return todo()
}

/** Moves the deadline to `seconds` from now, never nearer than it is. */
export async function extendChange(
  _session: Session,
  _id: string,
  _seconds: number,
): Promise<Result<HostMarker, ChangeFailure>> {
  return todo()
}

/** The journal the host kept of a change, oldest line first, cleaned; empty when it knows none. */
export async function readHistory(_session: Session, _id: string): Promise<Result<string[], ChangeFailure>> {
  return todo()
}

/** Id of the change that is undecided on this host, whoever began it. */
export async function pendingOn(_session: Session): Promise<Result<string | null, ChangeFailure>> {
  return todo()
}
