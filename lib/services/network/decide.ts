import type { Actor } from '../../access/can.ts'
import type { Change } from '../../contract/network.ts'
import { extendChange as extendOnHost, undoChange as undoOnHost, type ChangeFailure } from '../../host/commit.ts'
import { Problem } from '../../kit/problem.ts'
import { decidedStates, type ChangeRow } from '../../store/changes.ts'
import { audited, refuse } from '../refuse.ts'
import { sshProblem } from '../ssh-problem.ts'
import { betweenChecksMs, checkOnce, confirmOver, freshSession, noteMarker } from './follow.ts'
import { checksNeeded, findChange, readOne } from './present.ts'

const checksWaitMs = 40_000

/** Keeps a change once two new connections passed all checks; waits for them when they have not been made yet. */
export async function keepChange(actor: Actor, id: string, now: () => Date): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'change', id })
  const row = await findChange(id)
  return audited(actor, 'host.network', targetOf(row), async (note) => {
    note({ detail: { change: id, decision: 'keep' } })
    if (row.state !== 'kept') {
      requireUndecided(row)
      await passChecks(id, now)
      const kept = await confirmOver(row)
      if (!kept.ok) throw changeProblem(kept.error)
      await noteMarker(row, kept.value, now)
    }
    return readOne(id)
  })
}

async function passChecks(id: string, now: () => Date): Promise<void> {
  const until = now().getTime() + checksWaitMs
  for (;;) {
    const row = await findChange(id)
    requireUndecided(row)
    if (row.checksPassed >= checksNeeded) return
    const checked = await checkOnce(row, now)
    if (checked.ok && (checked.value.state === 'rolling-back' || checked.value.state === 'reverted')) continue
    if (now().getTime() > until)
      throw new Problem({
        code: 'not-reached',
        kind: 'unreachable',
        title: `${row.host.name} could not be reached over two new connections, so nothing is kept. It restores itself unless you try again.`,
        ...(checked.ok ? {} : { detail: checked.error.title }),
      })
    await new Promise((resolve) => setTimeout(resolve, betweenChecksMs))
  }
}

/** Undoes it now, on the host's own word that it has begun to. */
export async function undoChange(actor: Actor, id: string, now: () => Date): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'change', id })
  const row = await findChange(id)
  return audited(actor, 'host.network', targetOf(row), async (note) => {
    note({ detail: { change: id, decision: 'undo' } })
    requireUndecided(row)
    const undone = await onHost(row, (session) => undoOnHost(session, id))
    await noteMarker(row, undone, now)
    return readOne(id)
  })
}

/** Gives it more time. @param seconds from now on */
export async function extendChange(actor: Actor, id: string, seconds: number, now: () => Date): Promise<Change> {
  await refuse(actor, 'host.network', { kind: 'change', id })
  const row = await findChange(id)
  return audited(actor, 'host.network', targetOf(row), async (note) => {
    note({ detail: { change: id, decision: 'extend', seconds } })
    requireUndecided(row)
    await noteMarker(row, await onHost(row, (session) => extendOnHost(session, id, seconds)), now)
    return readOne(id)
  })
}

async function onHost(
  row: ChangeRow,
  ask: (session: Parameters<typeof undoOnHost>[0]) => ReturnType<typeof undoOnHost>,
) {
  const session = await freshSession(row.hostId)
  if (!session.ok) throw changeProblem(session.error)
  try {
    const answer = await ask(session.value)
    if (!answer.ok) throw changeProblem(answer.error)
    return answer.value
  } finally {
    session.value.close()
  }
}

function requireUndecided({ state, host, reason }: ChangeRow): void {
  if (!decidedStates.some((decided) => decided === state)) return
  const title =
    state === 'kept'
      ? 'This change was kept already. Revert it as a new change.'
      : `This change is over: ${reason ?? `${host.name} restored itself.`}`
  throw new Problem({ code: 'decided', kind: 'conflict', title })
}

const targetOf = ({ hostId, host }: ChangeRow) => ({ kind: 'host', id: hostId, name: host.name })

function changeProblem({ code, title, detail, ssh }: ChangeFailure): Problem {
  if (ssh !== undefined) return sshProblem(ssh)
  return new Problem({ code, kind: 'conflict', title, ...(detail === undefined ? {} : { detail }) })
}
