import type { Actor } from '../../access/can.ts'
import type { HostFacts } from '../../facts/facts.ts'
import { readFacts as readFromHost } from '../../host/facts.ts'
import { Problem } from '../../kit/problem.ts'
import { hub } from '../../live/hub.ts'
import { linkRolesOf } from '../../stats/link-roles.ts'
import { getFacts, saveFacts } from '../../store/facts.ts'
import type { HostRow } from '../../store/hosts.ts'
import { audited, refuse } from '../refuse.ts'
import { sshProblem } from '../ssh-problem.ts'
import { findHost, hostTargetOf } from './find.ts'
import { sessionOf } from './target.ts'

/** The newest facts, also of a host that is down. @param reference id or name */
export async function readFacts(actor: Actor, reference: string): Promise<HostFacts> {
  await refuse(actor, 'host.read')
  return knownFacts(await findHost(reference))
}

export async function knownFacts(host: HostRow): Promise<HostFacts> {
  const facts = await getFacts(host.id)
  if (facts !== null) return facts
  const { reason } = hub().state(host.id)
  throw new Problem({
    code: 'no-facts',
    kind: 'not-found',
    title: `Nothing was read from ${host.name} yet${reason === null ? '; it is being reached.' : `. ${reason}`}`,
  })
}

/** Reads the facts again, now. @param reference id or name */
export async function refreshFacts(actor: Actor, reference: string, now: () => Date): Promise<HostFacts> {
  await refuse(actor, 'host.refresh', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'host.refresh', hostTargetOf(host), async () => {
    const facts = await readFromHost(await sessionOf(host), now)
    if (!facts.ok) throw sshProblem(facts.error)
    await keepFacts(host.id, facts.value)
    return facts.value
  })
}

/** Keeps facts that were just read and tells everybody who watches. */
export async function keepFacts(hostId: string, facts: HostFacts): Promise<void> {
  hub().setRoles(hostId, linkRolesOf(facts))
  const kept = await saveFacts(hostId, facts)
  if (kept) hub().publish({ type: 'facts-changed', host: hostId, takenAt: facts.takenAt })
}
