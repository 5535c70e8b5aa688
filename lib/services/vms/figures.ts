import type { RpcClient } from '../../host/libvirt/client.ts'
import { connectLibvirt } from '../../host/libvirt/connect.ts'
import { type DomainStats, readDomainStats } from '../../host/libvirt/domain-stats.ts'
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
}

// Each reading asks every QEMU for its balloon; oftener would be felt by guests, more rarely looks stuck.
const everyMs = 3000
// Longer than lists are asked for again.
const lookedMs = 25_000
// A VM that hangs never answers. The next reading leaves it out by itself.
const patienceMs = 5000

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

/** Somebody looks at this host's VMs: what they use is read every few seconds, until nobody has looked for a while. */
export function watchFigures(host: HostRow): void {
  const held = samplings().get(host.id)
  if (held !== undefined) {
    held.lookedAt = performance.now()
    return
  }
  const sampling: Sampling = { lookedAt: performance.now(), samples: new Map() }
  samplings().set(host.id, sampling)
  void keepSampling(host, sampling)
    .catch((failure: unknown) => log().debug({ host: host.id, err: failure }, 'What VMs use could not be read.'))
    .finally(() => samplings().delete(host.id))
}

async function keepSampling(host: HostRow, sampling: Sampling): Promise<void> {
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
        if (++told === 2) hub().publish({ type: 'vms-changed', host: host.id })
      } else if (read.error.code === 'timeout') {
        client.close()
        client = null
      } else return
      await pause(everyMs)
    }
  } finally {
    client?.close()
  }
}

function next(before: Sampling['samples'], read: readonly DomainStats[], atMs: number): Sampling['samples'] {
  return new Map(
    read.map(({ uuid, cpuTimeNs, vcpus, memoryUsedBytes }) => {
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
