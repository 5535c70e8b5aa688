import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { EditedVm, editVmSchema, FieldOutcome } from '../../../contract/vm-edit.ts'
import { setLiveMemory, setLiveMetadata, setLiveVcpus } from '../../../host/libvirt/device-calls.ts'
import { until, useVcpus } from '../../../host/libvirt/devices.ts'
import { setDomainAutostart } from '../../../host/libvirt/domain-calls.ts'
import { Problem } from '../../../kit/problem.ts'
import type { Domain } from '../../../vm/domain.ts'
import { changeDomain, memoryRefusal, wantedVcpus, type DomainChange } from '../../../vm/domain-edit.ts'
import { setOwner, setTags } from '../../../vm/domain-metadata.ts'
import { readDomain } from '../../../vm/domain-read.ts'
import { checkResources } from '../../../vm/resources-check.ts'
import { resourceMoments } from '../../../vm/when-it-counts.ts'
import { parseXml } from '../../../vm/xml-text.ts'
import { refuse } from '../../refuse.ts'
import type { FoundVm } from '../find.ts'
import { changeVm, granted, redefine, requireRight } from './change-vm.ts'
import { editLiveMetadata } from './nic-live.ts'

type Field = keyof typeof resourceMoments

// A guest's balloon takes a moment; one without its driver never moves. For a vCPU that is to go libvirt itself has
// waited 5 s before.
const followMs = 3000

/** Changes what a VM is; of each field is told whether it counts now or from the next start on. */
export async function editVm(
  actor: Actor,
  reference: string,
  asked: z.output<typeof editVmSchema>,
  clock: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const { etag, autostart, ...wanted } = asked
  const fields = Object.entries(asked).flatMap(([name, value]) =>
    value === undefined || name === 'etag' ? [] : [name],
  )
  return changeVm(actor, reference, { etag, detail: { did: 'edit', fields }, now: clock }, async (found) => {
    const { defined } = found.domain
    requireRight(checkResources(wanted, defined))
    requirePlainMemory(found, wanted)
    const change = completed(wanted, defined)
    const changed = changedOf(change, found.domain, wanted)
    if (autostart !== undefined && autostart !== found.domain.autostart) await setAutostart(found, autostart)
    if (changed.length > 0) await redefine(found, (editor) => changeDomain(editor, change))
    const outcome: FieldOutcome[] = []
    if (autostart !== undefined && autostart !== found.domain.autostart)
      outcome.push({ field: 'autostart', when: 'now', message: null })
    for (const field of changed) outcome.push(await liveOutcome(found, field, change))
    return outcome
  })
}

/** With what follows from it: more vCPUs or memory than the most raises the most. */
function completed(wanted: DomainChange, now: Domain): DomainChange {
  const change = { ...wanted }
  if (wanted.vcpus !== undefined || wanted.maxVcpus !== undefined) Object.assign(change, wantedVcpus(now, wanted))
  if (wanted.memoryBytes !== undefined || wanted.maxMemoryBytes !== undefined) {
    // libvirt counts in KiB.
    const kib = (bytes: number) => Math.floor(bytes / 1024) * 1024
    const most = kib(wanted.maxMemoryBytes ?? Math.max(now.maxMemoryBytes, wanted.memoryBytes ?? 0))
    change.maxMemoryBytes = most
    change.memoryBytes = Math.min(kib(wanted.memoryBytes ?? now.memoryBytes), most)
  }
  return change
}

function changedOf(
  change: DomainChange,
  { defined, running }: FoundVm['domain'],
  wanted: DomainChange,
): Exclude<Field, 'autostart'>[] {
  const names = Object.keys(resourceMoments).filter((name) => name !== 'autostart') as Exclude<Field, 'autostart'>[]
  const differs = (name: Exclude<Field, 'autostart'>, now: Domain) =>
    JSON.stringify(change[name] || null) !== JSON.stringify(now[name] || null)
  return names.filter((name) => {
    if (change[name] === undefined) return false
    // What the guest did not follow the last time is asked of it again.
    const isAgain = (name === 'vcpus' || name === 'memoryBytes') && wanted[name] !== undefined
    return differs(name, defined) || (isAgain && running !== null && differs(name, running))
  })
}

function requirePlainMemory({ domain }: FoundVm, { memoryBytes, maxMemoryBytes }: DomainChange): void {
  if (memoryBytes === undefined && maxMemoryBytes === undefined) return
  const parsed = parseXml(domain.definitionXml)
  const refusal = parsed.ok ? memoryRefusal(parsed.value) : null
  if (refusal === null) return
  throw new Problem({
    code: 'memory-divided',
    kind: 'conflict',
    title: refusal,
    fields: [{ field: 'memoryBytes', message: refusal }],
  })
}

