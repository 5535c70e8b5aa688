import type * as z from 'zod'
import type { Actor } from '../../access/can.ts'
import type { LibvirtNetwork, newNetworkSchema } from '../../contract/libvirt-networks.ts'
import { createNetwork as createOnHost } from '../../host/libvirt/networks.ts'
import { type FieldError, Problem } from '../../kit/problem.ts'
import type { NetworkConfig } from '../../vm/libvirt-network.ts'
import { checkNetwork } from '../../vm/network-check.ts'
import { buildNetworkXml, foreignXmlRefusal, parseLibvirtNetwork } from '../../vm/network-edit.ts'
import { findHost, hostTargetOf } from '../hosts/find.ts'
import { audited, refuse } from '../refuse.ts'
import { presentNetwork } from './present.ts'
import { findNetwork, granted, openNetworks, surroundingsOf } from './situation.ts'

/**
 * Defines a network and, as asked, starts it now and with the host. When it does not start, nothing of it stays.
 * @param reference id or name of the host
 */
export async function createNetwork(
  actor: Actor,
  reference: string,
  asked: z.output<typeof newNetworkSchema>,
  now: () => Date,
): Promise<LibvirtNetwork> {
  await refuse(actor, 'host.network', { kind: 'host', name: reference })
  const host = await findHost(reference)
  return audited(actor, 'host.network', hostTargetOf(host), async (note) => {
    const situation = await openNetworks(host)
    const { config, xml } = wanted(asked)
    note({ detail: { did: 'create libvirt network', network: config.name, mode: config.mode } })
    requireRight(checkNetwork(config, await surroundingsOf(host, situation)))
    const ref = granted(await createOnHost(situation.client, xml, asked))
    const after = await openNetworks(host)
    return presentNetwork(findNetwork(after, ref.uuid), after, now())
  })
}

function wanted(asked: z.output<typeof newNetworkSchema>): { config: NetworkConfig; xml: string } {
  if (!('xml' in asked)) return { config: asked, xml: buildNetworkXml(asked) }
  const refusal = foreignXmlRefusal(asked.xml)
  const parsed = parseLibvirtNetwork(asked.xml)
  if (refusal === null && parsed.ok) return { config: parsed.value, xml: asked.xml }
  const title = refusal ?? (parsed.ok ? '' : parsed.error)
  throw new Problem({ code: 'bad-xml', kind: 'invalid', title, fields: [{ field: 'xml', message: title }] })
}

/** Throws the first of them, with all of them as fields. */
export function requireRight(errors: readonly FieldError[]): void {
  const [first] = errors
  if (first === undefined) return
  throw new Problem({ code: 'bad-network', kind: 'invalid', title: first.message, fields: [...errors] })
}
