import { ok, type Result } from '../../kit/result.ts'
import { listFilter, listNetworks, networkXml, type NamedRef } from './calls.ts'
import type { RpcClient } from './client.ts'
import type { LibvirtFailure } from './failure.ts'
import {
  defineNetwork,
  networkDefinitionXml,
  networkIsPersistent,
  networkLeases,
  setNetworkAutostart,
  startNetwork,
  stopNetwork,
  undefineNetwork,
  updateNetwork,
  updatesInOrder,
  type NetworkUpdate,
  type WireLease,
} from './network-calls.ts'

/** A network as libvirt has it, its texts not yet believed. */
export interface HostNetwork {
  ref: NamedRef
  active: boolean
  autostart: boolean
  /** Without a definition it is gone when it stops. */
  persistent: boolean
  /** What counts from the next start on; of one without a definition, what runs. */
  definitionXml: string
  /** What runs; null while it does not. */
  runningXml: string | null
}

type Answer<T> = Promise<Result<T, LibvirtFailure>>

/** All networks, in two pipelined rounds. */
export async function readNetworks(client: RpcClient): Answer<HostNetwork[]> {
  const { networks: filter } = listFilter
  const [all, active, autostart] = await Promise.all([
    client.call(listNetworks(filter.all)),
    client.call(listNetworks(filter.active)),
    client.call(listNetworks(filter.autostart)),
  ])
  if (!all.ok) return all
  if (!active.ok) return active
  if (!autostart.ok) return autostart
  const among = (list: readonly NamedRef[], { uuid }: NamedRef) => list.some((one) => one.uuid === uuid)
  const read = await Promise.all(
    all.value.map(async (ref): Promise<HostNetwork[]> => {
      const isActive = among(active.value, ref)
      const [defined, running, persistent] = await Promise.all([
        client.call(networkDefinitionXml(ref)),
        isActive ? client.call(networkXml(ref)) : null,
        client.call(networkIsPersistent(ref)),
      ])
      const runningXml = running?.ok === true ? running.value : null
      const definitionXml = defined.ok ? defined.value : runningXml
      // Deleted since the list was made.
      if (definitionXml === null) return []
      return [
        {
          ref,
          active: isActive,
          autostart: among(autostart.value, ref),
          persistent: persistent.ok && persistent.value,
          definitionXml,
          runningXml,
        },
      ]
    }),
  )
  return ok(read.flat())
}

/** Of a network that libvirt serves by its own DHCP; none of others. */
export const readLeases = (client: RpcClient, ref: NamedRef): Answer<WireLease[]> => client.call(networkLeases(ref))

/** Defines it and, as asked, lets it start with the host and now. What fails leaves nothing behind. */
export async function createNetwork(
  client: RpcClient,
  xml: string,
  { start, autostart }: { start: boolean; autostart: boolean },
): Answer<NamedRef> {
  const defined = await client.call(defineNetwork(xml))
  if (!defined.ok) return defined
  const ref = defined.value
  const set = autostart ? await client.call(setNetworkAutostart(ref, true)) : ok(undefined)
  const started = set.ok && start ? await client.call(startNetwork(ref), slow) : set
  if (started.ok) return ok(ref)
  await client.call(undefineNetwork(ref))
  return started
}

// dnsmasq, bridge and firewall rules: on a busy host some seconds.
const slow = { timeoutMs: 30_000 }

export const start = (client: RpcClient, ref: NamedRef): Answer<void> => client.call(startNetwork(ref), slow)
export const stop = (client: RpcClient, ref: NamedRef): Answer<void> => client.call(stopNetwork(ref), slow)
export const setAutostart = (client: RpcClient, ref: NamedRef, autostart: boolean): Answer<void> =>
  client.call(setNetworkAutostart(ref, autostart))
export const redefine = async (client: RpcClient, xml: string): Answer<NamedRef> => client.call(defineNetwork(xml))

/** Stops it if it runs, and forgets its definition. */
export async function removeNetwork(client: RpcClient, { ref, active, persistent }: HostNetwork): Answer<void> {
  const stopped = active ? await client.call(stopNetwork(ref), slow) : ok(undefined)
  if (!stopped.ok || !persistent) return stopped
  return client.call(undefineNetwork(ref))
}

/** Changes what can be changed while it runs, one after the other; the first refusal ends it. */
export async function updateRunning(client: RpcClient, ref: NamedRef, updates: readonly NetworkUpdate[]): Answer<void> {
  if (updates.length === 0) return ok(undefined)
  const inOrder = await client.call(updatesInOrder())
  for (const update of updates) {
    const done = await client.call(updateNetwork(ref, update, inOrder.ok && inOrder.value), slow)
    if (!done.ok) return done
  }
  return ok(undefined)
}
