import { connectLibvirt } from '../../host/libvirt/connect.ts'
import { type DiskSize, readDiskSizes } from '../../host/libvirt/domain-stats.ts'
import { once } from '../../kit/once.ts'
import { hub } from '../../live/hub.ts'
import { log } from '../../log/log.ts'
import type { HostRow } from '../../store/hosts.ts'
import type { DomainDisk } from '../../vm/domain.ts'
import { sessionOf } from '../hosts/target.ts'
import { boardOf, type KnownDomain } from './board.ts'

type SizedDisk = DomainDisk & Pick<DiskSize, 'capacityBytes' | 'allocationBytes'>

interface HostSizes {
  disks: Map<string, readonly DiskSize[]>
  /** The VMs as they were when they were last asked for. */
  of: WeakSet<KnownDomain>
  /** Monotonic ms. */
  askedAt: number
  reading: Promise<void> | null
}

// One call for all VMs, but libvirt opens each image for it. What grows by itself grows slowly.
const everyMs = 60_000
// VMs that are made or changed are asked for sooner, but not with each of a hundred starts.
const newsMs = 5000
// A VM that hangs never answers; the next reading leaves it out. An NFS server may take some seconds.
const patienceMs = 15_000

const hosts = (): Map<string, HostSizes> => once('vm-sizes', () => new Map<string, HostSizes>())
export const forgetSizes = (hostId: string): void => void hosts().delete(hostId)
/** What was read is no longer so: it is read again with the next look. */
export function outdateSizes(hostId: string): void {
  const known = hosts().get(hostId)
  if (known !== undefined) known.askedAt = -everyMs
}

/** The disks with what they hold and take, as last read. A medium that was changed since then has no size yet. */
export function sizedDisks(hostId: string, uuid: string, disks: readonly DomainDisk[]): SizedDisk[] {
  const known = hosts().get(hostId)?.disks.get(uuid) ?? []
  return disks.map((disk) => {
    const isPath = disk.sourceKind === 'file' || disk.sourceKind === 'block'
    const size = known.find(({ target, path }) => target === disk.target && (!isPath || path === disk.source))
    return { ...disk, capacityBytes: size?.capacityBytes ?? null, allocationBytes: size?.allocationBytes ?? null }
  })
}

/** Of all its disks together; null when that of one is not known. Media in drives are none of its own. */
export function totalOf(disks: readonly SizedDisk[], what: 'capacityBytes' | 'allocationBytes'): number | null {
  const own = disks.filter(({ device }) => device === 'disk' || device === 'lun').map((disk) => disk[what])
  return own.reduce((total, bytes) => (total === null || bytes === null ? null : total + bytes), 0)
}

/** Reads the sizes again when that is due. Whoever shows VMs calls it, and need not wait. */
export function freshSizes(host: HostRow): Promise<void> {
  const known = hosts().get(host.id) ?? { disks: new Map(), of: new WeakSet(), askedAt: -everyMs, reading: null }
  hosts().set(host.id, known)
  if (known.reading !== null) return known.reading
  const age = performance.now() - known.askedAt
  const domains = boardOf(host.id)?.domains ?? []
  if (age < newsMs || (age < everyMs && domains.every((domain) => known.of.has(domain)))) return Promise.resolve()
  known.askedAt = performance.now()
  known.of = new WeakSet(domains)
  known.reading = readAll(host, known)
    .catch((failure: unknown) => log().debug({ host: host.id, err: failure }, 'Sizes of disks could not be read.'))
    .finally(() => (known.reading = null))
  return known.reading
}

/** On a connection of its own: a VM that hangs holds up the whole answer. */
async function readAll(host: HostRow, known: HostSizes): Promise<void> {
  const connected = await connectLibvirt(await sessionOf(host))
  if (!connected.ok) return
  const client = connected.value
  try {
    const read = await readDiskSizes(client, patienceMs)
    if (!read.ok) {
      if (read.error.code === 'timeout') outdateSizes(host.id)
      return
    }
    const before = known.disks
    known.disks = new Map(read.value.map(({ uuid, disks }) => [uuid, merged(before.get(uuid), disks)]))
    if (JSON.stringify([...known.disks]) !== JSON.stringify([...before]))
      hub().publish({ type: 'vms-changed', host: host.id })
  } finally {
    client.close()
  }
}

/** What a VM that does not answer had when it last did. */
const merged = (before: readonly DiskSize[] | undefined, now: readonly DiskSize[]): DiskSize[] =>
  now.map((size) =>
    size.capacityBytes === null
      ? (before?.find(({ target, path }) => target === size.target && path === size.path) ?? size)
      : size,
  )
