import type { Actor } from '../../access/can.ts'
import type { NetworkState } from '../../contract/network.ts'
import { findHost } from '../hosts/find.ts'
import { refuse } from '../refuse.ts'
import { presentState, readNow } from './reading.ts'

/** The network of a host at this moment: files, kernel, and where they differ. @param reference id or name */
export async function readNetwork(actor: Actor, reference: string, now: () => Date): Promise<NetworkState> {
  await refuse(actor, 'host.read')
  return presentState(await readNow(await findHost(reference), now))
}
