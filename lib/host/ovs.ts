import * as z from 'zod'
import { nameText } from '../facts/text.ts'
import type { Session } from '../ssh/session.ts'

export interface OvsBridge {
  name: string
  /** Its own name is one of them. */
  ports: string[]
}

// `ovs-vsctl --format=json`: a set of one is written without being a set.
const uuid = z.tuple([z.literal('uuid'), z.string()])
const bridgesSchema = z.object({
  data: z.array(z.tuple([z.string(), z.union([uuid, z.tuple([z.literal('set'), z.array(uuid)])])])),
})
const portsSchema = z.object({ data: z.array(z.tuple([uuid, z.string()])) })

/**
 * Open vSwitch's bridges. The kernel does not tell them: to it all ports, whichever bridge they are on, belong to
 * `ovs-system`, and a bridge looks like any internal port. Null: Open vSwitch did not say.
 */
export async function readOvsBridges(session: Session): Promise<OvsBridge[] | null> {
  const ports = ['--', '--columns=_uuid,name', 'list', 'port']
  const argv = ['ovs-vsctl', '--timeout=10', '--format=json', '--columns=name,ports', 'list', 'bridge', ...ports]
  const ran = await session.exec(argv, { sudo: true })
  return ran.ok && ran.value.code === 0 ? parseOvsBridges(ran.value.stdout.toString('utf8')) : null
}

/** Where Open vSwitch does not say, each of its internal ports may be one. */
export const isOvsBridge = (bridges: readonly OvsBridge[] | null, name: string): boolean =>
  bridges === null ? name !== 'ovs-system' : bridges.some((bridge) => bridge.name === name)

/** Of the two tables, one in each line. */
export function parseOvsBridges(text: string): OvsBridge[] | null {
  try {
    const [first = '', second = ''] = text.trim().split('\n')
    const names = new Map(portsSchema.parse(JSON.parse(second)).data.map(([[, id], name]) => [id, nameText(name, 32)]))
    return bridgesSchema.parse(JSON.parse(first)).data.map(([name, ports]) => {
      const ids = ports[0] === 'uuid' ? [ports[1]] : ports[1].map(([, id]) => id)
      return { name: nameText(name, 32), ports: ids.flatMap((id) => names.get(id) ?? []) }
    })
  } catch {
    return null
  }
}
