import type { HostKeyInfo } from '../../contract/hosts.ts'
import { Problem } from '../../kit/problem.ts'
import { sshPool } from '../../ssh/pool.ts'
import { probeHostKeys } from '../../ssh/probe.ts'
import type { Session } from '../../ssh/session.ts'
import { sshProblem } from '../ssh-problem.ts'
import { jumpHostOf } from './jump.ts'
import { connectionOf } from './target.ts'

/** The connection to the jump host, or undefined for none. */
export async function jumpSession(jumpHostId: string | null): Promise<Session | undefined> {
  const jump = await jumpHostOf(jumpHostId)
  if (jump === null) return undefined
  const opened = await sshPool().session(await connectionOf(jump), 'jump')
  if (!opened.ok) throw sshProblem({ ...opened.error, title: `The jump host can’t be used. ${opened.error.title}` })
  return opened.value
}

/** The key a person said yes to, as the host offers it now. */
export async function confirmedKey(
  { address, port, fingerprint }: { address: string; port: number; fingerprint: string },
  via: Session | undefined,
): Promise<HostKeyInfo> {
  const { keys, failure } = await probeHostKeys({ address, port, ...(via === undefined ? {} : { via }) })
  if (failure !== null) throw sshProblem(failure)
  const key = keys.find((offered) => offered.fingerprint === fingerprint)
  if (key !== undefined) return key
  throw new Problem({
    code: 'key-changed',
    kind: 'conflict',
    title:
      'The host does not offer the key you confirmed. Look at its fingerprints again and compare them with what ssh-keygen -lf prints on its own console.',
    fields: [{ field: 'fingerprint', message: 'The host offers other keys.' }],
    extra: { confirmed: fingerprint, offered: keys },
  })
}
