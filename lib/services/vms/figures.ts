import type { RpcClient } from '../../host/libvirt/client.ts'
import { connectLibvirt } from '../../host/libvirt/connect.ts'
import { controlInfo, type DomainStats, readDomainStats } from '../../host/libvirt/domain-stats.ts'
import { once } from '../../kit/once.ts'
import { hub } from '../../live/hub.ts'
import { log } from '../../log/log.ts'
import type { HostRow } from '../../store/hosts.ts'
import { sessionOf } from '../hosts/target.ts'
import type { KnownDomain } from './board.ts'

export interface VmFigures {
  cpuPercent: number | null
  memoryUsedBytes: number | null
}

interface Sampling {
  /** Monotonic ms. */
  lookedAt: number
  samples: Map<string, { cpuTimeNs: number | null; atMs: number } & VmFigures>
  /** Since when QEMU has not answered, by UUID. */
  silent: Map<string, Silence>
}
interface Silence {
  domainId: number
  since: Date
}

// Each reading asks every QEMU for its balloon; oftener would be felt by guests, more rarely looks stuck.
const everyMs = 3000
// Longer than lists are asked for again.
const lookedMs = 25_000
// A VM that hangs never answers. The next reading leaves it out by itself.
const patienceMs = 5000
// Above any command of a QEMU that is well; below what a reading waits, which must not miss by a hair.
const silentAfterMs = 4000

const samplings = (): Map<string, Sampling> => once('vm-samplings', () => new Map<string, Sampling>())
const unknown: VmFigures = { cpuPercent: null, memoryUsedBytes: null }

/** What a VM uses, as last read; not known while nobody looks. */
export function figuresOf(hostId: string, { uuid, running }: KnownDomain): VmFigures {
  const sample = running === null ? undefined : samplings().get(hostId)?.samples.get(uuid)
  if (sample === undefined) return unknown
  const { cpuPercent, memoryUsedBytes } = sample
  // What QEMU takes beside the guest's own memory is no use of it.
  const most = running?.maxMemoryBytes ?? 0
  return { cpuPercent, memoryUsedBytes: memoryUsedBytes === null ? null : Math.min(memoryUsedBytes, most) }
}

/** Since when a VM's QEMU has not answered; null while it answers, or nobody looks. */
export function silentSince(hostId: string, { uuid, ref, running }: KnownDomain): Date | null {
  const silence = running === null ? undefined : samplings().get(hostId)?.silent.get(uuid)
  return silence?.domainId === ref.id && !isExpected(hostId, uuid) ? silence.since : null
}

const expected = (): Map<string, number> => once('vm-silence-expected', () => new Map<string, number>())
const isExpected = (hostId: string, uuid: string): boolean => expected().has(`${hostId} ${uuid}`)

/** QEMU says nothing while it writes a guest's memory into a disk: no reason to force the VM off. */
export function expectSilence(hostId: string, uuid: string): () => void {
  const key = `${hostId} ${uuid}`
  expected().set(key, (expected().get(key) ?? 0) + 1)
  return () => {
    const left = (expected().get(key) ?? 1) - 1
    if (left > 0) expected().set(key, left)
    else expected().delete(key)
  }
}

/** Somebody looks at this host's VMs: what they use is read every few seconds, until nobody has looked for a while. */
export function watchFigures(host: HostRow, now: () => Date): void {
  const held = samplings().get(host.id)
  if (held !== undefined) {
    held.lookedAt = performance.now()
    return
  }
  const sampling: Sampling = { lookedAt: performance.now(), samples: new Map(), silent: new Map() }
  samplings().set(host.id, sampling)
  void keepSampling(host, sampling, now)
    .catch((failure: unknown) => log().debug({ host: host.id, err: failure }, 'What VMs use could not be read.'))
    .finally(() => samplings().delete(host.id))
}

async function keepSampling(host: HostRow, sampling: Sampling, now: () => Date): Promise<void> {
  let client: RpcClient | null = null
  let told = 0
  try {
    while (performance.now() - sampling.lookedAt < lookedMs) {
      if (client === null || client.isClosed) {
        const connected = await connectLibvirt(await sessionOf(host))
        if (!connected.ok) return
        client = connected.value
      }
      const read = await readDomainStats(client, patienceMs)
      if (read.ok) {
        sampling.samples = next(sampling.samples, read.value, performance.now())
        // The first rates are news; after that whoever looks asks again by himself.
        const silent = await silentAmong(client, read.value, sampling.silent, now)
        const isNews = [...silent.keys()].join(' ') !== [...sampling.silent.keys()].join(' ')
        sampling.silent = silent
        if (++told === 2 || isNews) hub().publish({ type: 'vms-changed', host: host.id })
      } else if (read.error.code === 'timeout') {
        client.close()
        client = null
        // It has waited long enough; the next reading is answered at once, and says who hangs.
        continue
      } else return
      await pause(everyMs)
    }
  } finally {
    client?.close()
  }
}

/** Only those whose QEMU was not asked are looked at: usually none. */
async function silentAmong(
  client: RpcClient,
  read: readonly DomainStats[],
  before: Sampling['silent'],
  now: () => Date,
): Promise<Sampling['silent']> {
  const suspects = read.filter(({ answered }) => !answered)
  const found = await Promise.all(
    suspects.map(async ({ ref }) => {
      const control = await client.call(controlInfo(ref), { timeoutMs: patienceMs })
      // Not every driver can say.
      if (!control.ok) return []
      const { state, forMs } = control.value
      if (state !== 'error' && (state !== 'occupied' || forMs < silentAfterMs)) return []
      const known = before.get(ref.uuid)
      const since = new Date(now().getTime() - (state === 'error' ? 0 : forMs))
      return [[ref.uuid, known?.domainId === ref.id ? known : { domainId: ref.id, since }] as const]
    }),
  )
  return new Map(found.flat())
}

function next(before: Sampling['samples'], read: readonly DomainStats[], atMs: number): Sampling['samples'] {
  return new Map(
    read.map(({ ref: { uuid }, cpuTimeNs, vcpus, memoryUsedBytes }) => {
      const last = before.get(uuid)
      const cpuPercent = percentOf(last, { cpuTimeNs, atMs }, vcpus)
      return [uuid, { cpuTimeNs, atMs, cpuPercent, memoryUsedBytes }]
    }),
  )
}

/** Null at the first reading, and when the VM was started anew in between. */
export function percentOf(
  last: { cpuTimeNs: number | null; atMs: number } | undefined,
  { cpuTimeNs, atMs }: { cpuTimeNs: number | null; atMs: number },
  vcpus: number | null,
): number | null {
  if (last === undefined || last.cpuTimeNs === null || cpuTimeNs === null || cpuTimeNs < last.cpuTimeNs) return null
  const elapsedNs = (atMs - last.atMs) * 1e6
  if (elapsedNs <= 0 || !vcpus) return null
  return Math.min(100, ((cpuTimeNs - last.cpuTimeNs) / (elapsedNs * vcpus)) * 100)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
