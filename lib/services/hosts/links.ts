import type { Actor } from '../../access/can.ts'
import type { LinkHistory, LinkRates } from '../../contract/hosts.ts'
import { hub } from '../../live/hub.ts'
import { figureNames, type Figures } from '../../stats/live-protocol.ts'
import { refuse } from '../refuse.ts'
import { knownFacts } from './facts.ts'
import { findHost } from './find.ts'

const unknown: Figures = [null, null, null, null, null, null, null, null]

/** The links of a host with their rates as of the last sample. @param reference id or name */
export async function readLinks(actor: Actor, reference: string, now: Date): Promise<LinkRates> {
  await refuse(actor, 'host.read')
  const host = await findHost(reference)
  const { network } = await knownFacts(host)
  const sample = hub().figures(host.id)
  const sampled = new Map(sample?.links.map((link) => [link.name, link]))
  const management = new Set(network.managementPath?.links)
  return {
    host: host.id,
    at: sample === null ? null : new Date(sample.at).toISOString(),
    ageMs: sample === null ? null : Math.max(0, now.getTime() - sample.at),
    links: network.links.map((link) => {
      const { figures = unknown, counters = null } = sampled.get(link.name) ?? {}
      const [rxPps, txPps, rxBps, txBps, rxDrops, txDrops, rxErrors, txErrors] = figures
      return {
        name: link.name,
        kind: link.kind,
        up: link.up,
        carrier: link.carrier,
        master: link.master,
        mtu: link.mtu,
        speedMbps: link.speedMbps,
        vm: link.vm?.domain ?? null,
        management: management.has(link.name),
        rxPps,
        txPps,
        rxBps,
        txBps,
        rxDrops,
        txDrops,
        rxErrors,
        txErrors,
        counters,
      }
    }),
  }
}

/** What the memory still holds of one link's rates. @param reference id or name */
export async function readHistory(
  actor: Actor,
  reference: string,
  link: string,
  seconds: number,
): Promise<LinkHistory> {
  await refuse(actor, 'host.read')
  const host = await findHost(reference)
  const { at, columns } = hub().history(host.id, link, seconds) ?? { at: [], columns: [] }
  const named = Object.fromEntries(figureNames.map((name, index) => [name, columns[index] ?? []]))
  return { host: host.id, link, at, ...(named as Omit<LinkHistory, 'host' | 'link' | 'at'>) }
}
