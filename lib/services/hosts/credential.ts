import type { NewHost } from '../../contract/hosts.ts'
import { Problem } from '../../kit/problem.ts'
import { installKey } from '../../ssh/install-key.ts'
import { checkPrivateKey, generateKey } from '../../ssh/keys.ts'
import { checkHost } from '../../ssh/check-host.ts'
import { openSession, type Session } from '../../ssh/session.ts'
import type { HostCredential, HostTarget } from '../../ssh/target.ts'
import { openKeyDraft } from '../../store/key-drafts.ts'
import { sshProblem } from '../ssh-problem.ts'

export interface Credential {
  signIn: 'generated-key' | 'stored-key' | 'agent'
  publicKey: string | null
  credential: HostCredential
}

/**
 * Turns what the form says into what Drawbridge signs in with from now on. A password is used here, once, to install
 * a key made for it, and goes no further.
 */
export async function credentialFor(
  { signIn, name }: NewHost,
  place: Omit<HostTarget, 'credential'>,
  via: Session | undefined,
): Promise<Credential> {
  switch (signIn.kind) {
    case 'agent':
      return { signIn: 'agent', publicKey: null, credential: { kind: 'agent' } }
    case 'generated-key': {
      const privateKey = await openKeyDraft(signIn.keyId)
      if (privateKey === null)
        throw field(
          'no-key-draft',
          'signIn.keyId',
          'This key was used already or is older than a day. Generate a new one and install its public half.',
        )
      return {
        signIn: 'generated-key',
        publicKey: publicHalf(privateKey, null),
        credential: { kind: 'key', privateKey },
      }
    }
    case 'stored-key': {
      const { privateKey, passphrase } = signIn
      const publicKey = publicHalf(privateKey, passphrase)
      const locked = passphrase === null || passphrase === '' ? {} : { passphrase }
      return { signIn: 'stored-key', publicKey, credential: { kind: 'key', privateKey, ...locked } }
    }
    case 'password': {
      const made = generateKey(`drawbridge ${name}`)
      const once = { ...place, credential: { kind: 'password', password: signIn.password } } as const
      await installWithPassword(once, via, made.publicKey)
      const credential = { kind: 'key', privateKey: made.privateKey } as const
      return { signIn: 'generated-key', publicKey: made.publicKey, credential }
    }
  }
}

async function installWithPassword(target: HostTarget, via: Session | undefined, publicKey: string): Promise<void> {
  const opened = await openSession(target, via === undefined ? {} : { via })
  if (!opened.ok) throw sshProblem(opened.error)
  try {
    // First, so that no key is left where Drawbridge has no business.
    const checked = await checkHost(opened.value)
    if (!checked.ok) throw sshProblem(checked.error)
    const installed = await installKey(opened.value, publicKey)
    if (!installed.ok) throw sshProblem(installed.error)
  } finally {
    opened.value.close()
  }
}

function publicHalf(privateKey: string, passphrase: string | null): string {
  const checked = checkPrivateKey(privateKey, passphrase)
  if (checked.ok) return checked.value.publicKey
  const isLock = /passphrase/i.test(checked.error.title)
  throw field('bad-key', isLock ? 'signIn.passphrase' : 'signIn.privateKey', checked.error.title, checked.error.detail)
}

const field = (code: string, name: string, title: string, detail?: string): Problem =>
  new Problem({
    code,
    kind: 'invalid',
    title,
    fields: [{ field: name, message: title }],
    ...(detail === undefined ? {} : { detail }),
  })
