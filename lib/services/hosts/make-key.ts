import type { Actor } from '../../access/can.ts'
import type { GeneratedKey } from '../../contract/hosts.ts'
import { generateKey } from '../../ssh/keys.ts'
import { dropKeyDraftsBefore, keepKeyDraft } from '../../store/key-drafts.ts'
import { audited, refuse } from '../refuse.ts'

const draftLifeMs = 24 * 3600 * 1000

/** Makes a key pair for a host that is to be added. The private half never leaves; the public half is to be installed. */
export async function makeKey(actor: Actor, now: Date): Promise<GeneratedKey> {
  await refuse(actor, 'host.add')
  return audited(actor, 'host.add', { kind: 'key' }, async (note) => {
    await dropKeyDraftsBefore(new Date(now.getTime() - draftLifeMs))
    const { privateKey, publicKey } = generateKey('drawbridge')
    const keyId = await keepKeyDraft(privateKey)
    note({ target: { kind: 'key', id: keyId }, detail: { verb: 'make-key' } })
    return { keyId, publicKey, installCommand: installCommand(publicKey) }
  })
}

/** Base64 and our own comment: nothing in a public key needs quoting, and the quotes keep the spaces. */
const installCommand = (publicKey: string): string =>
  `install -d -m 700 ~/.ssh && echo '${publicKey}' >> ~/.ssh/authorized_keys && chmod 600 ~/.ssh/authorized_keys`
