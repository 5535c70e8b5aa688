import { createHash } from 'node:crypto'
import { StringDecoder } from 'node:string_decoder'
import { err, ok, type Result } from '../kit/result.ts'
import { plainText } from '../kit/plain-text.ts'
import type { Check } from '../contract/hosts.ts'
import type { SshFailure } from '../ssh/failure.ts'
import type { Session } from '../ssh/session.ts'
import { describeCheck, plannedFix } from '../tuning/check.ts'
import { preparationChecks } from '../tuning/checks.ts'
import { commandText, type Command } from '../tuning/command.ts'
import type { Situation } from '../tuning/preparation.ts'
import { readSituation } from './doctor.ts'
import { fedScript } from './fed-script.ts'

/** Why a check could not be put in order. The title names cause and way out. */
export interface PrepareFailure {
  code: 'unknown-check' | 'no-fix' | 'command-failed' | 'not-fixed' | 'cancelled' | 'connection'
  title: string
  detail?: string
  ssh?: SshFailure
}

export interface PrepareOptions {
  now: () => Date
  /** Called with each line as it comes, cleaned. */
  log: (line: string) => void
  /** Nothing new is begun once it is aborted; a package manager at work is left to finish, else it would break. */
  signal?: AbortSignal
}

const shortMs = 120_000

/** The checks of that list that exist, in the order in which they must be put in order, with a title for each step. */
export const preparationSteps = (ids: readonly string[]): { id: string; title: string }[] =>
  preparationChecks.filter(({ id }) => ids.includes(id)).map(({ id, title }) => ({ id, title }))

/**
 * Puts one check in order: looks, plans from what it sees, runs the commands, looks again. In order already: does
 * nothing. The value is the check as it is afterwards.
 */
export async function fixCheck(
  session: Session,
  id: string,
  { now, log, signal }: PrepareOptions,
): Promise<Result<Check, PrepareFailure>> {
  const check = preparationChecks.find((candidate) => candidate.id === id)
  if (check === undefined) return err({ code: 'unknown-check', title: `There is no check named ${plainText(id, 64)}.` })
  const isCancelled = () => signal?.aborted === true
  if (isCancelled()) return err(cancelled())
  const before = await readSettled(session, now, log, signal)
  if (!before.ok) return before
  const seen = describeCheck(check, before.value)
  if (seen.state === 'ok' || seen.state === 'not-needed') {
    log(`${check.title}: in order already. ${seen.evidence}`)
    return ok(seen)
  }
  const { root } = before.value.preparation
  if (root.kind === 'refused') return err({ code: 'no-fix', title: root.title })
  const fix = plannedFix(check, before.value)
  if (fix === null)
    return err({ code: 'no-fix', title: `${check.title}: Drawbridge can’t put this in order. ${seen.evidence}` })
  log(`${check.title}: ${fix.sentence}`)
  for (const command of fix.commands) {
    if (isCancelled()) return err(cancelled())
    for (const line of `$ ${commandText(command, root.kind !== 'is-root')}`.split('\n')) log(line)
    const ran = await run(session, command, log, signal)
    if (!ran.ok) return ran
  }
  const after = await readSituation(session, now)
  if (!after.ok) return err(byConnection(after.error))
  const afterwards = describeCheck(check, after.value)
  log(`${check.title}: ${afterwards.evidence}`)
  if (afterwards.state === 'ok' || afterwards.state === 'not-needed') return ok(afterwards)
  // What is left may be nothing that a command could mend, e.g. a module this kernel does not have.
  if (plannedFix(check, after.value) === null && afterwards.evidence !== seen.evidence) return ok(afterwards)
  return err({
    code: 'not-fixed',
    title: `${check.title}: the commands ran, but it is still not in order. ${afterwards.evidence}`,
  })
}

