import { once } from '../../../kit/once.ts'
import { holdLine } from './line.ts'
import { SerialFeed } from './serial-feed.ts'

const feeds = (): Map<string, SerialFeed> => once('serial-feeds', () => new Map<string, SerialFeed>())

/** The one feed of this VM's serial console, opened when there is none. */
export function feedOf(hostId: string, uuid: string): SerialFeed {
  const key = `${hostId} ${uuid}`
  const held = feeds().get(key)
  if (held !== undefined) return held
  const line = holdLine(hostId)
  const feed = new SerialFeed({
    uuid,
    session: line.session,
    onClosed: () => {
      feeds().delete(key)
      line.release()
    },
  })
  feeds().set(key, feed)
  return feed
}

export function closeFeeds(): void {
  for (const feed of feeds().values()) feed.close()
}
