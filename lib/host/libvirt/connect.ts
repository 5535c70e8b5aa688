import type { Duplex } from 'node:stream'
import { once } from '../../kit/once.ts'
import { err, ok, type Result } from '../../kit/result.ts'
import type { Session } from '../../ssh/session.ts'
import { authByPolkit, authList, authNone, authPolkit, open } from './calls.ts'
import { RpcClient, type EventHandler } from './client.ts'
import { noteSudoRefusal, sudoRefusal } from '../sudo.ts'
import { libvirtFailure, type LibvirtFailure } from './failure.ts'

const systemUri = 'qemu:///system'
// libvirtd's own socket, and that of the daemon which took its place (Fedora, RHEL 9, recent SUSE).
const sockets = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock'] as const
const helper = (uri: string) => ['virt-ssh-helper', uri] as const

// A daemon that systemd starts by its socket takes a second or two to be there.
const openMs = 15_000

type Way = { kind: 'socket'; path: string } | { kind: 'helper'; sudo: boolean }

const waysOf = (session: Session): Way[] => [
  ...sockets.map((path): Way => ({ kind: 'socket', path })),
  { kind: 'helper', sudo: false },
  ...(session.user === 'root' || sudoRefusal(session) !== null ? [] : [{ kind: 'helper', sudo: true } as const]),
]

/** The way that worked last on a connection is tried first on it. */
const lastWays = (): WeakMap<Session, Way> => once('libvirt-ways', () => new WeakMap())

/**
 * A new connection to the host's libvirt, signed in and open: over its socket (1–2 ms), else by virt-ssh-helper, which
 * also reaches it where sshd forwards no sockets (42 ms), else by that through sudo (154 ms).
 */
export async function connectLibvirt(
  session: Session,
  onEvent?: EventHandler,
  uri = systemUri,
): Promise<Result<RpcClient, LibvirtFailure>> {
  const last = lastWays().get(session)
  const ways = [...(last === undefined ? [] : [last]), ...waysOf(session)]
  let failure = libvirtFailure('absent', 'libvirt does not answer on this host: it is not installed, or not running.')
  for (const way of ways) {
    const stream = await reach(session, way, uri)
    if (stream === null) continue
    const client = new RpcClient(stream, onEvent)
    const opened = await signIn(client, uri)
    if (opened.ok) {
      lastWays().set(session, way)
      return ok(client)
    }
    client.close()
    // A way that leads to libvirt says more than one that leads nowhere.
    if (opened.error.code !== 'closed') failure = opened.error
    if (session.isClosed) break
  }
  lastWays().delete(session)
  return err(failure)
}

async function reach(session: Session, way: Way, uri: string): Promise<Duplex | null> {
  if (way.kind === 'socket') {
    const forwarded = await session.forwardUnix(way.path)
    return forwarded.ok ? forwarded.value : null
  }
  const channel = await session.open(helper(uri), { sudo: way.sudo, timeoutMs: openMs })
  if (!channel.ok) return null
  const { stream } = channel.value
  stream.once('close', () => channel.value.close())
  if (way.sudo) void channel.value.ended.then((end) => end.ok || noteSudoRefusal(session, end.error))
  return stream
}

async function signIn(client: RpcClient, uri: string): Promise<Result<void, LibvirtFailure>> {
  const offered = await client.call(authList(), { timeoutMs: openMs })
  if (!offered.ok) return offered
  if (offered.value.length > 0 && !offered.value.includes(authNone)) {
    if (!offered.value.includes(authPolkit))
      return err(
        libvirtFailure('denied', 'libvirt asks for a sign-in of its own (SASL), which Drawbridge does not do.'),
      )
    const admitted = await client.call(authByPolkit(), { timeoutMs: openMs })
    if (!admitted.ok) return admitted
  }
  return client.call(open(uri), { timeoutMs: openMs })
}

/** One connection for questions per SSH connection, made when first asked for and again when it has ended. */
export function libvirtOf(session: Session): Promise<Result<RpcClient, LibvirtFailure>> {
  const held = once('libvirt-clients', () => new WeakMap<Session, Promise<Result<RpcClient, LibvirtFailure>>>())
  const known = held.get(session)
  if (known !== undefined) return known
  const connecting = connectLibvirt(session)
  held.set(session, connecting)
  const forget = () => {
    if (held.get(session) === connecting) held.delete(session)
  }
  void connecting.then((connected) => {
    if (!connected.ok) return forget()
    void connected.value.closed.then(forget)
  })
  return connecting
}
