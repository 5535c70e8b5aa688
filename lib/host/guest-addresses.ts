import { readNeighbours, readPassing, type SeenAddress } from '../facts/guest-addresses.ts'
import { scriptText } from '../ssh/script.ts'
import type { Session } from '../ssh/session.ts'

const maxLineBytes = 256

/** Who the host itself has talked to lately, on any of its links. */
export async function neighboursOf(session: Session): Promise<SeenAddress[]> {
  const ran = await session.exec(['ip', '-j', 'neigh', 'show'], { timeoutMs: 10_000 })
  return ran.ok && ran.value.code === 0 ? readNeighbours(ran.value.stdout.toString('utf8')) : []
}

/**
 * Calls back with each address that is seen on the host's links, again every half minute while it goes on. A bridge
 * without an address of its own learns of its guests in no other way. It ends with the session, or at once where there
 * is no reader or no right to.
 */
export async function watchPassing(session: Session, onSeen: (seen: SeenAddress) => void): Promise<void> {
  const readers = [scriptText('lib/host/scripts/passing.pl'), scriptText('lib/host/scripts/passing.py')]
  const argv = ['sh', '-c', scriptText('lib/host/scripts/passing.sh'), 'sh', ...readers]
  const opened = await session.open(argv, { sudo: true })
  if (!opened.ok) return
  const { stream, ended } = opened.value
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLineBytes) rest = ''
    for (const line of lines) {
      const seen = readPassing(line)
      if (seen !== null) onSeen(seen)
    }
  })
  stream.on('error', () => {})
  stream.resume()
  await ended
}
