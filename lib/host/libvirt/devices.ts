import { ok, type Result } from '../../kit/result.ts'
import { domainXml, type DomainRef } from './calls.ts'
import type { RpcClient } from './client.ts'
import { attachDevice, detachDevice, setGuestVcpus, updateDevice } from './device-calls.ts'
import { defineDomain, domainDefinitionXml } from './domain-calls.ts'
import type { LibvirtFailure } from './failure.ts'

/** Edits of a running domain. libvirt's "done" is no proof: whoever calls these looks at what runs afterwards. */

type Answer<T> = Promise<Result<T, LibvirtFailure>>

// A guest lets a device go within a second, or not at all.
const letGoMs = 10_000
const lookAgainMs = 150
// QEMU makes taps, opens images, asks the guest.
const slow = { timeoutMs: 30_000 }

export const runningXml = (client: RpcClient, ref: DomainRef): Answer<string> => client.call(domainXml(ref))

/** With its secrets: an edit of what is shown would lose passwords of consoles. */
export const definitionWithSecrets = (client: RpcClient, ref: DomainRef): Answer<string> =>
  client.call(domainDefinitionXml(ref, true))

export const define = (client: RpcClient, xml: string, validate = false): Answer<DomainRef> =>
  client.call(defineDomain(xml, validate), slow)

export const attach = (client: RpcClient, ref: DomainRef, xml: string): Answer<void> =>
  client.call(attachDevice(ref, xml), slow)

export const update = (client: RpcClient, ref: DomainRef, xml: string, force = false): Answer<void> =>
  client.call(updateDevice(ref, xml, force), slow)

/**
 * Takes a device out of a running domain and waits until it is out: libvirt answers before the guest has let go.
 * @param isThere whether what runs still has it
 * @returns false: the guest did not let go
 */
export async function detach(
  client: RpcClient,
  ref: DomainRef,
  xml: string,
  isThere: (runningXml: string) => boolean,
): Answer<boolean> {
  const asked = await client.call(detachDevice(ref, xml), slow)
  if (!asked.ok) return asked
  return until(client, ref, (running) => !isThere(running), letGoMs)
}

/** Whether what runs became so within the time. */
export async function until(
  client: RpcClient,
  ref: DomainRef,
  isSo: (runningXml: string) => boolean,
  timeoutMs: number,
): Answer<boolean> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const running = await runningXml(client, ref)
    if (!running.ok) return running
    if (isSo(running.value)) return ok(true)
    if (performance.now() >= end) return ok(false)
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  }
}

// virErrorNumber: the channel is missing, nobody listens on it, or it answers out of step.
const agentSilent = [74, 86, 97]

/** Nobody speaks for the guest. */
export const isAgentSilent = ({ said }: LibvirtFailure): boolean =>
  said !== undefined && agentSilent.includes(said.code)

// A busy guest's kernel finds a plugged-in vCPU a second later.
const findMs = 5000

/** Has the guest's agent bring vCPUs online that were just plugged in. False: it does not, or nobody speaks for it. */
export async function useVcpus(client: RpcClient, ref: DomainRef, vcpus: number): Promise<boolean> {
  const end = performance.now() + findMs
  for (;;) {
    const told = await client.call(setGuestVcpus(ref, vcpus))
    // Asked before the guest has found them all, its agent refuses.
    if (told.ok || isAgentSilent(told.error) || performance.now() >= end) return told.ok
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  }
}
