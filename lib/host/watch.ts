import { ok, type Result } from '../kit/result.ts'
import { LinkEvents } from '../facts/link-events.ts'
import type { SshFailure } from '../ssh/failure.ts'
import { scriptText } from '../ssh/script.ts'
import type { Channel, Session } from '../ssh/session.ts'
import { gather, type Gatherer } from './gather.ts'
import { watchLibvirt } from './libvirt/watch-libvirt.ts'

const firstWaitMs = 1000
const longestWaitMs = 60_000
// One event with all a link can say; a longer line is no event.
const maxLineBytes = 64 * 1024

export interface WatchOptions {
  /** How often libvirt is read again for what it has no event for. Default 30 s. */
  readAgainMs?: number
  /** When something in libvirt has changed: sooner than `onChange`, since libvirt is read in milliseconds. */
  onLibvirt?: () => void
}

// A start is a dozen events; reading 500 VMs for each would keep libvirtd busy. Longer is felt as lag.
const libvirtSettleMs = 40
const libvirtRestMs = 250

/**
 * Calls `onChange` when something in the host's facts has probably changed, with why, a few words for the log: links,
 * addresses and routes by the kernel's own events, VMs, networks and pools by libvirt's. At most once in 2 s. What ends
 * by itself (libvirt restarted, `ip` killed) is begun again; it ends for good with `stop` or with the session.
 */
export async function watchChanges(
  session: Session,
  onChange: (why: string) => void,
  { readAgainMs, onLibvirt }: WatchOptions = {},
): Promise<Result<{ stop: () => void }, SshFailure>> {
  const first = await openMonitor(session)
  if (!first.ok) return first
  const gatherer = gather(onChange)
  const links = watchLinks(session, first.value, gatherer)
  const sooner =
    onLibvirt === undefined ? null : gather(onLibvirt, undefined, { settle: libvirtSettleMs, rest: libvirtRestMs })
  const libvirt = watchLibvirt(session, (why) => (sooner?.note(why), gatherer.note(why)), readAgainMs)
  const stop = () => {
    links.stop()
    libvirt.stop()
    sooner?.stop()
    gatherer.stop()
  }
  void session.closed.then(stop)
  return ok({ stop })
}

const openMonitor = (session: Session): Promise<Result<Channel, SshFailure>> =>
  session.open(['sh', '-c', scriptText('lib/host/scripts/watch.sh')])

function watchLinks(session: Session, first: Channel, gatherer: Gatherer): { stop: () => void } {
  let channel: Channel | null = first
  let stopped = false
  let timer: NodeJS.Timeout | null = null
  let waitMs = firstWaitMs

  const listen = (open: Channel) => {
    channel = open
    const events = new LinkEvents()
    readLines(open, (line) => {
      if (line === 'watching') {
        waitMs = firstWaitMs
        return
      }
      const what = events.change(line)
      if (what !== null) gatherer.note(what)
    })
    void open.ended.then(() => {
      channel = null
      if (!stopped && !session.isClosed) timer = setTimeout(() => void again(), waitMs)
      waitMs = Math.min(longestWaitMs, waitMs * 2)
    })
  }
  const again = async () => {
    const opened = await openMonitor(session)
    if (stopped) {
      if (opened.ok) opened.value.close()
    } else if (opened.ok) {
      gatherer.note('links were not watched for a moment')
      listen(opened.value)
    } else if (!session.isClosed) timer = setTimeout(() => void again(), waitMs)
  }
  listen(first)
  return {
    stop: () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      channel?.close()
    },
  }
}

function readLines({ stream }: Channel, take: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLineBytes) rest = ''
    for (const line of lines) take(line)
  })
  stream.on('error', () => {})
  // A channel of a command comes paused.
  stream.resume()
}
