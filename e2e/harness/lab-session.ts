import { readFileSync } from 'node:fs'
import { probeHostKeys } from '../../lib/ssh/probe.ts'
import { openSession, type Session } from '../../lib/ssh/session.ts'
import type { LabHost } from '../lab/host.ts'

/** An SSH session on a lab host, closed at the end of its scope (`await using`). */
export async function labSession(
  { address, keyPath }: LabHost,
  user = 'root',
): Promise<{ value: Session } & AsyncDisposable> {
  const { keys } = await probeHostKeys({ address, port: 22 })
  const opened = await openSession({
    id: address,
    address,
    port: 22,
    user,
    credential: { kind: 'key', privateKey: readFileSync(keyPath, 'utf8') },
    pinned: keys.map(({ fingerprint }) => fingerprint),
    jump: null,
  })
  if (!opened.ok) throw new Error(opened.error.title)
  const session = opened.value
  return {
    value: session,
    [Symbol.asyncDispose]: async () => {
      session.close()
      await session.closed
    },
  }
}
