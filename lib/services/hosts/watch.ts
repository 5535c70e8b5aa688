import { readFacts } from '../../host/facts.ts'
import { type Sampler, startSampler } from '../../host/sampler.ts'
import { watchChanges } from '../../host/watch.ts'
import { err, ok, type Result } from '../../kit/result.ts'
import { hub } from '../../live/hub.ts'
import { type Attendance, type HostWork, keeper, type Trouble } from '../../live/keeper.ts'
import { log } from '../../log/log.ts'
import { type HostKey, rootCause, type SshFailure } from '../../ssh/failure.ts'
import { sshPool } from '../../ssh/pool.ts'
import type { Session } from '../../ssh/session.ts'
import type { HostTarget } from '../../ssh/target.ts'
import { linkRolesOf } from '../../stats/link-roles.ts'
import { getFacts } from '../../store/facts.ts'
import { getHost, listHosts, markHostDown, markHostSeen } from '../../store/hosts.ts'
import { settleUndecided } from '../network/settle.ts'
import { refreshBoard } from '../vms/board.ts'
import { tidyCreations } from '../vms/create/undo.ts'
import { keepFacts } from './facts.ts'
import { connectionOf } from './target.ts'

// Parsing the facts of a large host takes a good part of a second of this process.
const readingsAtOnce = 4
// Hosts that are all connected in one instant would hold up everything else for seconds.
const betweenStartsMs = 25
const closingMs = 300

/** Begins to keep all hosts: connected, sampled, their facts fresh. Called once, at start. */
export async function watchHosts(now: () => Date): Promise<void> {
  const hosts = await listHosts()
  keeper().start(hostWork(now))
  for (const [index, { id, downSince }] of hosts.entries()) {
    if (index === 0) keeper().track(id, downSince)
    else setTimeout(() => keeper().track(id, downSince), index * betweenStartsMs).unref()
  }
}

function hostWork(now: () => Date): HostWork {
  const turns = new Turns(readingsAtOnce)
  return {
    attend: (hostId, onFrame) => attend(hostId, onFrame, now, turns),
    seen: (hostId) => markHostSeen(hostId, now()),
    down: markHostDown,
    silence: 'The host stopped answering. Drawbridge tries on; look whether it is up and its network is connected.',
  }
}

async function attend(
  hostId: string,
  onFrame: (frame: Uint8Array) => void,
  now: () => Date,
  turns: Turns,
): Promise<Result<Attendance, Trouble>> {
  const target = await targetOf(hostId)
  if (!target.ok) return target
  const known = await getFacts(hostId)
  if (known !== null) hub().setRoles(hostId, linkRolesOf(known))
  const opened = await sshPool().session(target.value, 'live')
  if (!opened.ok) return err(troubleOf(opened.error))
  const session = opened.value
  void settleUndecided(hostId, session, now).catch((failure: unknown) => {
    log().warn({ host: hostId, err: failure }, 'What became of a change could not be asked.')
  })
  const sampler = await startSampler(session, onFrame)
  if (!sampler.ok) {
    session.close()
    return err(troubleOf(sampler.error))
  }
  const attention = new AbortController()
  void keepFactsFresh(hostId, target.value, session, { now, turns, signal: attention.signal })
  const end = (): void => {
    attention.abort()
    sampler.value.stop()
    session.close()
  }
  return ok({
    tick: () => sampler.value.tick(),
    ended: Promise.race([session.closed, endOf(sampler.value, session)]).then(troubleOf),
    close: end,
  })
}

/** When a host goes down its processes end a moment before its connections do, and it is these that tell why. */
async function endOf(sampler: Sampler, session: Session): Promise<SshFailure> {
  const why = await sampler.ended
  const moment = new Promise<SshFailure>((resolve) => setTimeout(() => resolve(why), closingMs))
  return Promise.race([session.closed, moment])
}

async function targetOf(hostId: string): Promise<Result<HostTarget, Trouble>> {
  try {
    const host = await getHost(hostId)
    if (host === null) return err(unreachable('The host was removed.'))
    return ok(await connectionOf(host))
  } catch (failure) {
    // By name: the error may come from another bundle.
    if (failure instanceof Error && failure.name === 'Problem')
      return err({ state: 'refused', reason: failure.message, offeredKey: null })
    log().error({ host: hostId, err: failure }, 'A host’s connection could not be made ready.')
    return err(unreachable('Drawbridge could not read how to sign in to this host. Look into its log.'))
  }
}

const unreachable = (reason: string): Trouble => ({ state: 'unreachable', reason, offeredKey: null })

const refusals = new Set<SshFailure['code']>([
  'auth-failed',
  'bad-key',
  'no-agent',
  'no-common-algorithm',
  'not-linux',
  'not-ssh',
  'sudo-missing',
  'sudo-password',
  'too-many-channels',
])

/** `refused`: somebody answers and does not let us in. A changed key of a jump host is not this host's. */
function troubleOf(failure: SshFailure): Trouble {
  if (failure.code === 'key-changed') {
    const offered = failure.extra?.['offered'] as HostKey | undefined
    return { state: 'key-changed', reason: failure.title, offeredKey: offered ?? null }
  }
  const state = refusals.has(rootCause(failure).code) ? 'refused' : 'unreachable'
  return { state, reason: failure.title, offeredKey: null }
}

interface Freshness {
  now: () => Date
  turns: Turns
  signal: AbortSignal
}

/** Reads the facts now and after each change, one reading at a time, until the signal. */
async function keepFactsFresh(
  hostId: string,
  target: HostTarget,
  session: Session,
  { now, turns, signal }: Freshness,
): Promise<void> {
  let isDue = true
  let isReading = false
  const read = async (): Promise<void> => {
    if (isReading) return
    isReading = true
    while (isDue && !signal.aborted) {
      isDue = false
      await turns
        .take(() => readOnce(hostId, target, now, signal))
        .catch((failure: unknown) => {
          log().warn({ host: hostId, err: failure }, 'Facts could not be read.')
        })
    }
    isReading = false
  }
  // Watching comes first: what changes while the facts are read is not lost.
  const onLibvirt = () => void readVms(hostId, target, now)
  const watching = await watchChanges(
    session,
    (why) => {
      log().debug({ host: hostId, why }, 'Facts are read again.')
      isDue = true
      void read()
    },
    { onLibvirt },
  )
  onLibvirt()
  if (!watching.ok) log().warn({ host: hostId, why: watching.error.title }, 'Changes on a host are not noticed.')
  else if (signal.aborted) watching.value.stop()
  else signal.addEventListener('abort', watching.value.stop, { once: true })
  await read()
}

async function readVms(hostId: string, target: HostTarget, now: () => Date): Promise<void> {
  try {
    const session = await sshPool().session(target)
    const read = session.ok ? await refreshBoard(hostId, session.value, now) : session
    if (!read.ok) return log().debug({ host: hostId, why: read.error.title }, 'VMs could not be read.')
    await tidyCreations(hostId)
  } catch (failure) {
    log().warn({ host: hostId, err: failure }, 'VMs could not be read.')
  }
}

async function readOnce(hostId: string, target: HostTarget, now: () => Date, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  // Not over the connection of the sampler: a hung command must not delay a sample.
  const control = await sshPool().session(target)
  const facts = control.ok ? await readFacts(control.value, now) : control
  if (signal.aborted) return
  if (!facts.ok) return log().warn({ host: hostId, why: facts.error.title }, 'Facts could not be read.')
  await keepFacts(hostId, facts.value)
}

/** So many at a time, the others in order. */
class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(free: number) {
    this.#free = free
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
