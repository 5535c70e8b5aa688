import { err, ok, type Result } from '../kit/result.ts'
import { oursOf, parseAnswer, sectionOf, valuesOf } from '../facts/answer.ts'
import type { HostFacts } from '../facts/facts.ts'
import type { LibvirtSnapshot } from '../facts/libvirt-snapshot.ts'
import { parseCpu } from '../facts/parse-cpu.ts'
import { parseFacts } from '../facts/parse-facts.ts'
import { parseKvm } from '../facts/parse-kvm.ts'
import { sshFailure, type SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'
import { sectionedScript } from './fed-script.ts'
import { proveKvm } from './kvm-proof.ts'
import { libvirtOf } from './libvirt/connect.ts'
import type { LibvirtFailure } from './libvirt/failure.ts'
import { readSnapshot } from './libvirt/snapshot.ts'
import { isSudoFailure, noteSudoRefusal, sudoRefusal } from './sudo.ts'

const maxAnswerBytes = 32 * 1024 * 1024
const answerMs = 60_000

/** What the host said, before it is parsed: golden cases are recorded from this. */
export interface RawFacts {
  answer: string
  nonce: string
  libvirt: LibvirtSnapshot | null
  libvirtFailure: LibvirtFailure | null
  /** Did the script run as root? */
  isRoot: boolean
  gaps: string[]
}

/**
 * All facts of a host at one instant: one script over one channel and, meanwhile, libvirt's own RPC.
 * Errors are those of the connection; what a host can't say is a gap in the facts.
 */
export async function readFacts(session: Session, now: () => Date): Promise<Result<HostFacts, SshFailure>> {
  const raw = await readRawFacts(session)
  if (!raw.ok) return raw
  const { answer, nonce, libvirt, libvirtFailure, gaps, isRoot } = raw.value
  const proof = await proofOf(session, answer, nonce, isRoot)
  const facts = parseFacts({ answer, nonce, libvirt, libvirtFailure, proof, gaps, takenAt: now().toISOString() })
  return ok(facts)
}

export async function readRawFacts(session: Session): Promise<Result<RawFacts, SshFailure>> {
  const [script, libvirt] = await Promise.all([runScript(session), readLibvirt(session)])
  return script.ok ? ok({ ...script.value, ...libvirt }) : script
}

/** As root where that can be, because a good part is for root alone. */
async function runScript(
  session: Session,
): Promise<Result<Pick<RawFacts, 'answer' | 'nonce' | 'isRoot' | 'gaps'>, SshFailure>> {
  const { argv, stdin, nonce } = sectionedScript('lib/host/scripts/facts.sh')
  const options = { stdin, timeoutMs: answerMs, maxBytes: maxAnswerBytes }
  let ran = await session.exec(argv, { ...options, sudo: sudoRefusal(session) === null })
  if (!ran.ok && isSudoFailure(ran.error)) {
    noteSudoRefusal(session, ran.error)
    ran = await session.exec(argv, options)
  }
  if (!ran.ok) return ran
  const answer = ran.value.stdout.toString('utf8')
  const parsed = parseAnswer(answer, nonce)
  if (parsed.sections.size === 0)
    return err(
      sshFailure(
        'not-linux',
        `${session.place} ran Drawbridge’s script but gave no facts. Is its /bin/sh a POSIX shell, and are coreutils installed?`,
        ran.value.stderr.toString('utf8'),
      ),
    )
  const refused = sudoRefusal(session)
  return ok({ answer, nonce, isRoot: oursOf(parsed).has('uid', '0'), gaps: refused === null ? [] : [refused.title] })
}

async function readLibvirt(session: Session): Promise<Pick<RawFacts, 'libvirt' | 'libvirtFailure'>> {
  const client = await libvirtOf(session)
  if (!client.ok) return { libvirt: null, libvirtFailure: client.error }
  const snapshot = await readSnapshot(client.value)
  return snapshot.ok
    ? { libvirt: snapshot.value, libvirtFailure: null }
    : { libvirt: null, libvirtFailure: snapshot.error }
}

async function proofOf(session: Session, raw: string, nonce: string, isRoot: boolean) {
  const answer = parseAnswer(raw, nonce)
  const machine = oursOf(answer).first('machine') ?? ''
  const kvm = parseKvm(answer, parseCpu(answer), machine, null)
  // The boot sector is for PCs. Other machines have KVM where the device is there.
  if (machine !== 'x86_64' || kvm.state !== 'usable') return null
  const bootId = valuesOf(sectionOf(answer, 'values')).get('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  return proveKvm(session, bootId, isRoot)
}
