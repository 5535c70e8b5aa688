import type { Actor } from '../../access/can.ts'
import type { NetworkState } from '../../contract/network.ts'
import { Problem } from '../../kit/problem.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'

/** The network of a host at this moment. */
export async function readNetwork(actor: Actor, reference: string, _now: () => Date): Promise<NetworkState> {
  await refuse(actor, 'host.read')
  await findHost(reference)
  throw new Problem({ code: 'todo', kind: 'unavailable', title: 'Not there yet.' })
}
