import { createHash } from 'node:crypto'
import { once } from '../kit/once.ts'
import { err, type Result } from '../kit/result.ts'
import { rootCause, type SshFailure } from './failure.ts'
import { jumpedFailure, openSession, type OpenOptions, type Session } from './session.ts'
import type { HostTarget } from './target.ts'

/** `live` carries the sampler and the watchers, so that a hung command never delays a sample; `console` carries VMs’ consoles; `jump` carries others. */
export type Purpose = 'control' | 'live' | 'console' | 'jump'

export interface SshPool {
  /**
   * The shared session of this host for this purpose, connecting when there is none. Soon after a failure the same
   * failure comes back without a try; a changed host key is not tried again until the target itself changes.
   */
  session(target: HostTarget, purpose?: Purpose): Promise<Result<Session, SshFailure>>
  /** Closes every connection of this host and forgets its failures. */
  drop(hostId: string): void
  close(): void
}

interface Entry {
  /** Changes whenever anything of the target does, its secrets included. */
  identity: string
  hostId: string
  connecting: Promise<Result<Session, SshFailure>> | null
  session: Session | null
  failures: number
  failure: SshFailure | null
  notBefore: number
}

// sshd bans addresses that fail often (PerSourcePenalties: 5 s per wrong sign-in, kept from 15 s on), so a wrong key
// waits longer than a host that is merely down.
const firstWaitMs = 1000
const firstWaitAfterSignInMs = 5000
const longestWaitMs = 30_000

const identityOf = (target: HostTarget): string => createHash('sha256').update(JSON.stringify(target)).digest('base64')

const waitAfter = (failure: SshFailure, failures: number): number => {
  const { code } = rootCause(failure)
  if (code === 'key-changed') return Number.POSITIVE_INFINITY
  const isSignIn = code === 'auth-failed' || code === 'bad-key' || code === 'no-agent'
  return Math.min(longestWaitMs, (isSignIn ? firstWaitAfterSignInMs : firstWaitMs) * 2 ** (failures - 1))
}

/** One pool; the product has a single one, `sshPool()`. */
export function createSshPool({
  open = openSession,
  now = () => performance.now(),
}: {
  open?: (target: HostTarget, options?: OpenOptions) => Promise<Result<Session, SshFailure>>
  now?: () => number
} = {}): SshPool {
  const entries = new Map<string, Entry>()

  const entryOf = (target: HostTarget, purpose: Purpose): Entry => {
    const key = `${purpose} ${target.id}`
    const identity = identityOf(target)
    const held = entries.get(key)
    if (held?.identity === identity) return held
    held?.session?.close()
    const entry: Entry = {
      identity,
      hostId: target.id,
      connecting: null,
      session: null,
      failures: 0,
      failure: null,
      notBefore: 0,
    }
    entries.set(key, entry)
    return entry
  }

  const connect = async (
    target: HostTarget,
    entry: Entry,
    isHeld: () => boolean,
  ): Promise<Result<Session, SshFailure>> => {
    let opened: Result<Session, SshFailure>
    if (target.jump === null) opened = await open(target)
    else {
      const jump = await session(target.jump, 'jump')
      opened = jump.ok ? await open(target, { via: jump.value }) : err(jumpedFailure(target, jump.error))
    }
    entry.connecting = null
    if (!opened.ok) {
      entry.failures++
      entry.failure = opened.error
      entry.notBefore = now() + waitAfter(opened.error, entry.failures)
      return opened
    }
    const standing = opened.value
    if (!isHeld()) {
      standing.close()
      return opened
    }
    entry.session = standing
    entry.failures = 0
    entry.failure = null
    void standing.closed.then(() => {
      if (entry.session === standing) entry.session = null
    })
    return opened
  }

  const session = (target: HostTarget, purpose: Purpose = 'control'): Promise<Result<Session, SshFailure>> => {
    const entry = entryOf(target, purpose)
    if (entry.session !== null && !entry.session.isClosed) return Promise.resolve({ ok: true, value: entry.session })
    if (entry.connecting !== null) return entry.connecting
    if (entry.failure !== null && now() < entry.notBefore) return Promise.resolve(err(entry.failure))
    entry.connecting = connect(target, entry, () => entries.get(`${purpose} ${target.id}`) === entry)
    return entry.connecting
  }

  const forget = (key: string, entry: Entry) => {
    entries.delete(key)
    entry.session?.close()
  }

  return {
    session,
    drop: (hostId) => {
      for (const [key, entry] of entries) if (entry.hostId === hostId) forget(key, entry)
    },
    close: () => {
      for (const [key, entry] of entries) forget(key, entry)
    },
  }
}

export const sshPool = (): SshPool => once('ssh-pool', () => createSshPool())
