import type { Actor } from '../../access/can.ts'
import type { EditHost, Host, HostKeyInfo } from '../../contract/hosts.ts'
import { Problem } from '../../kit/problem.ts'
import { keeper } from '../../live/keeper.ts'
import { sshPool } from '../../ssh/pool.ts'
import { getFacts } from '../../store/facts.ts'
import { replaceHostKeys } from '../../store/host-keys.ts'
import { updateHost } from '../../store/hosts.ts'
import { audited, refuse } from '../refuse.ts'
import { confirmedKey, jumpSession } from './confirm-key.ts'
import { findHost, hostTargetOf } from './find.ts'
import { requireNoLoop } from './jump.ts'
import { nameTaken } from './name.ts'
import { presentHost } from './present.ts'

/**
 * Changes what is known of a host, or trusts a changed host key, which the host must offer at that moment.
 * @param reference id or name
 */
export async function editHost(actor: Actor, reference: string, edit: EditHost): Promise<Host> {
  await refuse(actor, 'host.edit', { kind: 'host', name: reference })
  if (edit.fingerprint !== undefined) await refuse(actor, 'host.repin', { kind: 'host', name: reference })
  const before = await findHost(reference)
  const { fingerprint, ...columns } = edit
  const action = fingerprint === undefined ? 'host.edit' : 'host.repin'
  return audited(actor, action, hostTargetOf(before), async (note) => {
    note({ detail: edit })
    if (columns.jumpHostId !== undefined) await requireNoLoop(before.id, columns.jumpHostId)
    const key = fingerprint === undefined ? null : await offeredKey({ ...before, ...columns, fingerprint })
    const saved = await updateHost(before.id, columns)
    if (!saved.ok) {
      if (saved.error === 'name-taken') throw nameTaken(edit.name ?? before.name)
      throw new Problem({ code: 'gone', kind: 'conflict', title: 'The host or its jump host was removed meanwhile.' })
    }
    if (key !== null) await replaceHostKeys(before.id, [{ ...key, pinnedBy: actor.name }])
    const after = await findHost(before.id)
    if (key !== null || isElsewhere(edit)) {
      sshPool().drop(before.id)
      keeper().retryNow(before.id)
    }
    return presentHost(after, await getFacts(before.id))
  })
}

const isElsewhere = ({ address, port, user, jumpHostId }: EditHost): boolean =>
  [address, port, user, jumpHostId].some((column) => column !== undefined)

async function offeredKey(at: {
  address: string
  port: number
  jumpHostId: string | null
  fingerprint: string
}): Promise<HostKeyInfo> {
  return confirmedKey(at, await jumpSession(at.jumpHostId))
}
