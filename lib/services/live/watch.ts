import type { Actor } from '../../access/can.ts'
import { Problem } from '../../kit/problem.ts'
import { hub, type Topic } from '../../live/hub.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'

/** Hosts in one stream: a page shows one, a wall screen a few. */
const topicLimit = 32

export interface LiveWatch {
  /** Calls back with encoded SSE events, the present state first; the returned function ends that. */
  subscribe(sink: (chunk: Uint8Array) => void): () => void
}

/** Live figures and changes. @param names `fleet`, `jobs`, `host:<id or name>` */
export async function watchLive(actor: Actor, names: readonly string[]): Promise<LiveWatch> {
  await refuse(actor, 'live.read')
  if (names.includes('jobs')) await refuse(actor, 'job.read')
  if (names.length > topicLimit)
    throw new Problem({
      code: 'too-many-topics',
      kind: 'invalid',
      title: `At most ${topicLimit} topics in one stream.`,
    })
  const topics = await Promise.all([...new Set(names)].map(topicOf))
  return { subscribe: (sink) => hub().subscribe(topics, sink) }
}

async function topicOf(name: string): Promise<Topic> {
  if (name === 'fleet' || name === 'jobs') return name
  if (name.startsWith('host:')) return `host:${(await findHost(name.slice('host:'.length))).id}`
  throw new Problem({
    code: 'no-topic',
    kind: 'invalid',
    title: `There is no topic “${name.slice(0, 80)}”; use fleet, jobs or host:<id or name>.`,
    fields: [{ field: 'topics', message: 'Use fleet, jobs or host:<id or name>.' }],
  })
}
