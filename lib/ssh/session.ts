import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client, ClientChannel } from 'ssh2'
import { err, ok, type Result } from '../kit/result.ts'
import { afterMarker, collect, skipNoise, tooMuchFailure } from './channel-output.ts'
import { ChannelSlots } from './channel-slots.ts'
import { shakeHands, keyFamilies, type KeyFamily } from './connect.ts'
import { startDeadline } from './deadline.ts'
import { dial, lineOf, type Line } from './dial.ts'
import {
  closedFailure,
  forwardFailure,
  jumpFailure,
  noShellFailure,
  placeOf,
  silentFailure,
  sshFailure,
  sudoFailure,
  type HostKey,
  type SshFailure,
} from './failure.ts'
import { hopsOf, type HostTarget } from './target.ts'

export interface ExecOptions {
  /** Sent to the command, then end of file. */
  stdin?: string | Uint8Array
  /** From the call to the last byte, waiting for a free channel included. Default 30 s. */
  timeoutMs?: number
  /** Of stdout and stderr each. Default 16 MiB. */
  maxBytes?: number
  /** Through `sudo -n` unless the user is root. */
  sudo?: boolean
  signal?: AbortSignal
}

/** `code` is null when a signal ended the command, and then `signal` names it (`SIGKILL`). */
export interface Exit {
  code: number | null
  signal: string | null
}

export interface ExecResult extends Exit {
  stdout: Buffer
  stderr: Buffer
}

/** A command that runs until it ends or is closed. It holds one of the connection's channels meanwhile. */
export interface Channel {
  /** Its stdin and stdout, from the first byte the command itself wrote. */
  readonly stream: Duplex
  /** The last 4 kB of its stderr. */
  stderrTail(): string
  readonly ended: Promise<Result<Exit, SshFailure>>
  /** Ends stdin and closes. A remote command that reads no stdin goes on running: stop it in another way. */
  close(): void
}

/**
 * One SSH connection, signed in. An interface, so that the system's OpenSSH can become a second way.
 *
 * Every command runs by /bin/sh with LC_ALL=C, a fixed PATH that has /sbin, umask 077, in `/`, whatever the login
 * shell and its rc files do. A non-zero exit is no failure here: look at `code`.
 */
export interface Session {
  readonly place: string
  readonly user: string
  exec(argv: readonly string[], options?: ExecOptions): Promise<Result<ExecResult, SshFailure>>
  open(
    argv: readonly string[],
    options?: Pick<ExecOptions, 'sudo' | 'timeoutMs' | 'signal'>,
  ): Promise<Result<Channel, SshFailure>>
  /** A connection to a unix socket on the host. It takes none of the 8 channels. */
  forwardUnix(path: string): Promise<Result<Duplex, SshFailure>>
  forwardTcp(host: string, port: number): Promise<Result<Duplex, SshFailure>>
  /** Resolves once, when the connection is gone, with why. */
  readonly closed: Promise<SshFailure>
  readonly isClosed: boolean
  close(): void
}

export interface OpenOptions {
  /** For each hop: connecting, greeting and signing in. Default 15 s. */
  timeoutMs?: number
  /** A session on the jump host that already stands; it stays open afterwards. */
  via?: Session
}

const defaultConnectMs = 15_000
const defaultExecMs = 30_000
const defaultMaxBytes = 16 * 1024 * 1024
const stderrTailBytes = 4096
// A busy sshd counts closed channels among its MaxSessions until it has cleared up after them.
const openAgainMs = [50, 100, 200, 400, 800]