/** The situation once nothing of ours is at work on the host any more; what is, is followed to its end. */
async function readSettled(
  session: Session,
  now: () => Date,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<Result<Situation, PrepareFailure>> {
  const situation = await readSituation(session, now)
  if (!situation.ok) return err(byConnection(situation.error))
  const { underway } = situation.value.preparation
  if (underway.length === 0) return situation
  for (const unit of underway) {
    // Its own status matters no more: what it left is looked at anew.
    const followed = await followUnit(session, unit, [], log, signal)
    if (!followed.ok && followed.error.code !== 'command-failed') return followed
  }
  const settled = await readSituation(session, now)
  return settled.ok ? settled : err(byConnection(settled.error))
}

const cancelled = (): PrepareFailure => ({ code: 'cancelled', title: 'Cancelled; nothing more was begun.' })
const byConnection = (ssh: SshFailure): PrepareFailure => ({
  code: ssh.code === 'cancelled' ? 'cancelled' : 'connection',
  title: ssh.title,
  ...(ssh.detail === undefined ? {} : { detail: ssh.detail }),
  ssh,
})

async function run(
  session: Session,
  command: Command,
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<Result<void, PrepareFailure>> {
  if (command.long !== true) return runShort(session, command, log)
  // The name says what it runs, so that a second try finds the first.
  const digest = createHash('sha256').update(JSON.stringify(command.argv)).digest('hex').slice(0, 16)
  return followUnit(session, `drawbridge-prepare-${digest}`, command.argv, log, signal)
}

async function runShort(
  session: Session,
  { argv, stdin }: Command,
  log: (line: string) => void,
): Promise<Result<void, PrepareFailure>> {
  const ran = await session.exec(argv, { sudo: true, timeoutMs: shortMs, stdin: stdin ?? '' })
  if (!ran.ok) return err(byConnection(ran.error))
  // What tee repeats has been shown with the command.
  const said = Buffer.concat([stdin === undefined ? ran.value.stdout : Buffer.alloc(0), ran.value.stderr])
  const lines = said
    .toString('utf8')
    .split('\n')
    .map((line) => plainText(line, 1000))
  for (const line of lines) if (line !== '') log(line)
  return ran.value.code === 0 ? ok(undefined) : err(failed(argv, ran.value.code, lines))
}

/** Runs a command as a transient unit, or follows the one of that name. Closing the channel leaves it running. */
async function followUnit(
  session: Session,
  unit: string,
  argv: readonly string[],
  log: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<Result<void, PrepareFailure>> {
  const script = fedScript('lib/host/scripts/run-unit.sh', unit, ...argv)
  const opened = await session.open(script.argv, { sudo: true, ...(signal === undefined ? {} : { signal }) })
  if (!opened.ok) return err(byConnection(opened.error))
  const channel = opened.value
  const tail: string[] = []
  const take = (line: string) => {
    const plain = plainText(line, 1000)
    if (plain === '') return
    tail.push(plain)
    if (tail.length > 20) tail.shift()
    log(plain)
  }
  const decoder = new StringDecoder('utf8')
  let rest = ''
  channel.stream.on('data', (chunk: Buffer) => {
    // Progress bars overwrite their line: each state of them would be a line of its own.
    const lines = (rest + decoder.write(chunk)).split(/\r?\n/)
    rest = (lines.pop() ?? '').slice(-8192)
    for (const line of lines) take(line.split('\r').at(-1) ?? '')
  })
  channel.stream.on('error', () => {})
  channel.stream.end(script.stdin)
  channel.stream.resume()
  const leave = () => channel.close()
  signal?.addEventListener('abort', leave, { once: true })
  const ended = await channel.ended
  signal?.removeEventListener('abort', leave)
  take(rest)
  if (signal?.aborted === true) {
    log('Cancelled: what the package manager has begun it finishes; nothing more is begun.')
    return err(cancelled())
  }
  if (!ended.ok) return err(byConnection(ended.error))
  if (ended.value.code === 0) return ok(undefined)
  const stderr = channel
    .stderrTail()
    .split('\n')
    .map((line) => plainText(line, 1000))
  for (const line of stderr) take(line)
  return err(failed(argv, ended.value.code, tail))
}

function failed(argv: readonly string[], code: number | null, said: readonly string[]): PrepareFailure {
  const named = argv[0] === 'env' ? argv.find((word) => !word.includes('=') && word !== 'env') : argv[0]
  const reason =
    said.findLast((line) => /^(E:|error|err|fatal|failed)/i.test(line)) ?? said.findLast((line) => line !== '')
  return {
    code: 'command-failed',
    title: `${named} ended with ${code === null ? 'a signal' : `status ${code}`}${reason === undefined ? '' : `: ${reason}`}`,
    detail: said.slice(-20).join('\n'),
  }
}
