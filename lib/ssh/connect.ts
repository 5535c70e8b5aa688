import { NodeSSH } from 'node-ssh'
import { type AnyAuthMethod, type Client, type ParsedKey } from 'ssh2'
import { err, ok, type Result } from '../kit/result.ts'
import {
  keyChangedFailure,
  noCommonAlgorithmFailure,
  notSshFailure,
  placeOf,
  sshFailure,
  timeoutFailure,
  turnedAwayFailure,
  type HostKey,
  type SshFailure,
} from './failure.ts'
import type { Line } from './dial.ts'
import { hostKeyOf } from './fingerprint.ts'
import { parsePrivateKey } from './keys.ts'
import type { HostTarget } from './target.ts'

export const keyFamilies = {
  ed25519: ['ssh-ed25519'],
  ecdsa: ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  rsa: ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
} as const
export type KeyFamily = keyof typeof keyFamilies

// Below 15 s a switched-off host is noticed late; above, a lossy WAN link loses its connection for nothing.
const keepaliveMs = 5000
const keepaliveMisses = 3

export interface Handshake {
  /** Which types of host key to ask for; all when absent. */
  family?: KeyFamily
  timeoutMs: number
  trusts(key: HostKey): boolean
  /** Lines of the library's own log; costs time per packet. */
  debug?: (line: string) => void
}

/**
 * Speaks SSH over a line and signs in. A host key that is not trusted ends it before any credential is sent.
 * Errors: not-ssh, refused (hung up early), no-common-algorithm, key-changed, bad-key, no-agent, auth-failed, timeout.
 */
export async function shakeHands(
  line: Line,
  target: HostTarget,
  options: Handshake,
): Promise<Result<Client, SshFailure>> {
  const place = placeOf(target)
  const signIn = signInOf(target)
  if (!signIn.ok) {
    line.stream.destroy()
    return signIn
  }
  const attempt: Attempt = { methodsLeft: null, partial: false, secondFactor: false, passwordExpired: false }
  let refusedKey: HostKey | null = null

  const ssh = new NodeSSH()
  const connected = ssh.connect({
    sock: line.stream,
    username: target.user,
    readyTimeout: options.timeoutMs,
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: keepaliveMisses,
    algorithms: options.family === undefined ? {} : { serverHostKey: [...keyFamilies[options.family]] },
    hostVerifier: (blob: Buffer) => {
      const key = hostKeyOf(blob)
      if (options.trusts(key)) return true
      refusedKey = key
      return false
    },
    authHandler: authHandlerOf(signIn.value, attempt),
    ...(options.debug === undefined ? {} : { debug: options.debug }),
  })
  const client = ssh.connection
  // node-ssh stops listening once it is ready, and an unheard 'error' ends the process.
  client?.on('error', () => {})
  client?.on('change password', () => {
    attempt.passwordExpired = true
    client.end()
  })
  try {
    await connected
    if (client === null) return err(sshFailure('unknown', `The connection to ${place} failed.`))
    return ok(client)
  } catch (failure) {
    line.stream.destroy()
    const error = failure instanceof Error ? (failure as Error & { level?: string }) : new Error(String(failure))
    if (refusedKey !== null) return err(keyChangedFailure(place, target.pinned, refusedKey))
    return err(handshakeFailure(error, target, line, options.timeoutMs, attempt))
  }
}

interface Attempt {
  methodsLeft: string[] | null
  partial: boolean
  secondFactor: boolean
  passwordExpired: boolean
}

type SignIn =
  | { kind: 'key'; user: string; key: ParsedKey }
  | { kind: 'password'; user: string; password: string }
  | { kind: 'agent'; user: string; socket: string }

function signInOf({ user, credential }: HostTarget): Result<SignIn, SshFailure> {
  if (credential.kind === 'password') return ok({ kind: 'password', user, password: credential.password })
  if (credential.kind === 'agent') {
    const socket = process.env['SSH_AUTH_SOCK']
    return socket ? ok({ kind: 'agent', user, socket }) : err(noAgentFailure())
  }
  const key = parsePrivateKey(credential.privateKey, credential.passphrase)
  return key.ok ? ok({ kind: 'key', user, key: key.value }) : key
}

const noAgentFailure = (detail?: string) =>
  sshFailure(
    'no-agent',
    'Drawbridge has no SSH agent. Start it with SSH_AUTH_SOCK set to a running agent (ssh-agent; ssh-add), or sign in with a key.',
    detail,
  )

