import type { Actor } from '../../access/can.ts'
import type { Probe } from '../../contract/hosts.ts'
import { sshPool } from '../../ssh/pool.ts'
import { probeHostKeys } from '../../ssh/probe.ts'
import type { SshFailure } from '../../ssh/failure.ts'
import { audit, refuse } from '../refuse.ts'
import { jumpHostOf } from './jump.ts'
import { connectionOf } from './target.ts'

/** Who answers at an address. Nothing is trusted and nothing is signed in to. Not reachable is an answer, no error. */
export async function probeHost(
  actor: Actor,
  { address, port, jumpHostId }: { address: string; port: number; jumpHostId: string | null },
): Promise<Probe> {
  const target = { kind: 'address', name: `${address} port ${port}` }
  await refuse(actor, 'host.probe', target)
  const jump = await jumpHostOf(jumpHostId)
  const seen = await look()
  await audit(actor, 'host.probe', 'done', target, { reachable: seen.failure === null })
  const { failure, banner, keys } = seen
  return {
    address,
    port,
    reachable: failure === null,
    failure: failure && { code: failure.code, title: failure.title, detail: failure.detail ?? null },
    banner,
    keys,
  }

  async function look(): Promise<{ banner: string | null; keys: Probe['keys']; failure: SshFailure | null }> {
    if (jump === null) return probeHostKeys({ address, port })
    const via = await sshPool().session(await connectionOf(jump), 'jump')
    if (!via.ok) return { banner: null, keys: [], failure: jumpRefused(via.error) }
    return probeHostKeys({ address, port, via: via.value })
  }
}

const jumpRefused = (cause: SshFailure): SshFailure => ({
  code: 'jump-failed',
  title: `The jump host can’t be used. ${cause.title}`,
  ...(cause.detail === undefined ? {} : { detail: cause.detail }),
})
