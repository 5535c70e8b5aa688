import type { DomainRef, NamedRef } from '../../../host/libvirt/calls.ts'
import { listFilter, listPools } from '../../../host/libvirt/calls.ts'
import { convertImage, isSound } from '../../../host/convert.ts'
import type { RpcClient } from '../../../host/libvirt/client.ts'
import { defineDomain, lookUpDomain, setDomainAutostart } from '../../../host/libvirt/domain-calls.ts'
import { isAbsent, type LibvirtFailure } from '../../../host/libvirt/failure.ts'
import { createVolume } from '../../../host/libvirt/pools.ts'
import { volumeXml } from '../../../host/libvirt/storage-calls.ts'
import type { JobContext } from '../../../jobs/kind.ts'
import { Problem } from '../../../kit/problem.ts'
import type { Result } from '../../../kit/result.ts'
import type { HostRow } from '../../../store/hosts.ts'
import type { VolumeWork } from '../../../vm/disk-plan.ts'
import { variablesFile } from '../../../vm/firmware-variables.ts'
import { failureSentence } from '../../../vm/start-failure.ts'
import { buildVolumeXml, parseVolume } from '../../../vm/volume.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { problemOf } from '../../refuse.ts'
import { sshProblem } from '../../ssh-problem.ts'
import { refreshBoardBy } from '../board.ts'
import { libvirtOn } from '../find.ts'
import { forgetJournal, readJournal, writeJournal, type Journal } from './journal.ts'
import { undoCreation } from './undo.ts'
import { writeWhole } from './write-whole.ts'

/** Of an image of some hundred gigabytes from one disk to the same. */
export const makingLimitMs = 6 * 3600_000

/** What a creation makes on a host, step by step, each thing written down before it is made. */
export class Making {
  readonly context: JobContext
  readonly host: HostRow
  readonly now: () => Date
  readonly #journal: Journal

  constructor(context: JobContext, host: HostRow, { uuid, name }: { uuid: string; name: string }, now: () => Date) {
    this.context = context
    this.host = host
    this.now = now
    this.#journal = { jobId: context.jobId, hostId: host.id, uuid, name, volumes: [] }
  }

  /** Runs `make`; when it fails, exactly what was made is taken back and the failure says so. */
  async run<T>(make: () => Promise<T>): Promise<T> {
    // Of an attempt that ended with the process.
    const earlier = await readJournal(this.#journal.uuid)
    const left = earlier === null ? null : await undoCreation(this.host, earlier)
    if (left !== null) throw new Problem({ code: 'not-undone', kind: 'unreachable', title: left })
    let value: T
    try {
      value = await make()
    } catch (failure) {
      throw await this.#undo(failure)
    }
    await forgetJournal(this.#journal.uuid)
    const { client } = await libvirtOn(this.host)
    await refreshBoardBy(this.host.id, client, this.now)
    return value
  }

  async makeVolumes(client: RpcClient, volumes: readonly VolumeWork[]): Promise<void> {
    for (const path of new Set(volumes.flatMap(qcow2Of))) await this.#requireSound(path)
    for (const [index, work] of volumes.entries()) {
      this.requireWanted()
      this.context.log(`${work.pool}/${work.volume}`)
      await this.#makeVolume(client, work)
      if (work.copyOf !== null) await this.#fill(work, work.copyOf, (done) => (index + done) / volumes.length)
      this.context.progress((index + 1) / volumes.length)
    }
  }

  async #requireSound(path: string): Promise<void> {
    const { session } = await libvirtOn(this.host)
    if ((await isSound(session, path)) !== false) return
    throw new Problem({
      code: 'broken-image',
      kind: 'conflict',
      title: `${path} is broken: parts of it are missing or contradict each other, perhaps because it was cut short. Get it again, and compare its checksum.`,
    })
  }

  async #makeVolume(client: RpcClient, work: VolumeWork): Promise<void> {
    const pool = await poolNamed(client, work.pool, this.host)
    const entry = { pool: work.pool, volume: work.volume }
    this.#journal.volumes.push(entry)
    await writeJournal(this.#journal)
    const { volume: name, format, capacityBytes, backing } = work
    const made = await createVolume(client, pool, buildVolumeXml({ name, format, capacityBytes, backing }))
    if (!made.ok) {
      // libvirt said no and made nothing; what has that name is somebody else's.
      if (made.error.code === 'libvirt') this.#journal.volumes.pop()
      throw spoken(made.error, this.host)
    }
    const xml = granted(await client.call(volumeXml(made.value)), this.host)
    const volume = parseVolume(xml)
    if (volume.ok && volume.value.path === work.path) return
    throw new Problem({
      code: 'odd-path',
      kind: 'conflict',
      title: `libvirt made ${work.volume} at another place than its pool says. Refresh the pool ${work.pool}, then try again.`,
    })
  }

  async #fill(
    work: VolumeWork,
    from: NonNullable<VolumeWork['copyOf']>,
    part: (done: number) => number,
  ): Promise<void> {
    const { session } = await libvirtOn(this.host)
    const conversion = {
      source: from.path,
      sourceFormat: from.format,
      target: work.path,
      targetFormat: work.format ?? ('raw' as const),
      isEmpty: work.isFile,
    }
    const done = await convertImage(session, conversion, {
      onProgress: (fraction) => this.context.progress(part(fraction)),
      signal: this.context.signal,
    })
    if (done.ok) return
    const { code, said, ssh } = done.error
    if (code === 'connection' && ssh !== undefined) throw sshProblem(ssh)
    throw new Problem({
      code: 'not-copied',
      kind: 'conflict',
      title: failureSentence(said) ?? `${from.path} could not be copied. qemu-img says: ${said}`,
      detail: said,
    })
  }

