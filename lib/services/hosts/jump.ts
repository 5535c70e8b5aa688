import { Problem } from '../../kit/problem.ts'
import { getHost, type HostRow } from '../../store/hosts.ts'

const wrongJump = (code: string, title: string): Problem =>
  new Problem({ code, kind: 'invalid', title, fields: [{ field: 'jumpHostId', message: title }] })

/** The host that is to be the jump host, or null for none. */
export async function jumpHostOf(id: string | null): Promise<HostRow | null> {
  if (id === null) return null
  const host = await getHost(id)
  if (host === null) throw wrongJump('no-jump-host', 'The jump host does not exist; choose another one.')
  return host
}

/** Refuses a jump host that is itself reached through this host. */
export async function requireNoLoop(hostId: string, jumpHostId: string | null): Promise<void> {
  for (let next = await jumpHostOf(jumpHostId); next !== null; next = await jumpHostOf(next.jumpHostId))
    if (next.id === hostId)
      throw wrongJump('jump-loop', 'This jump host is itself reached through this host; choose another one.')
}
