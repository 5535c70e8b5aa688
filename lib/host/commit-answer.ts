import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'
import type { HostMarker } from '../net/change.ts'
import type { SshFailure } from '../ssh/failure.ts'

const codes = ['busy', 'stale', 'preflight', 'check', 'watchdog', 'token', 'decided', 'unknown'] as const

export type ChangeFailureCode =
  /** The connection or sudo failed: what happened on the host is not known. `ssh` says how. */
  | 'ssh'
  /** Another change is undecided on this host; `detail` is its id, where the host could tell. */
  | 'busy'
  /** A file or the kernel's state is no longer what the plan was made from, or what was applied. */
  | 'stale'
  /** The host can't carry out a change safely: a tool is missing, a disk is full, another checkpoint is running. */
  | 'preflight'
  /** The new configuration did not pass the back-end's own check. */
  | 'check'
  /** The watchdog did not come up, so nothing was touched. */
  | 'watchdog'
  /** Not the token of this change. */
  | 'token'
  /** It is decided already, or still being applied: it can't be kept, undone or extended. */
  | 'decided'
  | 'unknown'

/** Why a change was not begun, or why an answer could not be had. */
export interface ChangeFailure {
  code: ChangeFailureCode
  title: string
  detail?: string
  ssh?: SshFailure
}

/** The words of the causes the host tells without a sentence of its own (its disk was full). */
const causes: Record<string, string> = {
  timeout: 'Nobody said keep in time.',
  undo: 'Somebody asked for it.',
  boot: 'The host restarted before it was kept.',
  died: 'What applied the change was killed before it was done.',
  overrun: 'Applying it did not come to an end.',
  failed: 'It could not be applied as planned.',
}

const text = (field: string | undefined, limit = 1500): string => plainText(field ?? '', limit)
const seconds = (field: string | undefined): number => (/^\d{1,9}$/.test(field ?? '') ? Number(field) : 0)
const reasonOf = (cause: string | undefined, said: string | undefined): string =>
  text(said) || (causes[cause ?? ''] ?? 'The host does not say why.')

function marker([state, ...fields]: string[]): HostMarker | null {
  switch (state) {
    case 'absent':
    case 'kept':
      return { state }
    case 'applying':
      return { state, secondsLeft: seconds(fields[0]), step: text(fields[1], 300) || null }
    case 'pending':
      return { state, secondsLeft: seconds(fields[0]) }
    case 'rolling-back':
      return {
        state,
        reason: [reasonOf(fields[0], fields[1]), text(fields[2])].filter((said) => said !== '').join(' '),
      }
    case 'reverted': {
      const [cause, whole, said, detail] = fields
      return { state, reason: reasonOf(cause, said), complete: whole === 'complete', detail: text(detail) || null }
    }
    default:
      return null
  }
}

function failure([code, title, detail]: string[]): ChangeFailure {
  const known = codes.find((one) => one === code) ?? 'unknown'
  const said = text(detail)
  return {
    code: known,
    title: text(title) || 'The host refused without saying why.',
    ...(said === '' ? {} : { detail: said }),
  }
}

const unclear = (answer: string, noise: string): ChangeFailure => ({
  code: 'unknown',
  title:
    'The host’s answer about the change could not be read. Is its /bin/sh a POSIX shell, and are coreutils installed?',
  detail: plainText(noise || answer, 500),
})

/** The last line that begins with `=`, its fields. */
function answerFields(stdout: string): string[] {
  const line = stdout.split('\n').findLast((one) => one.startsWith('='))
  return line === undefined ? [] : line.slice(1).split('\t')
}

/** What commit.sh printed, as a marker. `noise`: its stderr. */
export function parseMarker(stdout: string, noise: string): Result<HostMarker, ChangeFailure> {
  const [kind, ...fields] = answerFields(stdout)
  if (kind === 'error') return err(failure(fields))
  const found = kind === 'marker' ? marker(fields) : null
  return found === null ? err(unclear(stdout, noise)) : ok(found)
}

/** The id of the undecided change, or null. */
export function parseActive(stdout: string, noise: string): Result<string | null, ChangeFailure> {
  const [kind, ...fields] = answerFields(stdout)
  if (kind === 'error') return err(failure(fields))
  if (kind !== 'active') return err(unclear(stdout, noise))
  const id = fields[0] ?? ''
  return ok(/^[0-9A-Za-z]{1,40}$/.test(id) ? id : null)
}

/** The journal's lines, oldest first. */
export const parseHistory = (stdout: string): string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('-'))
    .map((line) => plainText(line.slice(1), 1000))
