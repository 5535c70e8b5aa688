import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { Problem } from '../../../kit/problem.ts'
import type { Session } from '../../../ssh/session.ts'
import type { DomainGraphics } from '../../../vm/domain.ts'

/** A connection to the VM's VNC server on its host. Throws the problem when there is no way to it. */
export async function connectVnc(session: Session, graphics: DomainGraphics): Promise<Duplex> {
  if (graphics.socket !== null) return connectSocket(session, graphics.socket)
  if (graphics.port === null)
    throw new Problem({
      code: 'no-vnc-port',
      kind: 'conflict',
      title: 'Its graphical console listens nowhere. Give it an address or a socket, then start the VM anew.',
    })
  const forwarded = await session.forwardTcp(loopbackOf(graphics.listen), graphics.port)
  if (forwarded.ok) return forwarded.value
  throw new Problem({
    code: 'vnc-unreachable',
    kind: 'unreachable',
    title: `The graphical console did not answer on its host. ${forwarded.error.title}`,
  })
}

/** Where the host itself reaches it. A name is not looked up: it could lead anywhere. */
const loopbackOf = (listen: string | null): string =>
  listen === '::' ? '::1' : listen === null || listen === '0.0.0.0' || isIP(listen) === 0 ? '127.0.0.1' : listen

async function connectSocket(session: Session, socket: string): Promise<Duplex> {
  const forwarded = await session.forwardUnix(socket)
  if (forwarded.ok) return forwarded.value
  // sshd connects as the user, and libvirt lets nobody but root near the socket.
  const problem = new Problem({
    code: 'vnc-unreachable',
    kind: 'unreachable',
    title:
      session.user === 'root'
        ? `The graphical console did not answer on its host. ${forwarded.error.title}`
        : `The graphical console listens on a socket that only root may open, and ${session.user} could not reach it through sudo and nc. Install netcat-openbsd on the host, or let the console listen on 127.0.0.1.`,
  })
  if (session.user === 'root') throw problem
  const channel = await session.open(['nc', '-U', socket], { sudo: true })
  if (!channel.ok) throw problem
  const { stream, close, ended } = channel.value
  stream.once('close', close)
  // The server speaks first; nc that could not connect says nothing and ends.
  const greeted = new Promise<boolean>((resolve) => {
    stream.once('readable', () => resolve(stream.readableLength > 0))
    void ended.then(() => resolve(false))
  })
  if (await greeted) return stream
  stream.destroy()
  throw problem
}
