import { once } from '../kit/once.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'

const refusals = (): WeakMap<Session, SshFailure> => once('sudo-refusals', () => new WeakMap())

export const isSudoFailure = ({ code }: SshFailure): boolean => code === 'sudo-missing' || code === 'sudo-password'

/** Why sudo did not work on this connection. Asked once only: each refusal is a line in the host's log, or a mail. */
export const sudoRefusal = (session: Session): SshFailure | null => refusals().get(session) ?? null

export function noteSudoRefusal(session: Session, failure: SshFailure): void {
  if (isSudoFailure(failure)) refusals().set(session, failure)
}
