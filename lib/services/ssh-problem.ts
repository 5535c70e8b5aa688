import { Problem, type ProblemKind } from '../kit/problem.ts'
import type { SshFailure, SshFailureCode } from '../ssh/failure.ts'

const kinds: Partial<Record<SshFailureCode, ProblemKind>> = {
  'bad-key': 'invalid',
  'no-agent': 'invalid',
  'auth-failed': 'invalid',
  'sudo-missing': 'invalid',
  'sudo-password': 'invalid',
  'not-linux': 'invalid',
  'key-changed': 'conflict',
  cancelled: 'unavailable',
}

/** What went wrong on the way to a host, as the API says it: 422 when the person can mend it in the form, else 502. */
export function sshProblem(failure: SshFailure): Problem {
  const { code, title, detail, extra } = failure
  return new Problem({
    code,
    kind: kinds[code] ?? 'unreachable',
    title,
    ...(detail ? { detail } : {}),
    ...(extra ? { extra } : {}),
  })
}
