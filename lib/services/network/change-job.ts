import * as z from 'zod'
import { beginChange, readMarker, type ChangeFailure } from '../../host/commit.ts'
import { readFacts } from '../../host/facts.ts'
import { sha256 } from '../../host/network.ts'
import type { JobContext, JobKind } from '../../jobs/kind.ts'
import { Problem } from '../../kit/problem.ts'
import type { Result } from '../../kit/result.ts'
import type { HostChange, HostMarker } from '../../net/change.ts'
import type { Session } from '../../ssh/session.ts'
import { decidedStates, getChange, type ChangeRow } from '../../store/changes.ts'
import { getHost } from '../../store/hosts.ts'
import { deleteSecret, openSecret } from '../../store/secrets.ts'
import { keepFacts } from '../hosts/facts.ts'
import { sshPool } from '../../ssh/pool.ts'
import { connectionOf } from '../hosts/target.ts'
import { betweenChecksMs, checkOnce, confirmOver, freshSession, note, noteMarker } from './follow.ts'
import { checksNeeded } from './present.ts'

export const changeKind = 'network.change'
export const workPlace = (change: string) => ({ owner: 'Change', row: change, column: 'work' })
export const tokenPlace = (change: string) => ({ owner: 'Change', row: change, column: 'token' })

const inputSchema = z.object({ change: z.string() })
const pollMs = 1000
/** A connection that answers nothing for so long is as good as gone. */
const silentAfterMs = 4000
/** So long after the deadline the host is still asked what became of it; then the keeper's next contact will. */
const patienceMs = 15 * 60_000

/** Has a change carried out, follows it, and writes down what the host says. Begun again, it only follows. */
export const changeJob = (now: () => Date): JobKind => ({
  kind: changeKind,
  cancellable: false,
  resumable: true,
  limitMs: 3 * 60 * 60_000,
  async run(context) {
    const { change } = inputSchema.parse(context.input)
    const row = await getChange(change)
    if (row === null)
      throw new Problem({ code: 'no-change', kind: 'not-found', title: 'The change is gone with its host.' })
    const begun = await context.step('arm', () => arm(row, context, now))
    if (!begun) throw failed(await getChange(change))
    const follower = new Follower(row, context, now)
    await context.step('apply', () => follower.until(({ state }) => state !== 'applying'))
    await context.step('reach', () => follower.reach())
    await context.step('decide', () => follower.until(isDecided))
    await settle(row.id, now)
    const ended = await getChange(change)
    if (ended?.state !== 'kept') throw failed(ended)
    return { change, state: 'kept' }
  },
})

const isDecided = ({ state }: HostMarker): boolean => state === 'kept' || state === 'reverted' || state === 'absent'

function failed(row: ChangeRow | null): Problem {
  const reason = row?.reason ?? 'The host did not say why.'
  const detail = row?.detail
  const title = row?.state === 'reverted' ? `The host restored itself: ${reason}` : reason
  return new Problem({ code: row?.state ?? 'failed', kind: 'conflict', title, ...(detail ? { detail } : {}) })
}

/** False: nothing was begun, and the row says why. */
async function arm(row: ChangeRow, { attempt, log }: JobContext, now: () => Date): Promise<boolean> {
  const session = await freshSession(row.hostId)
  if (!session.ok) {
    // A resumed job may find the host silent: then its word is waited for.
    if (attempt > 1 && row.state !== 'queued') return true
    return refused(row, session.error, now)
  }
  try {
    if (attempt > 1) {
      const marker = await readMarker(session.value, row.id)
      if (marker.ok && marker.value.state !== 'absent') {
        await noteMarker(row, marker.value, now)
        log('Found the change on the host again.')
        return true
      }
      if (row.state !== 'queued')
        return refused(row, { code: 'unknown', title: 'The host knows nothing of this change.' }, now)
    }
    const sealed = await openSecret(workPlace(row.id))
    const token = await openSecret(tokenPlace(row.id))
    if (sealed === null || token === null)
      return refused(row, { code: 'unknown', title: 'What this change was to do is not here any more.' }, now)
    const work = JSON.parse(sealed) as HostChange
    const begun = await beginChange(session.value, work, sha256(token))
    if (begun.ok) {
      await noteMarker(row, begun.value, now)
      log(`The watchdog is armed: without a yes the host restores itself in ${work.windowSeconds} s.`)
      return true
    }
    // Whether it began is not known: the host will say.
    if (begun.error.code === 'ssh') {
      await note(row, { state: 'applying', deadlineAt: new Date(now().getTime() + work.windowSeconds * 1000) })
      log(begun.error.title)
      return true
    }
    return refused(row, begun.error, now)
  } finally {
    session.value.close()
  }
}

