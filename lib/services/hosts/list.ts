import type { Actor } from '../../access/can.ts'
import type { Host } from '../../contract/hosts.ts'
import { getFacts, listFacts } from '../../store/facts.ts'
import { listHosts as listRows } from '../../store/hosts.ts'
import { refuse } from '../refuse.ts'
import { findHost } from './find.ts'
import { presentHost } from './present.ts'

/** All hosts by name. */
export async function listHosts(actor: Actor): Promise<Host[]> {
  await refuse(actor, 'host.read')
  const [rows, facts] = await Promise.all([listRows(), listFacts()])
  return rows.map((row) => presentHost(row, facts.get(row.id) ?? null))
}

/** @param reference id or name */
export async function getHost(actor: Actor, reference: string): Promise<Host> {
  await refuse(actor, 'host.read')
  const row = await findHost(reference)
  return presentHost(row, await getFacts(row.id))
}
