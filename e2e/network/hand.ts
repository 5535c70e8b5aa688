import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { operationSchema } from '../../lib/contract/network.ts'
import { beginChange, confirmChange, readHistory, readMarker } from '../../lib/host/commit.ts'
import { readRawNetwork, sha256 } from '../../lib/host/network.ts'
import { backEnds } from '../../lib/net/back-ends.ts'
import type { HostChange, HostMarker } from '../../lib/net/change.ts'
import { driftOf } from '../../lib/net/drift.ts'
import { canonical, known, type Known } from '../../lib/net/known.ts'
import { planNetwork, type NetworkPlan, type Revert } from '../../lib/net/plan.ts'
import { openSession, type Session } from '../../lib/ssh/session.ts'
import { newId } from '../../lib/store/id.ts'
import type { LabHost } from '../lab/host.ts'
import { waitUntil } from '../lab/process.ts'

/** The hand of a person on a lab host's network: what the services do, without a store. */

export async function sessionTo(host: LabHost): Promise<Session> {
  const opened = await openSession({
    id: host.name,
    address: host.address,
    port: host.sshPort,
    user: 'root',
    credential: { kind: 'key', privateKey: readFileSync(host.keyPath, 'utf8') },
    pinned: (await host.fingerprints()).map((print) => print.sha256),
    jump: null,
  })
  if (!opened.ok) throw new Error(opened.error.title)
  return opened.value
}

export async function readState(session: Session): Promise<Known> {
  const raw = await readRawNetwork(session, () => new Date())
  if (!raw.ok) throw new Error(raw.error.title)
  return known(raw.value, backEnds)
}

export type Wish = Parameters<typeof operationSchema.parse>[0]

export const plan = (state: Known, wishes: readonly Wish[], revert: Revert | null = null): NetworkPlan =>
  planNetwork(
    state,
    wishes.map((wish) => operationSchema.parse(wish)),
    revert,
  )

/** A plan that must not be refused. */
export function planned(state: Known, wishes: readonly Wish[], revert: Revert | null = null): NetworkPlan {
  const made = plan(state, wishes, revert)
  if (made.work === null) throw new Error(made.refusals.map(({ sentence: { text } }) => text).join(' '))
  return made
}

export interface Begun {
  id: string
  token: string
  files: NetworkPlan['files']
}

/** Hands the plan to the host; resolves once the watchdog is armed. */
export async function begin(session: Session, made: NetworkPlan, windowSeconds = 60): Promise<Begun> {
  if (made.work === null) throw new Error('the plan is refused')
  const id = newId()
  const token = randomBytes(32).toString('hex')
  const work: HostChange = {
    ...made.work,
    id,
    windowSeconds,
    files: made.files.map(({ path, before, after, mode }) => ({
      path,
      beforeSha256: before === null ? null : sha256(before),
      after,
      mode,
    })),
  }
  const begun = await beginChange(session, work, createHash('sha256').update(token).digest('hex'))
  if (!begun.ok) throw new Error(`${begun.error.code}: ${begun.error.title} ${begun.error.detail ?? ''}`)
  return { id, token, files: made.files }
}

/** The host's word over a new connection each time, until it is one of these. Throws with its journal when it reverts unasked. */
export async function until(
  host: LabHost,
  id: string,
  states: HostMarker['state'][],
  timeoutMs = 90_000,
): Promise<HostMarker> {
  let last = 'nothing'
  return waitUntil(`${host.name} to say ${states.join(' or ')} (it said ${last})`, timeoutMs, async () => {
    const session = await sessionTo(host).catch(() => null)
    if (session === null) return null
    try {
      const marker = await readMarker(session, id)
      if (!marker.ok) return null
      last = JSON.stringify(marker.value)
      if (states.includes(marker.value.state)) return marker.value
      if (marker.value.state === 'reverted' || marker.value.state === 'kept') {
        const history = await readHistory(session, id)
        throw new Error(`${last}\n${history.ok ? history.value.join('\n') : ''}`)
      }
      return null
    } finally {
      session.close()
    }
  })
}

export async function keep(host: LabHost, { id, token }: Begun): Promise<void> {
  const session = await sessionTo(host)
  try {
    const kept = await confirmChange(session, id, token)
    if (!kept.ok) throw new Error(kept.error.title)
  } finally {
    session.close()
  }
}

/** From wish to kept. */
export async function change(host: LabHost, wishes: readonly Wish[], revert: Revert | null = null): Promise<Begun> {
  const session = await sessionTo(host)
  try {
    const begun = await begin(session, planned(await readState(session), wishes, revert))
    await until(host, begun.id, ['pending'])
    await keep(host, begun)
    return begun
  } finally {
    session.close()
  }
}

/** What files say, what is, and where both differ, each comparable as it stands. */
export interface Picture {
  files: Record<string, string>
  canonical: string
  drift: ReturnType<typeof driftOf>
  state: Known
}

export async function picture(host: LabHost): Promise<Picture> {
  const session = await sessionTo(host)
  try {
    const state = await readState(session)
    return {
      files: Object.fromEntries(
        state.raw.files.map(({ path, content, mode, uid, gid }) => [
          path,
          `${mode.toString(8)} ${uid} ${gid}\n${content}`,
        ]),
      ),
      canonical: canonical(state),
      drift: driftOf(state),
      state,
    }
  } finally {
    session.close()
  }
}

/** Until nothing of Drawbridge but the history is left on the host: the watchdog looks up once a second, then ends. */
export async function untilTidy(host: LabHost): Promise<void> {
  let left = ''
  await waitUntil('the host to be tidy', 15_000, async () => {
    left = await leftOvers(host)
    return left === '' ? true : null
  }).catch(() => {
    throw new Error(`left on the host:\n${left}`)
  })
}

const leftOvers = (host: LabHost): Promise<string> =>
  host.sh(
    'ls /etc/systemd/system | grep -i drawbridge; find /var/lib/drawbridge /run/drawbridge -mindepth 1 -maxdepth 2 -not -path "*/history*" 2>/dev/null; systemctl list-units --all --plain --no-legend "drawbridge*"; true',
  )
