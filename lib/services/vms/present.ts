import type { Vm, VmAddress, VmDetail } from '../../contract/vms.ts'
import type { HostRow } from '../../store/hosts.ts'
import { pendingOf } from '../../vm/pending.ts'
import { activityOf } from './activity.ts'
import type { KnownDomain } from './board.ts'
import { figuresOf, silentSince } from './figures.ts'
import { sizedDisks, totalOf } from './sizes.ts'

/** A VM as the API tells it. Of one that runs, what runs; what only counts from the next start on is in `pending`. */
export function presentVm(
  host: Pick<HostRow, 'id' | 'name'>,
  domain: KnownDomain,
  addresses: VmAddress[],
  readAt: Date,
): Vm {
  const { defined, running } = domain
  const shown = running ?? defined
  const disks = sizedDisks(host.id, domain.uuid, shown.disks)
  const { doing, job, shutdownAskedAt } = activityOf(host.id, domain)
  return {
    id: domain.uuid,
    name: defined.name,
    host: { id: host.id, name: host.name },
    state: domain.stateWord,
    type: shown.type,
    vcpus: shown.vcpus,
    maxVcpus: shown.maxVcpus,
    memoryBytes: shown.memoryBytes,
    maxMemoryBytes: shown.maxMemoryBytes,
    autostart: domain.autostart,
    persistent: domain.persistent,
    hasSavedState: domain.hasSavedState,
    hasSnapshots: domain.hasSnapshots,
    title: defined.title,
    notes: defined.notes,
    tags: defined.tags,
    owner: defined.owner,
    preset: defined.preset,
    image: defined.image,
    nics: shown.nics,
    disks,
    diskCapacityBytes: totalOf(disks, 'capacityBytes'),
    diskAllocationBytes: totalOf(disks, 'allocationBytes'),
    graphics: shown.graphics === null ? null : { kind: shown.graphics.kind, keymap: shown.graphics.keymap },
    serial: shown.serial,
    agent: running === null && defined.agent !== 'absent' ? 'disconnected' : shown.agent,
    addresses,
    doing,
    doingJob: job,
    shutdownAskedAt: shutdownAskedAt?.toISOString() ?? null,
    notRespondingSince: silentSince(host.id, domain)?.toISOString() ?? null,
    ...figuresOf(host.id, domain),
    pending: running === null ? [] : pendingOf(running, defined),
    readAt: readAt.toISOString(),
    gap: null,
    etag: domain.etag,
  }
}

export function presentVmDetail(
  host: Pick<HostRow, 'id' | 'name'>,
  domain: KnownDomain,
  addresses: VmAddress[],
  readAt: Date,
): VmDetail {
  const { defined, running } = domain
  const { architecture, machine, firmware, secureBoot, tpm, topology, cpu } = running ?? defined
  const { nics, disks, vcpus, maxVcpus, memoryBytes, maxMemoryBytes } = defined
  return {
    ...presentVm(host, domain, addresses, readAt),
    architecture,
    machine,
    firmware,
    secureBoot,
    tpm,
    topology,
    cpu,
    bootOrder: defined.bootOrder,
    defined: { nics, disks, vcpus, maxVcpus, memoryBytes, maxMemoryBytes },
    xml: { defined: domain.definitionXml, running: domain.runningXml },
  }
}