  /** A small file with content of ours. */
  async writeFile(
    client: RpcClient,
    place: { pool: string; volume: string; path: string },
    content: Uint8Array,
  ): Promise<void> {
    const work = {
      ...place,
      format: 'raw' as const,
      capacityBytes: content.length,
      backing: null,
      copyOf: null,
      isFile: true,
    }
    await this.#makeVolume(client, work)
    const { session } = await libvirtOn(this.host)
    await writeWhole(session, place, content)
  }

  /** @returns the domain, not started */
  async define(client: RpcClient, xml: string): Promise<DomainRef> {
    await this.#requireNoVariables(xml)
    await writeJournal(this.#journal)
    return granted(await client.call(defineDomain(xml, true)), this.host)
  }

  /** Those of a VM that was undefined without them: this one would start with them, and take them along when it goes. */
  async #requireNoVariables(xml: string): Promise<void> {
    const file = variablesFile(xml)
    if (!file.ok || file.value === null) return
    const { session } = await libvirtOn(this.host)
    const looked = await session.exec(['test', '-e', file.value], { sudo: true })
    if (!looked.ok) throw sshProblem(looked.error)
    if (looked.value.code !== 0) return
    throw new Problem({
      code: 'variables-left',
      kind: 'conflict',
      title: `The UEFI variables of a VM that was called so are still there: ${file.value}. Remove that file on the host, or choose another name.`,
    })
  }

  async setAutostart(client: RpcClient, ref: DomainRef): Promise<void> {
    granted(await client.call(setDomainAutostart(ref, true)), this.host)
  }

  requireWanted(): void {
    if (this.context.signal.aborted) throw this.context.signal.reason
  }

  /** @returns what to throw: the failure, and what of it is left, if anything is */
  async #undo(failure: unknown): Promise<unknown> {
    this.context.log('What was made so far is taken back.')
    const left = await undoCreation(this.host, this.#journal)
    if (left === null) return failure
    this.context.log(left)
    const problem = problemOf(failure)
    return problem === null ? failure : new Problem({ ...problem, title: `${problem.title} ${left}` })
  }
}

/** The qcow2 that a volume is made from, if it is made from one. */
const qcow2Of = ({ backing, copyOf }: VolumeWork): string[] =>
  [backing, copyOf].flatMap((from) => (from?.format === 'qcow2' ? [from.path] : []))

async function poolNamed(client: RpcClient, name: string, host: HostRow): Promise<NamedRef> {
  const pools = granted(await client.call(listPools(listFilter.pools.active)), host)
  const pool = pools.find((one) => one.name === name)
  if (pool !== undefined) return pool
  throw new Problem({ code: 'no-pool', kind: 'conflict', title: `The pool ${name} is not started any more.` })
}

export function granted<T>(answer: Result<T, LibvirtFailure>, host: HostRow): T {
  if (!answer.ok) throw spoken(answer.error, host)
  return answer.value
}

/** What libvirt said, in our words where we have them. */
export function spoken(failure: LibvirtFailure, host: HostRow): Problem {
  if (failure.code === 'closed' || failure.code === 'absent')
    return new Problem({
      code: 'libvirt-gone',
      kind: 'unreachable',
      title: `libvirt on ${host.name} went away in the middle of it. Look why it ended, then make the VM again.`,
    })
  const problem = libvirtProblem(failure)
  const title = failure.said === undefined ? null : failureSentence(failure.said.message)
  return title === null ? problem : new Problem({ ...problem.init, title, detail: failure.title })
}

/** Whether a domain with that UUID runs; null: there is none. */
export async function runs(client: RpcClient, uuid: string, host: HostRow): Promise<boolean | null> {
  const found = await client.call(lookUpDomain(uuid))
  if (found.ok) return found.value.id !== -1
  if (isAbsent(found.error)) return null
  throw spoken(found.error, host)
}
