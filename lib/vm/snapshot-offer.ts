import { versionText } from '../facts/libvirt-snapshot.ts'
import type { Domain, DomainDisk } from './domain.ts'
import { snapshotKind, type Snapshot } from './snapshot.ts'

/** Which snapshots a VM allows, and what may be done with those it has; each refusal is a sentence. */

/** The first libvirt that goes back to a snapshot outside the disks, and the first that deletes one. */
const revertsExternalFrom = 9_009_000
const deletesExternalFrom = 9_000_000

export interface SnapshotSubject {
  /** What runs, or, of one that is off, what is defined. */
  domain: Pick<Domain, 'disks' | 'firmware' | 'agent'>
  isRunning: boolean
  persistent: boolean
  hasSavedState: boolean
  /** virConnectGetLibVersion; null when it did not say. */
  libvirtVersion: number | null
}

export interface SnapshotOffer {
  /** Inside the disks' own files, with memory where the VM runs. Null: it can be taken. */
  internal: string | null
  /** In new files on top of the disks; of a running VM without its memory. Null: it can be taken. */
  external: string | null
  /** Its guest agent can bring the file systems in order first. */
  canQuiesce: boolean
}

/** Disks that the guest writes to. */
export const writtenDisks = (disks: readonly DomainDisk[]): DomainDisk[] =>
  disks.filter(({ device, readOnly, source }) => device !== 'cdrom' && !readOnly && source !== null)

const list = (disks: readonly DomainDisk[]): string => disks.map(({ target }) => target).join(', ')

export function offerSnapshots(subject: SnapshotSubject): SnapshotOffer {
  const { domain, isRunning, hasSavedState } = subject
  const disks = writtenDisks(domain.disks)
  const always =
    disks.length === 0
      ? 'This VM has no disk that it writes to, so there is nothing a snapshot could be kept in.'
      : hasSavedState && !isRunning
        ? 'The VM has a saved state, which a snapshot of its disks would not fit. Start it first, or drop the saved state.'
        : null
  return {
    internal: always ?? internalRefusal(domain, disks),
    external: always ?? externalRefusal(disks),
    canQuiesce: isRunning && domain.agent === 'connected',
  }
}

function internalRefusal({ firmware }: SnapshotSubject['domain'], disks: readonly DomainDisk[]): string | null {
  if (firmware === 'uefi')
    return 'The VM starts by UEFI, and libvirt takes no snapshot of that firmware’s variables. Take one of the disks alone.'
  const other = disks.filter(({ format }) => format !== 'qcow2')
  if (other.length > 0)
    return `Only qcow2 disks keep snapshots inside; ${other.map(({ target, format }) => `${target} is ${format ?? 'of an unknown format'}`).join(', ')}.`
  return null
}

function externalRefusal(disks: readonly DomainDisk[]): string | null {
  const other = disks.filter(({ sourceKind }) => sourceKind !== 'file' && sourceKind !== 'volume')
  if (other.length > 0)
    return `A snapshot outside the disks lies beside their files, and these are no files: ${list(other)}.`
  const shared = disks.filter(({ shareable }) => shareable)
  return shared.length > 0 ? `Other VMs may write to ${list(shared)}, so nothing can be put on top of it.` : null
}

/** Why a VM can't go back to this one, or null. */
export function revertRefusal(snapshot: Snapshot, { libvirtVersion, persistent }: SnapshotSubject): string | null {
  if (snapshotKind(snapshot) === 'external' && (libvirtVersion ?? 0) < revertsExternalFrom)
    return `libvirt ${spoken(libvirtVersion)} on this host can’t go back to a snapshot outside the disks; 9.9 and newer can.`
  if (!persistent && snapshot.state === 'shutoff')
    return 'The VM has no definition, so it would be gone when it goes back to a snapshot in which it is off.'
  return null
}

/** Why it can't be deleted, or null. @param withChildren also those that were taken after it */
export function deleteRefusal(
  snapshot: Snapshot,
  descendants: readonly Snapshot[],
  { libvirtVersion }: Pick<SnapshotSubject, 'libvirtVersion'>,
  withChildren: boolean,
): string | null {
  const isExternal = snapshotKind(snapshot) === 'external'
  if (isExternal && (libvirtVersion ?? 0) < deletesExternalFrom)
    return `libvirt ${spoken(libvirtVersion)} on this host can’t delete a snapshot outside the disks; 9.0 and newer can.`
  if (!withChildren) return null
  const outside = descendants.filter((one) => snapshotKind(one) === 'external')
  if (isExternal || outside.length > 0) return 'Snapshots outside the disks are deleted one by one, the newest first.'
  return null
}

const spoken = (version: number | null): string => versionText(version) ?? 'of an unknown version'
