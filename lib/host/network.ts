import { createHash } from 'node:crypto'
import { parseAnswer } from '../facts/answer.ts'
import { ok, type Result } from '../kit/result.ts'
import { backEnds } from '../net/back-ends.ts'
import { parseRawNetwork, type RawNetwork } from '../net/raw-network.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'
import { readFacts } from './facts.ts'
import { sectionedScript } from './fed-script.ts'
import { isSudoFailure, noteSudoRefusal, sudoRefusal } from './sudo.ts'

const maxAnswerBytes = 64 * 1024 * 1024
const answerMs = 30_000

/** Facts, and what the host's files say of its network, in one go. Errors are those of the connection. */
export async function readRawNetwork(session: Session, now: () => Date): Promise<Result<RawNetwork, SshFailure>> {
  const [facts, answer] = await Promise.all([readFacts(session, now), readAnswer(session)])
  if (!facts.ok) return facts
  if (!answer.ok) return answer
  return ok(parseRawNetwork(answer.value, facts.value))
}

async function readAnswer(session: Session) {
  const patterns = new Set(Object.values(backEnds).flatMap(({ globs }) => globs))
  const { argv, stdin, nonce } = sectionedScript('lib/host/scripts/network.sh', ...patterns)
  const options = { stdin, timeoutMs: answerMs, maxBytes: maxAnswerBytes }
  let ran = await session.exec(argv, { ...options, sudo: sudoRefusal(session) === null })
  if (!ran.ok && isSudoFailure(ran.error)) {
    noteSudoRefusal(session, ran.error)
    ran = await session.exec(argv, options)
  }
  return ran.ok ? ok(parseAnswer(ran.value.stdout.toString('utf8'), nonce)) : ran
}

/** sha256 in hexadecimal: what the host's own sha256sum would say of a file. */
export const sha256 = (content: string): string => createHash('sha256').update(content, 'utf8').digest('hex')
