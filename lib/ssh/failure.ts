import { plainText } from '../kit/plain-text.ts'

export type SshFailureCode =
  | 'refused'
  | 'unreachable'
  | 'unresolved'
  | 'timeout'
  | 'no-common-algorithm'
  | 'auth-failed'
  | 'key-changed'
  | 'sudo-missing'
  | 'sudo-password'
  | 'too-many-channels'
  | 'too-much-output'
  | 'forward-refused'
  | 'cancelled'
  | 'not-linux'
  | 'not-ssh'
  | 'closed'
  | 'jump-failed'
  | 'no-agent'
  | 'bad-key'
  | 'unknown'

/** What went wrong on the way to a host. The title names the cause and the way out; never a secret in any part. */
export interface SshFailure {
  code: SshFailureCode
  title: string
  /** What the host or the library said, cleaned. */
  detail?: string
  extra?: Record<string, unknown>
}

export interface HostKey {
  /** As on the wire: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  algorithm: string
  /** As `ssh-keygen -lf` prints it: `SHA256:` and 43 characters. */
  fingerprint: string
}

/** Builds one; `detail` is a stranger's text and is cleaned here. */
export function sshFailure(
  code: SshFailureCode,
  title: string,
  detail?: string,
  extra?: Record<string, unknown>,
): SshFailure {
  const said = detail === undefined ? '' : plainText(detail, 1000)
  return { code, title, ...(said === '' ? {} : { detail: said }), ...(extra === undefined ? {} : { extra }) }
}

