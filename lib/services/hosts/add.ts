import type { Actor } from '../../access/can.ts'
import type { Host, HostKeyInfo, NewHost } from '../../contract/hosts.ts'
import type { HostFacts } from '../../facts/facts.ts'
import { readFacts } from '../../host/facts.ts'
import { Problem } from '../../kit/problem.ts'
import { keeper } from '../../live/keeper.ts'
import { checkHost } from '../../ssh/check-host.ts'
import { openSession, type Session } from '../../ssh/session.ts'
import type { HostTarget } from '../../ssh/target.ts'
import { saveFacts } from '../../store/facts.ts'
import { createHost } from '../../store/hosts.ts'
import { newId } from '../../store/id.ts'
import { dropKeyDraft } from '../../store/key-drafts.ts'
import { deleteSecret, sealSecret } from '../../store/secrets.ts'
import { audited, refuse } from '../refuse.ts'
import { sshProblem } from '../ssh-problem.ts'
import { type Credential, credentialFor } from './credential.ts'
import { confirmedKey, jumpSession } from './confirm-key.ts'
import { nameTaken, requireFreeName } from './name.ts'
import { presentHost } from './present.ts'
import { passphrasePlace, privateKeyPlace } from './target.ts'

/**
 * Adds a host that can be signed in to, now, in the way given: the host key is the one that was confirmed, it is
 * Linux, and root is to be had. Nothing is kept when one of that fails.
 */
export async function addHost(actor: Actor, host: NewHost, now: () => Date): Promise<Host> {
  await refuse(actor, 'host.add', { kind: 'host', name: host.name })
  const { name, address, port, user, fingerprint, jumpHostId } = host
  return audited(actor, 'host.add', { kind: 'host', name }, async (note) => {
    note({ detail: { address, port, user, signIn: host.signIn.kind, fingerprint, jumpHostId } })
    await requireFreeName(name)
    const via = await jumpSession(jumpHostId)
    const key = await confirmedKey(host, via)
    const id = newId()
    const place = { id, address, port, user, pinned: [fingerprint], jump: null }
    const credential = await credentialFor(host, place, via)
    const facts = await firstLook({ ...place, credential: credential.credential }, via, now)
    const row = await keep(id, host, key, credential, actor.name)
    note({ target: { kind: 'host', id, name } })
    if (facts !== null) await saveFacts(id, facts)
    if (host.signIn.kind === 'generated-key') await dropKeyDraft(host.signIn.keyId)
    keeper().track(id)
    return presentHost(row, facts)
  })
}

/** Signs in as Drawbridge will from now on, and looks around. What can't be read is no reason to refuse the host. */
async function firstLook(target: HostTarget, via: Session | undefined, now: () => Date): Promise<HostFacts | null> {
  const opened = await openSession(target, via === undefined ? {} : { via })
  if (!opened.ok) throw sshProblem(opened.error)
  try {
    const checked = await checkHost(opened.value)
    if (!checked.ok) throw sshProblem(checked.error)
    const facts = await readFacts(opened.value, now)
    return facts.ok ? facts.value : null
  } finally {
    opened.value.close()
  }
}

async function keep(
  id: string,
  host: NewHost,
  key: HostKeyInfo,
  { signIn, publicKey, credential }: Credential,
  pinnedBy: string,
) {
  const { name, address, port, user, jumpHostId, tags, notes } = host
  // Secrets first: a host without its key would be of no use, a key without its host is dropped below.
  if (credential.kind === 'key') {
    await sealSecret(privateKeyPlace(id), credential.privateKey)
    if (credential.passphrase !== undefined) await sealSecret(passphrasePlace(id), credential.passphrase)
  }
  const columns = { id, name, address, port, user, signIn, publicKey, jumpHostId, tags, notes }
  const made = await createHost({ ...columns, keys: [{ ...key, pinnedBy }] }).catch(async (failure: unknown) => {
    await deleteSecret({ owner: 'Host', row: id })
    throw failure
  })
  if (made.ok) return made.value
  await deleteSecret({ owner: 'Host', row: id })
  if (made.error === 'name-taken') throw nameTaken(name)
  throw new Problem({ code: 'no-jump-host', kind: 'conflict', title: 'The jump host was removed meanwhile.' })
}
