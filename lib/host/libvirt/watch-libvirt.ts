import { createHash } from 'node:crypto'
import { nameText } from '../../facts/text.ts'
import type { LibvirtSnapshot } from '../../facts/libvirt-snapshot.ts'
import type { Session } from '../../ssh/session.ts'
import { domainEvents, eventNames, readLifecycle, watchDomains, watchNetworks, watchPools } from './calls.ts'
import type { RpcClient } from './client.ts'
import { connectLibvirt } from './connect.ts'
import { readSnapshot } from './snapshot.ts'
import { WireError, type XdrReader } from './wire.ts'

// Events say nothing of link state, autostart and most edits of devices: what they miss is noticed this much later.
// 48 VMs take 12 ms; more often would only load hosts with hundreds.
const usualReadAgainMs = 30_000
const firstWaitMs = 500
const longestWaitMs = 60_000
// Nobody lets us in: asking is a line in the host's log each time.
const deniedWaitMs = 300_000

/**
 * Calls `note` when anything in libvirt changes: by its events at once, by reading it again for what has no event.
 * When libvirt restarts it connects again, and notes that too, since changes in between were not told.
 */
export function watchLibvirt(
  session: Session,
  note: (why: string) => void,
  readAgainMs = usualReadAgainMs,
): { stop: () => void } {
  let stopped = false
  let client: RpcClient | null = null
  let timer: NodeJS.Timeout | null = null
  let wake: () => void = () => {}
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve
      timer = setTimeout(resolve, ms)
    })
  const isOver = () => stopped || session.isClosed

  const follow = async () => {
    let waitMs = firstWaitMs
    let wasThere = true
    while (!isOver()) {
      const connected = await connectLibvirt(session, (procedure, reader) => note(whatHappened(procedure, reader)))
      if (isOver()) {
        if (connected.ok) connected.value.close()
        return
      }
      if (connected.ok) {
        client = connected.value
        await register(client)
        if (!wasThere) note('libvirt is back')
        wasThere = true
        waitMs = firstWaitMs
        await readAgainUntilClosed(client)
        client = null
        if (isOver()) return
        note('libvirt went away')
      } else if (connected.error.code === 'denied') waitMs = deniedWaitMs
      wasThere = false
      await pause(waitMs)
      waitMs = Math.min(longestWaitMs, waitMs * 2)
    }
  }

  const readAgainUntilClosed = async (open: RpcClient) => {
    void open.closed.then(() => wake())
    let before: string | null = null
    while (!open.isClosed && !isOver()) {
      const snapshot = await readSnapshot(open)
      if (snapshot.ok) {
        const now = digestOf(snapshot.value)
        if (before !== null && before !== now) note('a definition in libvirt')
        before = now
      }
      if (!open.isClosed && !isOver()) await pause(readAgainMs)
      if (timer !== null) clearTimeout(timer)
    }
  }

  void follow()
  void session.closed.then(() => wake())
  return {
    stop: () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      client?.close()
      wake()
    },
  }
}

/** Events that this libvirt does not know are refused one by one; the others still come. */
async function register(client: RpcClient): Promise<void> {
  const calls = [...Object.values(domainEvents).map(watchDomains), watchNetworks(), watchPools()]
  await Promise.all(calls.map((call) => client.call(call)))
}

function whatHappened(procedure: number, reader: XdrReader): string {
  const name = eventNames.get(procedure) ?? 'change'
  if (name === 'lifecycle') {
    try {
      const { domain, what } = readLifecycle(reader)
      return `VM ${nameText(domain.name)} ${what}`
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown
    }
  }
  return `libvirt event: ${name}`
}

/** How full a pool is changes all the time and is no change of what is there. */
function digestOf({ domains, networks, pools }: LibvirtSnapshot): string {
  const stable = { domains, networks, pools: pools.map((pool) => ({ ...pool, info: null })) }
  return createHash('sha256').update(JSON.stringify(stable)).digest('base64')
}