/** One method after the other; a method the host does not offer is not tried, since each failure counts against us. */
function authHandlerOf(signIn: SignIn, attempt: Attempt) {
  const username = signIn.user
  const methods: AnyAuthMethod[] =
    signIn.kind === 'key'
      ? [{ type: 'publickey', username, key: signIn.key }]
      : signIn.kind === 'agent'
        ? [{ type: 'agent', username, agent: signIn.socket }]
        : [
            { type: 'password', username, password: signIn.password },
            { type: 'keyboard-interactive', username, prompt: answering(signIn.password, attempt) },
          ]
  return (left: string[] | null, partial: boolean | null): AnyAuthMethod | false => {
    if (left !== null) attempt.methodsLeft = left
    if (partial === true) attempt.partial = true
    const next = methods.shift()
    if (next === undefined) return false
    // A password refused once is not offered again in another guise: that would count twice with fail2ban.
    if (next.type === 'keyboard-interactive' && (left?.includes('password') || !left?.includes(next.type))) return false
    return next
  }
}

const answering =
  (password: string, attempt: Attempt) =>
  (
    _name: string,
    _text: string,
    _language: string,
    prompts: { echo?: boolean }[],
    finish: (answers: string[]) => void,
  ) => {
    const isPassword = prompts.length === 1 && prompts[0]?.echo !== true && !attempt.secondFactor
    // A second question is a one-time code, which nobody is here to type.
    attempt.secondFactor = true
    finish(isPassword ? [password] : prompts.map(() => ''))
  }

function handshakeFailure(
  error: Error & { level?: string },
  target: HostTarget,
  line: Line,
  timeoutMs: number,
  attempt: Attempt,
): SshFailure {
  const place = placeOf(target)
  const said = error.message
  if (attempt.passwordExpired)
    return sshFailure(
      'auth-failed',
      `The password of ${target.user} at ${place} has expired. Sign in by hand once and set a new one.`,
    )
  if (error.level === 'agent') return noAgentFailure(said)
  if (error.level === 'client-authentication') return authFailure(target, attempt)
  const mismatch = noCommonAlgorithmFailure(place, said)
  if (mismatch !== null) return mismatch
  const first = line.firstLine()
  if (first !== null && !first.startsWith('SSH-')) {
    // OpenSSH's brake speaks before it hangs up: "Exceeded MaxStartups", "Not allowed at this time".
    return /exceeded maxstartups|not allowed at this time/i.test(first)
      ? turnedAwayFailure(place, first)
      : notSshFailure(place, first)
  }
  if (error.level === 'client-timeout') {
    return first === null
      ? sshFailure(
          'not-ssh',
          `${place} accepted the connection but sent no SSH greeting within ${Math.round(timeoutMs / 1000)} s. Check the port; if it is right, the host is overloaded.`,
        )
      : timeoutFailure(place, timeoutMs)
  }
  if (first === null) return turnedAwayFailure(place, said)
  if (/Too many authentication failures/i.test(said)) return authFailure(target, attempt)
  return sshFailure(
    'closed',
    `${place} ended the connection before the sign-in was over. Look into its log (journalctl -u ssh).`,
    said,
  )
}

function authFailure({ user, credential, ...at }: HostTarget, attempt: Attempt): SshFailure {
  const place = placeOf(at)
  const offered = attempt.methodsLeft ?? []
  const extra = { offered }
  if (attempt.partial || (attempt.secondFactor && credential.kind === 'password' && offered.length === 0))
    return sshFailure(
      'auth-failed',
      `${place} wants a second proof from ${user} (${offered.join(', ') || 'a one-time code'}), which Drawbridge can’t give. Let this user sign in with a key alone.`,
      undefined,
      extra,
    )
  if (credential.kind === 'password') {
    if (!offered.includes('password') && !offered.includes('keyboard-interactive'))
      return sshFailure(
        'auth-failed',
        `${place} takes no passwords from ${user} (it offers ${offered.join(', ') || 'nothing else'}). Sign in with a key, or allow PasswordAuthentication in its sshd_config.`,
        undefined,
        extra,
      )
    const rootHint =
      user === 'root' ? ' Many hosts take no password from root at all (PermitRootLogin prohibit-password).' : ''
    return sshFailure(
      'auth-failed',
      `${place} refused this password for ${user}. Check user and password.${rootHint}`,
      undefined,
      extra,
    )
  }
  const key = credential.kind === 'agent' ? 'any key of the agent' : 'this key'
  return sshFailure(
    'auth-failed',
    `${place} does not let ${user} in with ${key}. Check the user, and that ~${user}/.ssh/authorized_keys holds the public half of it (the directory 0700, the file 0600).`,
    undefined,
    extra,
  )
}
