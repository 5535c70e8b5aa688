import { err, ok, type Result } from '../kit/result.ts'
import type { HostChange, HostMarker } from '../net/change.ts'
import type { SshFailure } from '../ssh/failure.ts'
import { scriptText } from '../ssh/script.ts'
import type { Session } from '../ssh/session.ts'
import { parseActive, parseHistory, parseMarker, type ChangeFailure } from './commit-answer.ts'
import { bundle } from './commit-bundle.ts'

export type { ChangeFailure } from './commit-answer.ts'

// A host that is 20 times slower than usual, with a disk to be synced, still answers.
const answerMs = 60_000
const beginMs = 180_000

// The change with the script that carries it out comes as a tar stream; a name with the pid shows later whose it was.
const unpack =
  'b=/var/lib/drawbridge; mkdir -p -m 0700 "$b" && d=$b/in.$$ && rm -rf "$d" && mkdir "$d" && tar -xof - -C "$d" && exec sh "$d/commit.sh" begin "$d"; rm -rf "$d"; printf "=error\\tpreflight\\t%s\\n" "/var/lib/drawbridge can’t be written on this host, or it has no tar. Is the disk full?"'
// The first line is the token or empty, the rest the script. Neither is on a command line, which everybody can see.
const feed = 'IFS= read -r token; eval "$(cat)"'

const sshFailed = (ssh: SshFailure): ChangeFailure => ({
  code: 'ssh',
  title: ssh.title,
  ...(ssh.detail === undefined ? {} : { detail: ssh.detail }),
  ssh,
})

async function ask(
  session: Session,
  args: readonly string[],
  token = '',
): Promise<Result<{ stdout: string; stderr: string }, ChangeFailure>> {
  const stdin = `${token}\n${scriptText('lib/host/scripts/commit.sh')}`
  const ran = await session.exec(['sh', '-c', feed, 'sh', ...args], { sudo: true, stdin, timeoutMs: answerMs })
  if (!ran.ok) return err(sshFailed(ran.error))
  return ok({ stdout: ran.value.stdout.toString('utf8'), stderr: ran.value.stderr.toString('utf8') })
}

async function askMarker(session: Session, args: readonly string[], token?: string) {
  const answer = await ask(session, args, token)
  return answer.ok ? parseMarker(answer.value.stdout, answer.value.stderr) : answer
}

/**
 * Checks, locks, snapshots, arms the watchdog and starts to apply; resolves then, mostly with `applying`. On an error
 * of any code but `ssh` the host is as it was and nothing is left there; after `ssh`, ask readMarker. Beginning the
 * same change again is harmless: the marker is the answer. `tokenSha256`: hex, of the token that keeps it.
 */
export async function beginChange(
  session: Session,
  change: HostChange,
  tokenSha256: string,
): Promise<Result<HostMarker, ChangeFailure>> {
  const stdin = bundle(change, tokenSha256)
  const ran = await session.exec(['sh', '-c', unpack], { sudo: true, stdin, timeoutMs: beginMs })
  if (!ran.ok) return err(sshFailed(ran.error))
  return parseMarker(ran.value.stdout.toString('utf8'), ran.value.stderr.toString('utf8'))
}

/** What the host says of this change. It also revives the watchdog, should somebody have ended it. */
export const readMarker = (session: Session, id: string): Promise<Result<HostMarker, ChangeFailure>> =>
  askMarker(session, ['status', id])

/**
 * Keeps it, and answers `kept` once that is on the disk. Idempotent for the right token. After a rollback the answer is
 * `reverted`; while it is still being applied, and once the time is over, the error `decided`.
 */
export const confirmChange = (
  session: Session,
  id: string,
  token: string,
): Promise<Result<HostMarker, ChangeFailure>> => {
  if (/[\n\r\0]/.test(token)) throw new TypeError('a token is one line')
  return askMarker(session, ['confirm', id], token)
}

/** Begins the undo; resolves with `rolling-back` or `reverted`. Error `decided` when it was kept. */
export const undoChange = (session: Session, id: string): Promise<Result<HostMarker, ChangeFailure>> =>
  askMarker(session, ['undo', id])

/** Moves the deadline to `seconds` (1–86400) from now, never nearer than it is. */
export const extendChange = (
  session: Session,
  id: string,
  seconds: number,
): Promise<Result<HostMarker, ChangeFailure>> => askMarker(session, ['extend', id, String(Math.round(seconds))])

/** The journal the host kept of a change, oldest line first, cleaned; empty when it knows none. */
export async function readHistory(session: Session, id: string): Promise<Result<string[], ChangeFailure>> {
  const answer = await ask(session, ['history', id])
  return answer.ok ? ok(parseHistory(answer.value.stdout)) : answer
}

/** Id of the change that is undecided on this host, whoever began it. */
export async function pendingOn(session: Session): Promise<Result<string | null, ChangeFailure>> {
  const answer = await ask(session, ['active'])
  return answer.ok ? parseActive(answer.value.stdout, answer.value.stderr) : answer
}
