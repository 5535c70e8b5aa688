import { Problem } from '../../kit/problem.ts'
import type { HostCredential, HostTarget } from '../../ssh/target.ts'
import { sshPool } from '../../ssh/pool.ts'
import type { Session } from '../../ssh/session.ts'
import { getHost, type HostRow } from '../../store/hosts.ts'
import { openSecret } from '../../store/secrets.ts'
import { sshProblem } from '../ssh-problem.ts'

/** More hops would only be a loop somebody made by hand in the database. */
const longestChain = 8

export const privateKeyPlace = (hostId: string) => ({ owner: 'Host', row: hostId, column: 'privateKey' })
export const passphrasePlace = (hostId: string) => ({ owner: 'Host', row: hostId, column: 'passphrase' })

/** All that is needed to sign in, secrets included: never to be logged, stored or answered. */
export async function connectionOf(host: HostRow, hops = 1): Promise<HostTarget> {
  if (hops > longestChain)
    throw new Problem({
      code: 'jump-loop',
      kind: 'conflict',
      title: `${host.name} is reached through too many jump hosts. Look at the jump hosts of each of them.`,
    })
  const jumpHost = host.jumpHostId === null ? null : await getHost(host.jumpHostId)
  return {
    id: host.id,
    address: host.address,
    port: host.port,
    user: host.user,
    credential: await credentialOf(host),
    pinned: host.keys.map(({ fingerprint }) => fingerprint),
    jump: jumpHost === null ? null : await connectionOf(jumpHost, hops + 1),
  }
}

async function credentialOf(host: HostRow): Promise<HostCredential> {
  if (host.signIn === 'agent') return { kind: 'agent' }
  const [privateKey, passphrase] = await Promise.all([
    openSecret(privateKeyPlace(host.id)),
    openSecret(passphrasePlace(host.id)),
  ])
  if (privateKey === null)
    throw new Problem({
      code: 'no-key',
      kind: 'conflict',
      title: `The key for ${host.name} is not here; was it left out of a backup? Remove the host and add it again.`,
    })
  return { kind: 'key', privateKey, ...(passphrase === null ? {} : { passphrase }) }
}

/** The shared connection for commands. Throws the problem when there is no way to the host. */
export async function sessionOf(host: HostRow): Promise<Session> {
  const opened = await sshPool().session(await connectionOf(host))
  if (!opened.ok) throw sshProblem(opened.error)
  return opened.value
}