/** Connects, through the jump hosts if there are any, and signs in. Only a pinned host key is accepted. */
export async function openSession(
  target: HostTarget,
  { timeoutMs = defaultConnectMs, via }: OpenOptions = {},
): Promise<Result<Session, SshFailure>> {
  let jump = via
  if (jump === undefined && target.jump !== null) {
    const opened = await openSession(target.jump, { timeoutMs })
    if (!opened.ok) return err(jumpedFailure(target, opened.error))
    jump = opened.value
  }
  const ownJump = via === undefined ? jump : undefined
  const offered: HostKey[] = []
  const attempt = async (family?: KeyFamily) => {
    const line = await lineTo(target, timeoutMs, jump)
    if (!line.ok) return line
    const trusts = (key: HostKey) => target.pinned.includes(key.fingerprint) || (offered.push(key), false)
    return shakeHands(line.value, target, { timeoutMs, trusts, ...(family === undefined ? {} : { family }) }).then(
      (shaken) => (shaken.ok ? ok({ client: shaken.value, line: line.value }) : shaken),
    )
  }
  let connected = await attempt()
  // A host has several keys and offers the one we ask for first. If that one is unknown it may still own a pinned one
  // of another type, and only the real host can prove that.
  if (!connected.ok && connected.error.code === 'key-changed' && target.pinned.length > 0) {
    const changed = connected
    for (const family of otherFamilies(offered)) {
      connected = await attempt(family)
      if (connected.ok || connected.error.code === 'auth-failed') break
    }
    if (!connected.ok && connected.error.code !== 'auth-failed') connected = changed
  }
  if (!connected.ok) {
    ownJump?.close()
    return connected
  }
  return ok(new Ssh2Session(target, connected.value.client, connected.value.line.stream, ownJump))
}

const otherFamilies = (offered: readonly HostKey[]): KeyFamily[] =>
  (Object.keys(keyFamilies) as KeyFamily[]).filter(
    (family) => !offered.some(({ algorithm }) => (keyFamilies[family] as readonly string[]).includes(algorithm)),
  )

async function lineTo(
  target: HostTarget,
  timeoutMs: number,
  jump: Session | undefined,
): Promise<Result<Line, SshFailure>> {
  if (jump === undefined) return dial(target, timeoutMs)
  const forwarded = await jump.forwardTcp(target.address, target.port)
  if (forwarded.ok) return ok(lineOf(forwarded.value))
  const { code } = forwarded.error
  const isTargets = code === 'refused' || code === 'unreachable' || code === 'unresolved' || code === 'timeout'
  if (!isTargets || jump.isClosed) return err(jumpedFailure(target, forwarded.error))
  return err({ ...forwarded.error, title: `Seen from the jump host ${jump.place}: ${forwarded.error.title}` })
}

/** `cause` happened at the jump host of this target, or before it. */
export function jumpedFailure(target: HostTarget, cause: SshFailure): SshFailure {
  if (cause.code === 'jump-failed' || target.jump === null) return cause
  return jumpFailure(placeOf(target.jump), hopsOf(target.jump).length, placeOf(target), cause)
}

// Written before the command starts: what comes earlier is rc files' noise. `env` is emptied of what changes a shell.
const preamble = String.raw`LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH; unset LANG LANGUAGE ENV BASH_ENV CDPATH; umask 077; cd /; printf "\036drawbridge\036\n"; printf "\036drawbridge\036\n" >&2; `
const plain = `${preamble}exec "$@"`
const withSudo = `${preamble}command -v sudo >/dev/null 2>&1 || { echo "sudo: not installed" >&2; exit 127; }; exec sudo -n -- "$@"`

/** For any login shell: POSIX shells, fish and csh agree on single quotes once quotes and backslashes stand outside. */
const quote = (word: string): string => `'${word.replaceAll(/['\\]/g, String.raw`'\$&'`)}'`

function commandLine(argv: readonly string[], sudo: boolean): string {
  if (argv.length === 0 || argv.some((word) => word.includes('\0')))
    throw new TypeError('argv: a word at least, no NUL')
  return `exec /bin/sh -c ${[sudo ? withSudo : plain, 'sh', ...argv].map(quote).join(' ')}`
}

interface Running {
  channel: ClientChannel
  exit: Exit | null
}

class Ssh2Session implements Session {
  readonly place: string
  readonly user: string
  readonly closed: Promise<SshFailure>
  readonly #client: Client
  readonly #slots = new ChannelSlots()
  readonly #onDeath = new Set<(why: SshFailure) => void>()
  #died: SshFailure | null = null
  #die: (why: SshFailure) => void