async function setAutostart({ client, domain }: FoundVm, autostart: boolean): Promise<void> {
  if (!domain.persistent)
    throw new Problem({
      code: 'vm-transient',
      kind: 'conflict',
      title: `${domain.defined.name} has no definition, so it can’t start with the host.`,
    })
  granted(await client.call(setDomainAutostart(domain.ref, autostart)))
}

async function liveOutcome(
  found: FoundVm,
  field: Exclude<Field, 'autostart'>,
  change: DomainChange,
): Promise<FieldOutcome> {
  const { running } = found.domain
  const moment = resourceMoments[field]
  if (running === null) return { field, when: 'next-start', message: null }
  if (!moment.live) return { field, when: 'next-start', message: moment.message }
  if (field === 'vcpus') return { field, ...(await changeVcpus(found, running, change.vcpus ?? running.vcpus)) }
  const message = await changeLive(found, running, field, change)
  return message === null ? { field, ...now() } : { field, ...later(message) }
}

type Counts = Omit<FieldOutcome, 'field'>
const now = (message: string | null = null): Counts => ({ when: 'now', message })
const later = (message: string): Counts => ({ when: 'next-start', message })

/** Null: it is so. Else why it only counts from the next start on. */
async function changeLive(found: FoundVm, running: Domain, field: Field, change: DomainChange): Promise<string | null> {
  const { client, domain } = found
  const { ref } = domain
  if (field === 'title' || field === 'notes') {
    const text = (field === 'title' ? change.title : change.notes) || null
    const set = await client.call(setLiveMetadata(ref, field === 'title' ? 'title' : 'description', text))
    return set.ok ? null : set.error.title
  }
  if (field === 'tags' || field === 'owner') {
    const set = await editLiveMetadata(found, (editor) => {
      if (change.tags !== undefined) setTags(editor, change.tags)
      if (change.owner !== undefined) setOwner(editor, change.owner)
    })
    return set.ok ? null : set.error
  }
  return changeMemory(found, running, change.memoryBytes ?? running.memoryBytes)
}

async function changeVcpus({ client, domain }: FoundVm, running: Domain, wanted: number): Promise<Counts> {
  if (wanted > running.maxVcpus)
    return later(`It runs with room for no more than ${running.maxVcpus}; more count from the next start on.`)
  if (wanted === running.vcpus) return now()
  const isMore = wanted > running.vcpus
  const set = await client.call(setLiveVcpus(domain.ref, wanted), { timeoutMs: 30_000 })
  if (!set.ok && set.error.said?.code !== operationTimeout)
    return later(
      bootVcpus.test(set.error.title)
        ? 'vCPUs that it booted with can’t be plugged out while it runs; fewer count from the next start on.'
        : `vCPUs could not be plugged ${isMore ? 'in' : 'out'} now. ${set.error.title}`,
    )
  const isSo = granted(await until(client, domain.ref, (xml) => read(xml)?.vcpus === wanted, followMs))
  if (!isSo)
    return later(
      'libvirt does not see yet that the guest has let the vCPUs go; they are gone when it does, or from the next start on.',
    )
  if (!isMore) return now()
  // They are there. Many a Linux leaves a new one offline until it is told.
  const used = running.agent === 'connected' && (await useVcpus(client, domain.ref, wanted))
  return now(
    used
      ? null
      : `The guest has them, but could not be asked by its agent whether it uses them. Linux is told by chcpu -e ${running.vcpus}-${wanted - 1}.`,
  )
}

// VIR_ERR_OPERATION_TIMEOUT
const operationTimeout = 68
const bootVcpus = /failed to find appropriate hotpluggable vcpus/i

async function changeMemory({ client, domain }: FoundVm, running: Domain, wanted: number): Promise<string | null> {
  if (wanted > running.maxMemoryBytes)
    return `It runs with room for ${inMib(running.maxMemoryBytes)} MiB; more counts from the next start on.`
  const set = await client.call(setLiveMemory(domain.ref, Math.floor(wanted / 1024)))
  if (!set.ok) return `The guest’s balloon could not be asked. ${set.error.title}`
  const isSo = granted(await until(client, domain.ref, (xml) => read(xml)?.memoryBytes === wanted, followMs))
  return isSo
    ? null
    : `The guest was asked, but has not given or taken the memory yet. Without a balloon driver it keeps ${inMib(running.maxMemoryBytes)} MiB: then set the most that it can have, which counts from the next start on.`
}

const inMib = (bytes: number) => Math.floor(bytes / 1024 ** 2)

function read(xml: string): Domain | null {
  const parsed = readDomain(xml)
  return parsed.ok ? parsed.value : null
}