async function refused(row: ChangeRow, { title, detail }: ChangeFailure, now: () => Date): Promise<boolean> {
  await note(row, { state: 'failed', reason: title, detail: detail ?? null, deadlineAt: null, endedAt: now() })
  return false
}

class Follower {
  readonly #row: ChangeRow
  readonly #context: JobContext
  readonly #now: () => Date
  #lastWord: number
  #session: Session | null = null

  constructor(row: ChangeRow, context: JobContext, now: () => Date) {
    this.#row = row
    this.#context = context
    this.#now = now
    this.#lastWord = now().getTime()
  }

  /** Asks the host until it says what is waited for. */
  async until(isEnough: (marker: HostMarker) => boolean): Promise<void> {
    for (;;) {
      const marker = await this.#ask()
      if (marker.ok) {
        await this.#heard(marker.value)
        if (isEnough(marker.value) || isDecided(marker.value)) {
          if (isDecided(marker.value)) this.#close()
          return
        }
      } else await this.#unheard(marker.error)
      if (await this.#isOver()) return this.#close()
      await this.#pause(pollMs)
    }
  }

  /** Two new connections, some seconds apart, must get through; then it is kept if that was asked for. */
  async reach(): Promise<void> {
    for (;;) {
      const row = await getChange(this.#row.id)
      if (row === null || isOver(row)) return
      if (row.checksPassed >= checksNeeded) break
      const checked = await checkOnce(row, this.#now)
      if (checked.ok) {
        await this.#heard(checked.value)
        if (checked.value.state !== 'pending') return
        if (((await getChange(row.id))?.checksPassed ?? 0) < checksNeeded) await this.#pause(betweenChecksMs)
      } else {
        await this.#unheard(checked.error)
        if (await this.#isOver()) return
        await this.#pause(2 * pollMs)
      }
    }
    this.#context.log(`Two new connections passed all checks.`)
    if (this.#row.keep !== 'checks') return
    const kept = await confirmOver(this.#row)
    if (kept.ok) await this.#heard(kept.value)
    else this.#context.log(kept.error.title)
  }

  async #ask(): Promise<Result<HostMarker, ChangeFailure>> {
    if (this.#session === null || this.#session.isClosed) {
      const opened = await freshSession(this.#row.hostId)
      if (!opened.ok) return opened
      this.#session = opened.value
    }
    const asked = await readMarker(this.#session, this.#row.id)
    if (!asked.ok) this.#close()
    return asked
  }

  #close(): void {
    this.#session?.close()
    this.#session = null
  }

  async #heard(marker: HostMarker): Promise<void> {
    this.#lastWord = this.#now().getTime()
    const before = (await getChange(this.#row.id)) ?? this.#row
    await noteMarker(before, marker, this.#now)
    if (before.state !== marker.state && marker.state === 'rolling-back') this.#context.log(marker.reason)
  }

  async #unheard({ title }: ChangeFailure): Promise<void> {
    if (this.#now().getTime() - this.#lastWord < silentAfterMs) return
    const row = await getChange(this.#row.id)
    if (row === null || isOver(row) || row.state === 'silent') return
    this.#context.log(title)
    await note(row, { state: 'silent', checkFailure: title })
  }

  async #isOver(): Promise<boolean> {
    const row = await getChange(this.#row.id)
    if (row === null || isOver(row)) return true
    const deadline = row.deadlineAt?.getTime() ?? this.#lastWord
    return this.#now().getTime() > deadline + patienceMs
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#context
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
    })
    signal.throwIfAborted()
  }
}

const isOver = ({ state }: ChangeRow): boolean => decidedStates.some((decided) => decided === state)

/** After a decision: nothing secret of it stays but what a revert needs, and the host is read again. */
async function settle(id: string, now: () => Date): Promise<void> {
  const row = await getChange(id)
  if (row === null || !isOver(row)) return
  await deleteSecret(tokenPlace(id))
  await deleteSecret(workPlace(id))
  const host = await getHost(row.hostId)
  if (host === null) return
  const session = await sshPool().session(await connectionOf(host))
  if (!session.ok) return
  const facts = await readFacts(session.value, now)
  if (facts.ok) await keepFacts(host.id, facts.value)
}