/** `address:port`, with brackets around an IPv6 address. */
export const placeOf = ({ address, port }: { address: string; port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))} s`

const reachTitles = {
  refused: (place: string) =>
    `${place} refused the connection. Check the port, and that sshd runs there (systemctl status ssh).`,
  unreachable: (place: string) =>
    `There is no way to ${place}: the host or a network in between is down. Check the address and the routes to it.`,
  unresolved: (place: string) => `The name in ${place} does not resolve. Check its spelling, or give an IP address.`,
} as const

export const refusedFailure = (place: string, detail?: string) =>
  sshFailure('refused', reachTitles.refused(place), detail)

export const timeoutFailure = (place: string, ms: number) =>
  sshFailure(
    'timeout',
    `${place} did not answer within ${seconds(ms)}. Check that the host is up, the address, and that no firewall drops the connection.`,
  )

/** It accepted the connection and hung up before saying who it is: sshd's brake, or fail2ban. */
export const turnedAwayFailure = (place: string, said?: string) =>
  sshFailure(
    'refused',
    `${place} hung up before the greeting. sshd turns away whoever tries too often (MaxStartups, PerSourcePenalties, fail2ban): wait a minute, then look into its log (journalctl -u ssh).`,
    said,
  )

export const notSshFailure = (place: string, said?: string) =>
  sshFailure('not-ssh', `What answers at ${place} does not speak SSH. Check the port.`, said)

/** Failures of a plain TCP connection, by Node's error code. */
export function reachFailure(place: string, error: NodeJS.ErrnoException, timeoutMs: number): SshFailure {
  switch (error.code) {
    case 'ECONNREFUSED':
      return refusedFailure(place)
    case 'ECONNRESET':
    case 'EPIPE':
      return turnedAwayFailure(place, error.message)
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return sshFailure('unreachable', reachTitles.unreachable(place), error.message)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
      return sshFailure('unresolved', reachTitles.unresolved(place), error.message)
    case 'ETIMEDOUT':
      return timeoutFailure(place, timeoutMs)
    default:
      return sshFailure('unknown', `The connection to ${place} failed.`, error.message)
  }
}

/** Failures of a forwarded connection, by what the forwarding sshd said (RFC 4254 reason and text). */
export function forwardFailure(target: string, reason: unknown, said: string): SshFailure {
  if (/refused/i.test(said)) return refusedFailure(target, said)
  if (/resol|not known|nodename|no address/i.test(said))
    return sshFailure('unresolved', reachTitles.unresolved(target), said)
  if (/timed out/i.test(said)) return timeoutFailure(target, 120_000)
  if (/unreachable|no route/i.test(said)) return sshFailure('unreachable', reachTitles.unreachable(target), said)
  if (reason === 1 || /prohibited|not allowed/i.test(said))
    return sshFailure(
      'forward-refused',
      `The host does not forward connections to ${target}. Allow it in its sshd_config (AllowTcpForwarding, PermitOpen; AllowStreamLocalForwarding for sockets).`,
      said,
    )
  return sshFailure('forward-refused', `The host could not forward a connection to ${target}.`, said)
}

const algorithmAdvice: [RegExp, string][] = [
  [
    /key exchange/,
    'no key exchange algorithm. A host that allows post-quantum algorithms only can’t be reached yet: allow curve25519-sha256 too (KexAlgorithms in its sshd_config).',
  ],
  [
    /host key/,
    'no type of host key. Give the host an Ed25519, ECDSA or RSA key (ssh-keygen -A; HostKeyAlgorithms in its sshd_config).',
  ],
  [/cipher/, 'no cipher. Allow aes128-gcm@openssh.com or aes256-ctr (Ciphers in its sshd_config).'],
  [/MAC/, 'no message authentication code. Allow hmac-sha2-256-etm@openssh.com (MACs in its sshd_config).'],
  [/compression/, 'no compression setting. Allow connections without compression in its sshd_config.'],
]

/** `said` is ssh2's "Handshake failed: no matching …". Null when it is something else. */
export function noCommonAlgorithmFailure(place: string, said: string): SshFailure | null {
  if (!said.includes('no matching')) return null
  const advice = algorithmAdvice.find(([pattern]) => pattern.test(said))?.[1] ?? 'no algorithm.'
  return sshFailure('no-common-algorithm', `Drawbridge and ${place} have in common ${advice}`, said)
}

/** The hard stop. `pinned` empty: nobody has confirmed a key yet. */
export function keyChangedFailure(place: string, pinned: readonly string[], offered: HostKey): SshFailure {
  const title =
    pinned.length === 0
      ? `Nobody has confirmed the host key of ${place} yet. Compare ${offered.fingerprint} with what ssh-keygen -lf prints on the host’s own console, then confirm it.`
      : `The host key of ${place} is not the one that was confirmed, so Drawbridge stopped before signing in. Either the host was reinstalled or someone sits in between: compare the offered fingerprint with ssh-keygen -lf /etc/ssh/${keyFile(offered.algorithm)} on the host’s own console; if it is the same, trust the new key on the host’s page.`
  return sshFailure(
    'key-changed',
    title,
    `offered ${offered.algorithm} ${offered.fingerprint}; confirmed ${pinned.join(', ') || 'none'}`,
    { pinned: [...pinned], offered },
  )
}

const keyFile = (algorithm: string): string => {
  const family = algorithm.includes('ed25519') ? 'ed25519' : algorithm.includes('ecdsa') ? 'ecdsa' : 'rsa'
  return `ssh_host_${family}_key.pub`
}

/** `number` counts from 1 nearest to Drawbridge. `cause` is what went wrong there. */
export function jumpFailure(jumpPlace: string, number: number, target: string, cause: SshFailure): SshFailure {
  return sshFailure(
    'jump-failed',
    `The jump host ${jumpPlace} (hop ${number} on the way to ${target}) can’t be used. ${cause.title}`,
    cause.detail,
    { hop: number, jumpHost: jumpPlace, cause },
  )
}

/** The failure at the root of a chain of jump hosts. */
export function rootCause(failure: SshFailure): SshFailure {
  const cause = failure.code === 'jump-failed' ? (failure.extra?.['cause'] as SshFailure | undefined) : undefined
  return cause === undefined ? failure : rootCause(cause)
}

export const closedFailure = (place: string, detail?: string) =>
  sshFailure(
    'closed',
    `The connection to ${place} ended. Drawbridge connects again by itself; if it stays down, look whether the host is up.`,
    detail,
  )

export const silentFailure = (place: string) =>
  sshFailure(
    'timeout',
    `${place} stopped answering: no sign of life for 20 s. Check that the host is up and its network is connected.`,
  )

export const noShellFailure = (place: string, user: string, said: string) =>
  sshFailure(
    'not-linux',
    `The login shell of ${user} at ${place} did not run Drawbridge’s command: this is not a Linux host, or the account is restricted. Drawbridge needs a user with an ordinary shell.`,
    said,
  )

/** What a failed `sudo -n` means, or null when it was not sudo that failed. `stderr` in the C locale. */
export function sudoFailure(user: string, place: string, stderr: string): SshFailure | null {
  if (/^sudo: not installed$/m.test(stderr))
    return sshFailure(
      'sudo-missing',
      `sudo is not installed at ${place} and ${user} is not root. Install sudo, or sign in as root.`,
    )
  const said =
    /^(?:sudo: .*|.*(?:is not in the sudoers file|may not run sudo|is not allowed to (?:run|execute)).*)$/m.exec(
      stderr,
    )?.[0]
  if (said === undefined) return null
  if (/password is required|terminal is required|askpass/.test(said))
    return sshFailure(
      'sudo-password',
      `sudo asks ${user} for a password at ${place}. Allow it without one: as root, write “${user} ALL=(ALL) NOPASSWD: ALL” to /etc/sudoers.d/drawbridge (check it with visudo -c).`,
      said,
    )
  if (/not in the sudoers|may not run|not allowed to/.test(said))
    return sshFailure(
      'sudo-missing',
      `${user} may not use sudo at ${place}. As root, write “${user} ALL=(ALL) NOPASSWD: ALL” to /etc/sudoers.d/drawbridge (check it with visudo -c), or sign in as root.`,
      said,
    )
  return null
}
