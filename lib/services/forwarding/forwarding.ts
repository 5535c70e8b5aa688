import { createHash } from 'node:crypto'
import type { Actor } from '../../access/can.ts'
import { forwardingConfigSchema, type Forwarding } from '../../contract/forwarding.ts'
import {
  applyForwarding,
  forwardingFiles,
  type ForwardingFailure,
  type ForwardingReading,
  markOf,
  pathOf,
  readForwarding,
} from '../../host/forwarding.ts'
import { readLinksNow } from '../../host/links.ts'
import { Problem } from '../../kit/problem.ts'
import { forwardWarnings } from '../../net/forward-filters.ts'
import { checkForwarding, type ForwardingConfig, isNothing, noForwarding } from '../../net/forwarding.ts'
import { openSession } from '../../ssh/session.ts'
import { getFacts } from '../../store/facts.ts'
import type { HostRow } from '../../store/hosts.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { connectionOf, sessionOf } from '../hosts/target.ts'
import { audited, refuse } from '../refuse.ts'
import { sshProblem } from '../ssh-problem.ts'

/** What the host forwards for Drawbridge, what else filters there, and what keeps VMs from being reached. */
export async function getForwarding(actor: Actor, reference: string): Promise<Forwarding> {
  await refuse(actor, 'host.read')
  return read(await findHost(reference))
}

/**
 * Replaces all rules, in one transaction, and keeps them once a new connection to the host succeeded; without one the
 * host itself goes back to what was. @param reference id or name of the host
 */
export async function setForwarding(
  actor: Actor,
  reference: string,
  asked: { config: ForwardingConfig; etag: string | null },
): Promise<Forwarding> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'host.network', hostTargetOf(host), async (note) => {
    const { nat, ports, isolated, passBridged, passFirewall } = asked.config
    const counts = { nat: nat.length, ports: ports.length, isolated: isolated.length, passBridged, passFirewall }
    note({ detail: { did: 'set forwarding', ...counts } })
    const before = await read(host)
    if (asked.etag !== null && asked.etag !== before.etag)
      throw new Problem({
        code: 'forwarding-changed',
        kind: 'conflict',
        title: 'Somebody else changed the forwarding of this host meanwhile. Look at it again, then change it.',
        extra: { etag: before.etag },
      })
    const session = await sessionOf(host)
    const [facts, links] = await Promise.all([getFacts(host.id), readLinksNow(session)])
    if (!links.ok) throw sshProblem(links.error)
    const errors = checkForwarding(asked.config, {
      links: links.value ?? facts?.network.links ?? [],
      managementPorts: [...new Set([22, host.port])],
    })
    const [first] = errors
    if (first !== undefined)
      throw new Problem({ code: 'bad-forwarding', kind: 'invalid', title: first.message, fields: errors })
    const target = await connectionOf(host)
    const applied = await applyForwarding(session, asked.config, await routersOf(host), () =>
      openSession(target, { timeoutMs: 8000 }),
    )
    if (!applied.ok) throw forwardingProblem(applied.error)
    return read(host)
  })
}

/** Links whose IPv6 gateway came by router advertisement, which the kernel forgets when it begins to forward. */
async function routersOf(host: HostRow): Promise<string[]> {
  const facts = await getFacts(host.id)
  const learned = facts?.network.routes.filter(({ family, protocol }) => family === 'inet6' && protocol === 'ra') ?? []
  return [...new Set(learned.map(({ device }) => device))].toSorted()
}

function forwardingProblem({ code, title, ssh }: ForwardingFailure): Problem {
  if (ssh !== undefined) return sshProblem(ssh)
  return new Problem({ code: `forwarding-${code}`, kind: code === 'undone' ? 'unreachable' : 'conflict', title })
}

async function read(host: HostRow): Promise<Forwarding> {
  const answer = await readForwarding(await sessionOf(host))
  if (!answer.ok) throw sshProblem(answer.error)
  const reading = answer.value
  const config = savedOf(reading)
  const situation = { ...reading, inEffect: isNothing(config) ? null : reading.chains.includes(markOf(config)) }
  const { filters, bridges, docker, ufw, firewalld, brNetfilter, forwarding } = reading
  const files = isNothing(config) ? [] : [...forwardingFiles(config, await routersOf(host))]
  return {
    config,
    etag: createHash('sha256')
      .update(reading.savedText ?? '')
      .digest('base64url'),
    inEffect: situation.inEffect,
    forwarding,
    brNetfilter,
    filters,
    bridges,
    docker,
    ufw,
    firewalld,
    warnings: forwardWarnings(situation, config),
    files: files.filter(([, text]) => text !== '').map(([name, text]) => ({ path: pathOf(name), text })),
  }
}

/** What was saved on the host, which anybody with root there may have edited. */
function savedOf({ savedText }: ForwardingReading): ForwardingConfig {
  if (savedText === null) return noForwarding
  try {
    return forwardingConfigSchema.parse(JSON.parse(savedText))
  } catch {
    throw new Problem({
      code: 'forwarding-unreadable',
      kind: 'conflict',
      title: '/etc/drawbridge/forwarding.json on the host is not as Drawbridge wrote it. Mend or delete it.',
    })
  }
}