  constructor(target: HostTarget, client: Client, stream: Duplex, ownJump: Session | undefined) {
    this.place = placeOf(target)
    this.user = target.user
    this.#client = client
    let resolveClosed: (why: SshFailure) => void = () => {}
    this.closed = new Promise((resolve) => (resolveClosed = resolve))
    this.#die = (why) => {
      if (this.#died !== null) return
      this.#died = why
      client.end()
      // A dead peer never answers the disconnect.
      setTimeout(() => stream.destroy(), 1000).unref()
      this.#slots.fail(why)
      for (const tell of this.#onDeath) tell(why)
      this.#onDeath.clear()
      ownJump?.close()
      resolveClosed(why)
    }
    client.on('error', (error: Error & { level?: string }) => {
      const isSilence = error.message === 'Keepalive timeout' || (error as NodeJS.ErrnoException).code === 'ETIMEDOUT'
      this.#die(isSilence ? silentFailure(this.place) : closedFailure(this.place, error.message))
    })
    // After a restart of sshd 'end' comes and 'close' never does.
    client.on('end', () => this.#die(closedFailure(this.place)))
    client.on('close', () => this.#die(closedFailure(this.place)))
  }

  get isClosed(): boolean {
    return this.#died !== null
  }

  close(): void {
    this.#die(sshFailure('closed', `Drawbridge closed its connection to ${this.place}.`))
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<Result<ExecResult, SshFailure>> {
    const { timeoutMs = defaultExecMs, maxBytes = defaultMaxBytes } = options
    const sudo = options.sudo === true && this.user !== 'root'
    const line = commandLine(argv, sudo)
    const deadline = startDeadline(this.place, timeoutMs, options.signal)
    try {
      const started = await this.#start(line, deadline.signal)
      if (!started.ok) return deadline.failure() === null ? started : err(deadline.failure() ?? started.error)
      const { channel } = started.value
      const out = collect(channel, maxBytes)
      const noise = collect(channel.stderr, maxBytes)
      channel.end(options.stdin ?? '')
      const ended = await this.#end(started.value, [out.overflow, noise.overflow, deadline.reached])
      if (!ended.ok) {
        channel.signal('KILL')
        channel.close()
        return ended
      }
      const stdout = afterMarker(out.bytes())
      const stderr = afterMarker(noise.bytes()) ?? noise.bytes()
      if (stdout === null)
        return err(noShellFailure(this.place, this.user, Buffer.concat([out.bytes(), noise.bytes()]).toString('utf8')))
      if (stdout.length > maxBytes || stderr.length > maxBytes) return err(tooMuchFailure(maxBytes))
      const { code } = ended.value
      if (sudo && (code === 1 || code === 127)) {
        const refused = sudoFailure(this.user, this.place, stderr.toString('utf8'))
        if (refused !== null) return err(refused)
      }
      return ok({ ...ended.value, stdout, stderr })
    } finally {
      deadline.clear()
    }
  }

  async open(
    argv: readonly string[],
    options: Pick<ExecOptions, 'sudo' | 'timeoutMs' | 'signal'> = {},
  ): Promise<Result<Channel, SshFailure>> {
    const sudo = options.sudo === true && this.user !== 'root'
    const line = commandLine(argv, sudo)
    const deadline = startDeadline(this.place, options.timeoutMs ?? defaultConnectMs, options.signal)
    try {
      const started = await this.#start(line, deadline.signal)
      if (!started.ok) return deadline.failure() === null ? started : err(deadline.failure() ?? started.error)
      const { channel } = started.value
      let tail = Buffer.alloc(0)
      channel.stderr.on('data', (chunk: Buffer) => {
        tail = Buffer.concat([tail, chunk]).subarray(-stderrTailBytes)
      })
      const stderrTail = () => (afterMarker(tail) ?? tail).toString('utf8')
      const ended = this.#end(started.value, [])
      const noise = await Promise.race([skipNoise(channel), deadline.reached, ended.then(() => null)])
      if (noise === null || noise === 'noise')
        return err(noShellFailure(this.place, this.user, noise === null ? stderrTail() : ''))
      if (noise !== 'started') {
        channel.close()
        return err(noise)
      }
      const judged = ended.then((end) => {
        const refused = sudo && end.ok && end.value.code !== 0 ? sudoFailure(this.user, this.place, stderrTail()) : null
        return refused === null ? end : err(refused)
      })
      return ok({ stream: channel, stderrTail, ended: judged, close: () => (channel.end(), channel.close()) })
    } finally {
      deadline.clear()
    }
  }

  forwardUnix(path: string): Promise<Result<Duplex, SshFailure>> {
    return this.#forward(path, (done) => this.#client.openssh_forwardOutStreamLocal(path, done))
  }

  forwardTcp(host: string, port: number): Promise<Result<Duplex, SshFailure>> {
    const place = placeOf({ address: host, port })
    return this.#forward(place, (done) => this.#client.forwardOut('127.0.0.1', 0, host, port, done))
  }

  #forward(
    what: string,
    open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
  ): Promise<Result<Duplex, SshFailure>> {
    return this.#untilDeath((resolve) => {
      open((error, channel) => {
        if (error) return resolve(err(forwardFailure(what, (error as { reason?: unknown }).reason, error.message)))
        channel.on('error', () => {})
        resolve(ok(channel))
      })
    })
  }

  /** Asks for a channel once one is free, and starts the command on it. */
  async #start(line: string, signal: AbortSignal): Promise<Result<Running, SshFailure>> {
    const slot = await this.#slots.take(signal)
    if (!slot.ok) return slot
    let started = await this.#startOnce(line, signal, slot.value)
    // Nothing has begun where the channel was refused, so asking again repeats nothing.
    for (const waitMs of openAgainMs) {
      if (started.ok || started.error.code !== 'too-many-channels') break
      await delay(waitMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) break
      started = await this.#startOnce(line, signal, slot.value)
    }
    if (!started.ok) slot.value()
    return started
  }

