import { once } from '../../../kit/once.ts'
import { sshPool } from '../../../ssh/pool.ts'
import type { Session } from '../../../ssh/session.ts'
import { getHost } from '../../../store/hosts.ts'
import { connectionOf } from '../../hosts/target.ts'
import { sshProblem } from '../../ssh-problem.ts'
import { Problem } from '../../../kit/problem.ts'

/** How many consoles of a host are open: the last one closes the connection that carried them. */
const users = (): Map<string, number> => once('console-lines', () => new Map<string, number>())

/** Consoles have an SSH connection of their own, so that a picture never delays a figure. */
export function holdLine(hostId: string): { session(): Promise<Session>; release(): void } {
  users().set(hostId, (users().get(hostId) ?? 0) + 1)
  let last: Session | null = null
  let isHeld = true
  return {
    async session() {
      const host = await getHost(hostId)
      if (host === null)
        throw new Problem({ code: 'no-host', kind: 'not-found', title: 'This host is no longer in Drawbridge.' })
      const opened = await sshPool().session(await connectionOf(host), 'console')
      if (!opened.ok) throw sshProblem(opened.error)
      last = opened.value
      if (!isHeld && !users().has(hostId)) last.close()
      return last
    },
    release() {
      if (!isHeld) return
      isHeld = false
      const left = (users().get(hostId) ?? 1) - 1
      if (left > 0) return void users().set(hostId, left)
      users().delete(hostId)
      last?.close()
    },
  }
}
