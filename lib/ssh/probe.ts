import { sshFailure, type HostKey, type SshFailure } from './failure.ts'
import { dial, lineOf, type Line } from './dial.ts'
import { keyFamilies, shakeHands, type KeyFamily } from './connect.ts'
import { openSession, type Session } from './session.ts'
import type { HostTarget } from './target.ts'
import { plainText } from '../kit/plain-text.ts'
import { err, ok, type Result } from '../kit/result.ts'

export interface Probe {
  /** e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  banner: string | null
  /** One per type the host offers: Ed25519, ECDSA, RSA. */
  keys: HostKey[]
  /** Null when at least one key was seen. */
  failure: SshFailure | null
}

/**
 * Asks who answers at an address: nothing is trusted, nothing is sent but the key exchange. `via` is a session on the
 * jump host that stands already; with `jump` one is opened for the probe.
 */
export async function probeHostKeys(at: {
  address: string
  port: number
  jump?: HostTarget | null
  via?: Session
  timeoutMs?: number
}): Promise<Probe> {
  const timeoutMs = at.timeoutMs ?? 10_000
  const opened = at.via === undefined && at.jump ? await openSession(at.jump, { timeoutMs }) : null
  if (opened !== null && !opened.ok)
    return {
      banner: null,
      keys: [],
      failure: sshFailure('jump-failed', `The jump host can’t be used. ${opened.error.title}`, opened.error.detail, {
        cause: opened.error,
      }),
    }
  const via = at.via ?? (opened?.ok ? opened.value : undefined)
  try {
    return await collectKeys(at, timeoutMs, via)
  } finally {
    if (opened?.ok) opened.value.close()
  }
}

async function collectKeys(
  at: { address: string; port: number },
  timeoutMs: number,
  via: Session | undefined,
): Promise<Probe> {
  const first = await askForKey(at, timeoutMs, via)
  const keys = first.key === null ? [] : [first.key]
  const others = (Object.keys(keyFamilies) as KeyFamily[]).filter(
    (family) =>
      keyFamilies[family].some((name) => first.offered.includes(name)) &&
      !keys.some(({ algorithm }) => (keyFamilies[family] as readonly string[]).includes(algorithm)),
  )
  // One after the other: sshd turns away whoever opens many connections at once (MaxStartups).
  for (const family of others) {
    const { key } = await askForKey(at, timeoutMs, via, family)
    if (key !== null && !keys.some(({ fingerprint }) => fingerprint === key.fingerprint)) keys.push(key)
  }
  return { banner: first.banner, keys, failure: keys.length > 0 ? null : first.failure }
}

interface Answer {
  banner: string | null
  key: HostKey | null
  /** Names of the host key types the server listed. */
  offered: string[]
  failure: SshFailure | null
}

async function askForKey(
  at: { address: string; port: number },
  timeoutMs: number,
  via: Session | undefined,
  family?: KeyFamily,
): Promise<Answer> {
  const line = await lineTo(at, timeoutMs, via)
  if (!line.ok) return { banner: null, key: null, offered: [], failure: line.error }
  let seen: HostKey | null = null
  let offered: string[] = []
  // A key never reaches this sign-in: the host key is refused first.
  const nobody = { kind: 'password', password: '' } as const
  const target: HostTarget = { id: '', ...at, user: 'drawbridge', credential: nobody, pinned: [], jump: null }
  const shaken = await shakeHands(line.value, target, {
    timeoutMs,
    ...(family === undefined ? {} : { family }),
    trusts: (key) => {
      seen = key
      return false
    },
    debug: (text) => {
      const listed = /^Handshake: \(remote\) Host key format: (.*)$/.exec(text)?.[1]
      if (listed !== undefined) offered = listed.split(',')
    },
  })
  if (shaken.ok) shaken.value.end()
  const said = line.value.firstLine()
  return {
    banner: said?.startsWith('SSH-') ? plainText(said, 255) : null,
    key: seen,
    offered,
    failure: shaken.ok || seen !== null ? null : shaken.error,
  }
}

async function lineTo(
  at: { address: string; port: number },
  timeoutMs: number,
  via: Session | undefined,
): Promise<Result<Line, SshFailure>> {
  if (via === undefined) return dial(at, timeoutMs)
  const forwarded = await via.forwardTcp(at.address, at.port)
  if (forwarded.ok) return ok(lineOf(forwarded.value))
  return err({ ...forwarded.error, title: `Seen from the jump host ${via.place}: ${forwarded.error.title}` })
}
