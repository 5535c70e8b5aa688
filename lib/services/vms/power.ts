import type { Actor } from '../../access/can.ts'
import type { BulkOutcome, BulkPower } from '../../contract/vm-power.ts'
import type { Vm } from '../../contract/vms.ts'
import { connectLibvirt } from '../../host/libvirt/connect.ts'
import * as calls from '../../host/libvirt/domain-calls.ts'
import type { Call } from '../../host/libvirt/client.ts'
import type { LibvirtFailure } from '../../host/libvirt/failure.ts'
import { qemuLogTail } from '../../host/qemu-log.ts'
import { Problem } from '../../kit/problem.ts'
import type { PowerAction } from '../../vm/power.ts'
import { startFailure } from '../../vm/start-failure.ts'
import { libvirtProblem } from '../libvirt-problem.ts'
import { audited, problemOf, refuse } from '../refuse.ts'
import { claimVm, noteShutdownAsked } from './activity.ts'
import { addressesOf } from './addresses.ts'
import { boardOf, type KnownDomain, refreshBoardBy } from './board.ts'
import { findVm, type FoundVm, vmTargetOf } from './find.ts'
import { requireSense, whyNot } from './power-sense.ts'
import { presentVm } from './present.ts'
import { saveVm } from './save.ts'

// A saved guest of 256 GiB is read at what the disk gives; starting one with huge pages takes minutes too. QEMU that does
// not end is killed by libvirt after 15 s to half a minute.
const slowMs = 30 * 60_000
/** All but saving, which is a job: see save.ts. */
type Instant = Exclude<PowerAction, 'save'>

const patienceMs: Record<Instant, number> = {
  start: slowMs,
  shutdown: 30_000,
  reboot: 30_000,
  destroy: 90_000,
  suspend: 30_000,
  resume: 60_000,
  reset: 30_000,
  'discard-saved': 30_000,
}

/** Starts, stops, … a VM. @param reference see `findVm` */
export async function powerVm(actor: Actor, reference: string, action: Instant, now: () => Date): Promise<Vm> {
  await refuse(actor, 'vm.power', { kind: 'vm', name: reference })
  const found = await findVm(reference, now)
  return audited(actor, 'vm.power', vmTargetOf(found), async (note) => {
    note({ detail: { did: action } })
    requireSense(action, found.domain)
    const { host, domain } = found
    const release = claimVm(host.id, domain, action)
    try {
      await carryOut(found, action, now)
    } finally {
      release()
    }
    const after = boardOf(host.id)?.domains.find(({ uuid }) => uuid === domain.uuid)
    // A VM without a definition is gone when it is off.
    const shown = after ?? { ...domain, running: null, runningXml: null, stateWord: 'shut-off' as const }
    return presentVm(host, shown, addressesOf(host.id, shown), now())
  })
}

/** On a connection of its own: a VM that hangs must keep neither others waiting nor its own end. */
async function carryOut({ host, session, domain }: FoundVm, action: Instant, now: () => Date): Promise<void> {
  const connected = await connectLibvirt(session)
  if (!connected.ok) throw libvirtProblem(connected.error)
  const client = connected.value
  try {
    const done = await client.call(callFor(action, domain), { timeoutMs: patienceMs[action] })
    if (!done.ok) throw await failed({ session, client, domain }, action, done.error)
    if (action === 'shutdown') noteShutdownAsked(host.id, domain, now())
    await refreshBoardBy(host.id, client, now)
  } finally {
    client.close()
  }
}

function callFor(action: Instant, { ref, stateWord }: KnownDomain): Call<unknown> {
  switch (action) {
    case 'start':
      return calls.startDomain(ref)
    case 'shutdown':
      return calls.shutDownDomain(ref)
    case 'reboot':
      return calls.rebootDomain(ref)
    case 'destroy':
      return calls.destroyDomain(ref)
    case 'suspend':
      return calls.suspendDomain(ref)
    case 'resume':
      return stateWord === 'suspended' ? calls.wakeDomain(ref) : calls.resumeDomain(ref)
    case 'reset':
      return calls.resetDomain(ref)
    case 'discard-saved':
      return calls.removeSavedDomain(ref)
  }
}

async function failed(
  { session, client, domain }: Pick<FoundVm, 'session' | 'client' | 'domain'>,
  action: Instant,
  failure: LibvirtFailure,
): Promise<Problem> {
  const { problem, isLate } = await whyNot(client, action, domain, failure)
  if (isLate || action !== 'start' || failure.code !== 'libvirt') return problem
  const said = failure.said?.message ?? failure.title
  const words = startFailure(said, await qemuLogTail(session, domain.ref.name))
  return new Problem({ ...problem.init, ...words, code: 'vm-start-failed' })
}

const atOnce = 8

/** The same with many VMs, a few at a time; one that fails keeps no other from it. */
export async function powerVms(
  actor: Actor,
  { action, vms }: BulkPower,
  now: () => Date,
): Promise<{ items: BulkOutcome[]; done: number; failed: number }> {
  await refuse(actor, 'vm.power', { kind: 'vm' })
  const wanted = [...new Set(vms)]
  const items: BulkOutcome[] = []
  const workers = Array.from({ length: Math.min(atOnce, wanted.length) }, async () => {
    for (let vm = wanted.pop(); vm !== undefined; vm = wanted.pop()) items.push(await outcomeOf(actor, vm, action, now))
  })
  await Promise.all(workers)
  const order = new Map(vms.map((vm, index) => [vm, index]))
  const sorted = items.toSorted((a, b) => (order.get(a.vm) ?? 0) - (order.get(b.vm) ?? 0))
  const done = items.filter(({ problem }) => problem === null).length
  return { items: sorted, done, failed: items.length - done }
}

const nobody = { name: null, host: null, state: null, job: null, problem: null }

async function outcomeOf(actor: Actor, vm: string, action: PowerAction, now: () => Date): Promise<BulkOutcome> {
  try {
    if (action === 'save') return { ...nobody, vm, job: (await saveVm(actor, vm, now)).id }
    const { name, host, state } = await powerVm(actor, vm, action, now)
    return { ...nobody, vm, name, host, state }
  } catch (failure) {
    const problem = problemOf(failure)
    if (problem === null) throw failure
    return { ...nobody, vm, problem: { code: problem.code, title: problem.title } }
  }
}
