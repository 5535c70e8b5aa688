import * as z from 'zod'
import { connectLibvirt } from '../../../host/libvirt/connect.ts'
import type { RpcClient } from '../../../host/libvirt/client.ts'
import { setDomainAutostart } from '../../../host/libvirt/domain-calls.ts'
import { readDomainNow } from '../../../host/libvirt/domains.ts'
import { jobStats, migrateFlag } from '../../../host/libvirt/migration-calls.ts'
import { migrate, type MigrationFailure } from '../../../host/libvirt/migration.ts'
import type { JobContext, JobKind } from '../../../jobs/kind.ts'
import { Problem } from '../../../kit/problem.ts'
import type { Session } from '../../../ssh/session.ts'
import { checkMigration } from '../../../vm/migration-check.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { refreshBoardBy } from '../board.ts'
import { watchDomainJob } from '../domain-job.ts'
import { libvirtOn } from '../find.ts'
import { openMigration, type MigrationEnds } from './situation.ts'
import { removeCopies } from './copies.ts'

export const migrateKind = 'vm.migrate'

const inputSchema = z.object({ vm: z.string(), to: z.string() })

/**
 * Moves a VM to another host. Cancelled, or failed at any point before the target has let it run, it runs on where it was
 * and nothing of it stays at the target.
 */
export const migrateJob = (now: () => Date): JobKind => ({
  kind: migrateKind,
  cancellable: true,
  // A large memory that a busy guest keeps writing to, or terabytes of disks.
  limitMs: 24 * 60 * 60_000,
  async run(context) {
    const { vm, to } = inputSchema.parse(context.input)
    const ends = await context.step('check', async () => {
      const opened = await openMigration(`${context.hostId ?? ''}:${vm}`, to, now)
      requirePossible(opened)
      for (const { level, text } of checkMigration(opened.situation).findings)
        if (level !== 'missing') context.log(text)
      return opened
    })
    try {
      return await move(ends, context)
    } finally {
      await Promise.all([
        refreshBoardBy(ends.vm.host.id, ends.vm.client, now),
        refreshBoardBy(ends.target.host.id, ends.target.client, now),
      ])
    }
  },
})

/** Throws what is missing. */
export function requirePossible({ target, situation }: MigrationEnds): void {
  const { possible, findings } = checkMigration(situation)
  if (possible) return
  const missing = findings.filter(({ level }) => level === 'missing').map(({ text }) => text)
  throw new Problem({
    code: 'migration-refused',
    kind: 'conflict',
    title: `${situation.domain.name} can’t move to ${target.host.name}. ${missing[0] ?? ''}`,
    ...(missing.length > 1 ? { detail: missing.slice(1).join(' ') } : {}),
    extra: { findings },
  })
}

async function move(ends: MigrationEnds, context: JobContext): Promise<unknown> {
  const { vm, target, situation } = ends
  const { isRunning, persistent } = situation
  const { copiedDisks } = checkMigration(situation)
  const clients: RpcClient[] = []
  const connect = async (session: Session): Promise<RpcClient> => {
    const connected = await connectLibvirt(session)
    if (!connected.ok) throw libvirtProblem(connected.error)
    clients.push(connected.value)
    return connected.value
  }
  const parts = new Parts(context)
  try {
    // Each its own: what a connection has begun, libvirt undoes when it ends.
    const [source, there, beside] = await Promise.all([
      connect(vm.session),
      connect(target.session),
      connect(vm.session),
    ])
    const watch = isRunning ? watchDomainJob(beside, vm.domain.ref, context) : null
    const moved = await migrate({
      source,
      target: there,
      domain: vm.domain.ref,
      uri: `tcp://${situation.address.includes(':') ? `[${situation.address}]` : situation.address}`,
      flags:
        (persistent ? migrateFlag.persistAtTarget | migrateFlag.undefineAtSource : 0) |
        (isRunning ? migrateFlag.live | migrateFlag.autoConverge : migrateFlag.offline) |
        (copiedDisks.length > 0 ? migrateFlag.copyDisks : 0),
      isPaused: vm.domain.stateWord === 'paused',
      copiedDisks,
      onPart: (part) => parts.begin(part),
      runsAtTarget: () => runsAt(ends),
    }).finally(() => watch?.stop())
    if (!moved.ok) {
      if (copiedDisks.length > 0) await removeCopies(ends, context.log)
      throw await failed(ends, moved.error, context.signal.aborted)
    }
    const result = await settle(ends, there, context)
    await parts.end()
    return result
  } catch (failure) {
    await parts.fail(failure)
    throw failure
  } finally {
    for (const client of clients) client.close()
  }
}

