import { err, ok, type Result } from '../kit/result.ts'
import type { Check } from '../contract/hosts.ts'
import type { HostFacts } from '../facts/facts.ts'
import { sshFailure, type SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'
import { describeCheck } from '../tuning/check.ts'
import { preparationChecks } from '../tuning/checks.ts'
import { parsePreparation, type Preparation, type Situation } from '../tuning/preparation.ts'
import { readFacts } from './facts.ts'
import { sectionedScript } from './fed-script.ts'
import { isSudoFailure, noteSudoRefusal, sudoRefusal } from './sudo.ts'

/** The check list of a host as it is now, with the facts it was drawn from. Errors are those of the connection. */
export async function examineHost(
  session: Session,
  now: () => Date,
): Promise<Result<{ facts: HostFacts; checks: Check[] }, SshFailure>> {
  const situation = await readSituation(session, now)
  if (!situation.ok) return situation
  const { facts } = situation.value
  return ok({ facts, checks: preparationChecks.map((check) => describeCheck(check, situation.value)) })
}

export async function readSituation(session: Session, now: () => Date): Promise<Result<Situation, SshFailure>> {
  const [facts, preparation] = await Promise.all([readFacts(session, now), readPreparation(session)])
  if (!facts.ok) return facts
  if (!preparation.ok) return preparation
  return ok({ facts: facts.value, preparation: preparation.value })
}

async function readPreparation(session: Session): Promise<Result<Preparation, SshFailure>> {
  const { argv, stdin, nonce } = sectionedScript('lib/host/scripts/doctor.sh', session.user)
  const isRoot = session.user === 'root'
  let refused = sudoRefusal(session)
  let ran = await session.exec(argv, { stdin, sudo: refused === null })
  if (!ran.ok && isSudoFailure(ran.error)) {
    refused = ran.error
    noteSudoRefusal(session, refused)
    ran = await session.exec(argv, { stdin })
  }
  if (!ran.ok) return ran
  const root = isRoot
    ? ({ kind: 'is-root' } as const)
    : refused === null
      ? ({ kind: 'sudo' } as const)
      : ({ kind: 'refused', title: refused.title } as const)
  const preparation = parsePreparation(ran.value.stdout.toString('utf8'), nonce, { user: session.user, root })
  return preparation === null
    ? err(
        sshFailure(
          'not-linux',
          `${session.place} ran Drawbridge’s script but gave no answer.`,
          ran.value.stderr.toString('utf8'),
        ),
      )
    : ok(preparation)
}
