import type { Actor } from '../../access/can.ts'
import type { Change } from '../../contract/network.ts'
import { listChanges, type ChangeRow } from '../../store/changes.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'
import { laterThan, presentChange, readOne } from './present.ts'

/** Changes of one host, newest first. */
export async function listHostChanges(actor: Actor, reference: string): Promise<Change[]> {
  await refuse(actor, 'host.read')
  const host = await findHost(reference)
  return presentAll(await listChanges({ hostId: host.id }))
}

/** Changes of all hosts, newest first. */
export async function listOpenChanges(actor: Actor, undecided: boolean): Promise<Change[]> {
  await refuse(actor, 'host.read')
  return presentAll(await listChanges({ undecided }))
}

export async function readChange(actor: Actor, id: string): Promise<Change> {
  await refuse(actor, 'host.read')
  return readOne(id)
}

const presentAll = (rows: ChangeRow[]): Change[] =>
  rows.map((row) =>
    presentChange(
      row,
      laterThan(
        row,
        rows.filter(({ hostId }) => hostId === row.hostId),
      ),
    ),
  )
