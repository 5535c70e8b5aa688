import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { editNetworkSchema, LibvirtNetwork } from '../../contract/libvirt-networks.ts'
import { redefine, start, stop, updateRunning } from '../../host/libvirt/networks.ts'
import { Problem } from '../../kit/problem.ts'
import { checkNetwork } from '../../vm/network-check.ts'
import { editNetworkXml } from '../../vm/network-edit.ts'
import { liveUpdates } from '../../vm/network-live.ts'
import { refuse } from '../refuse.ts'
import { requireRight } from './create.ts'
import { bringBack, change } from './power.ts'
import { differences, etagOf, isManaged } from './present.ts'
import {
  findNetwork,
  granted,
  type KnownNetwork,
  type NetworkSituation,
  openNetworks,
  surroundingsOf,
} from './situation.ts'

/**
 * Brings a network's definition to this, keeping what Drawbridge does not know. Ranges and fixed addresses count at
 * once; the rest with the next start, or by a restart now. @param network UUID or name
 */
export async function editNetwork(
  actor: Actor,
  reference: string,
  network: string,
  asked: z.output<typeof editNetworkSchema>,
  now: () => Date,
): Promise<LibvirtNetwork> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  return change(actor, reference, network, 'edit', now, async (situation, known, host) => {
    requireSame(known, asked.etag)
    const { etag: _, apply, ...config } = asked
    requireRight(checkNetwork(config, await surroundingsOf(host, situation, known), known.definition))
    const edited = editNetworkXml(known.definitionXml, config)
    if (!edited.ok) throw new Problem({ code: 'bad-xml', kind: 'conflict', title: edited.error })
    granted(await redefine(situation.client, edited.value))
    if (!known.active) return
    const defined = findNetwork(await openNetworks(host), known.ref.uuid)
    if (known.runningXml !== null && defined.running !== null)
      // What libvirt does not take now counts from the next start on, and is told so.
      await updateRunning(
        situation.client,
        known.ref,
        liveUpdates(known.runningXml, defined.running, defined.definition),
      )
    const after = await openNetworks(host)
    const current = findNetwork(after, known.ref.uuid)
    if (apply === 'restart' && differences(current).length > 0) await restart(after, current, known)
  })
}

function requireSame(known: KnownNetwork, etag: string | null): void {
  if (!known.persistent || !isManaged(known.definition))
    throw new Problem({ code: 'read-only', kind: 'conflict', title: 'Drawbridge only shows this network.' })
  if (etag === null || etag === etagOf(known)) return
  throw new Problem({
    code: 'network-changed',
    kind: 'conflict',
    title: `${known.definition.name} was changed by somebody else meanwhile. Look at it again, then change it.`,
    extra: { etag: etagOf(known) },
  })
}

/** With what is defined now; when it does not start so, what ran before runs again. */
async function restart(situation: NetworkSituation, current: KnownNetwork, before: KnownNetwork): Promise<void> {
  const { client } = situation
  granted(await stop(client, current.ref))
  const started = await start(client, current.ref)
  if (started.ok) return bringBack(situation, current)
  await redefine(client, before.definitionXml)
  const again = await start(client, before.ref)
  if (again.ok) await bringBack(situation, before)
  throw new Problem({
    code: 'not-started',
    kind: 'conflict',
    title: again.ok
      ? `The network did not start with these settings, so it runs as before. ${started.error.title}`
      : `The network did not start, neither so nor as before. ${again.error.title}`,
  })
}