  #startOnce(line: string, signal: AbortSignal, release: () => void): Promise<Result<Running, SshFailure>> {
    return this.#untilDeath<Running>((resolve) => {
      this.#client.exec(line, (error, channel) => {
        if (error) return resolve(err(this.#channelFailure(error)))
        channel.once('close', release)
        channel.on('error', () => {})
        channel.stderr.on('error', () => {})
        // Listen before anything is awaited: start, output and exit may all arrive in one packet.
        const running: Running = { channel, exit: null }
        channel.once('exit', (code: number | null, name?: string) => (running.exit = { code, signal: name ?? null }))
        if (!signal.aborted) return resolve(ok(running))
        channel.close()
        resolve(err(sshFailure('cancelled', 'The command was cancelled before it began.')))
      })
    })
  }

  #channelFailure(error: Error): SshFailure {
    return error.message.includes('open failure')
      ? sshFailure(
          'too-many-channels',
          `${this.place} opens no more channels on this connection. Raise MaxSessions in its sshd_config to 10, its default.`,
          error.message,
        )
      : sshFailure('unknown', `${this.place} did not start a command.`, error.message)
  }

  /** Until the command ended and its output is read, or the connection died, or one of `instead` came first. */
  #end(running: Running, instead: Promise<SshFailure>[]): Promise<Result<Exit, SshFailure>> {
    return this.#untilDeath((resolve) => {
      running.channel.once('close', () => {
        const { exit } = running
        if (exit !== null && (exit.code !== null || exit.signal !== null)) return resolve(ok(exit))
        // A dying connection closes its channels a moment before it says so itself.
        setImmediate(() =>
          resolve(
            err(this.#died ?? sshFailure('unknown', `A command at ${this.place} ended without saying how. Try again.`)),
          ),
        )
      })
      for (const other of instead) void other.then((failure) => resolve(err(failure)))
    })
  }

  #untilDeath<T>(begin: (resolve: (result: Result<T, SshFailure>) => void) => void): Promise<Result<T, SshFailure>> {
    return new Promise((resolve) => {
      if (this.#died !== null) return resolve(err(this.#died))
      const tell = (why: SshFailure) => resolve(err(why))
      this.#onDeath.add(tell)
      try {
        begin((result) => {
          this.#onDeath.delete(tell)
          resolve(result)
        })
      } catch (failure) {
        // ssh2 throws when its socket is no longer writable, and when the server is not OpenSSH.
        this.#onDeath.delete(tell)
        const said = failure instanceof Error ? failure.message : String(failure)
        resolve(err(/Not connected/.test(said) ? closedFailure(this.place, said) : forwardFailure(this.place, 1, said)))
      }
    })
  }
}