/** The protocol's parts as the job's steps: one ends where the next begins. */
class Parts {
  readonly #context: JobContext
  #open: { finish: () => void; fail: (why: unknown) => void; done: Promise<unknown> } | null = null
  constructor(context: JobContext) {
    this.#context = context
  }
  begin(id: string): void {
    this.#open?.finish()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const done = this.#context.step(id, () => promise)
    // Whoever fails throws its own.
    done.catch(() => {})
    this.#open = { finish: resolve, fail: reject, done }
  }
  async end(): Promise<void> {
    this.#open?.finish()
    await this.#open?.done
  }
  async fail(why: unknown): Promise<void> {
    this.#open?.fail(why)
    await this.#open?.done.catch(() => {})
  }
}

/** Null: the target does not answer. */
async function runsAt({ vm, target }: MigrationEnds): Promise<boolean | null> {
  const reached = await libvirtOn(target.host).catch(() => null)
  if (reached === null) return null
  const read = await readDomainNow(reached.client, vm.domain.uuid)
  if (read.ok) return read.value.runningXml !== null
  return read.error.code === 'absent' ? false : null
}

async function failed(
  { vm, target, situation }: MigrationEnds,
  { left, failure }: MigrationFailure,
  isCancelled: boolean,
): Promise<Problem> {
  const name = situation.domain.name
  if (left === 'unknown')
    return new Problem({
      code: 'migration-unknown',
      kind: 'unreachable',
      title: `${target.host.name} went away at the very end, so nobody can say whether ${name} runs there. On ${vm.host.name} it stands still: resume it there once you know that it does not run on ${target.host.name}.`,
      detail: failure.title,
    })
  const now = await readDomainNow(vm.client, vm.domain.uuid)
  const where = !now.ok
    ? `${vm.host.name} did not say how it is there now.`
    : situation.isRunning && now.value.runningXml !== null
      ? `It goes on running on ${vm.host.name}.`
      : situation.isRunning
        ? `On ${vm.host.name} it does not run any more: start it there.`
        : `It is still on ${vm.host.name}.`
  return new Problem({
    code: isCancelled ? 'migration-cancelled' : 'migration-failed',
    kind: 'conflict',
    title: isCancelled ? `${name} was not moved. ${where}` : `${name} could not be moved. ${where} ${failure.title}`,
  })
}

/** What libvirt does not take along, and what is to be known afterwards. */
async function settle(
  { vm, target, situation }: MigrationEnds,
  there: RpcClient,
  { log }: JobContext,
): Promise<unknown> {
  const read = await readDomainNow(there, vm.domain.uuid)
  if (!read.ok) throw libvirtProblem(read.error)
  const { ref } = read.value
  if (vm.domain.autostart && vm.domain.persistent) {
    const set = await there.call(setDomainAutostart(ref, true))
    if (!set.ok) log(`It does not start with ${target.host.name} yet. ${set.error.title}`)
  }
  const stats = situation.isRunning ? await there.call(jobStats(ref, true)) : null
  const downtime = stats?.ok === true ? stats.value.get('downtime') : undefined
  const downtimeMs = typeof downtime === 'number' ? downtime : null
  if (downtimeMs !== null) log(`The guest stood still for ${downtimeMs} ms.`)
  const kept = situation.needs.disks.filter(({ target: disk }) => checkMigration(situation).copiedDisks.includes(disk))
  if (kept.length > 0)
    log(`Its disks as they were stay on ${vm.host.name}: ${kept.map(({ path }) => path).join(', ')}.`)
  return { vm: vm.domain.uuid, from: vm.host.name, to: target.host.name, downtimeMs }
}
