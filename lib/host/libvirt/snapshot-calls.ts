import { domainBody, readDomainRef, type DomainRef } from './calls.ts'
import type { Call } from './client.ts'
import { XdrWriter, type XdrReader } from './wire.ts'

/** Procedures for snapshots of domains, numbered as in libvirt's remote_protocol.x; see calls.ts. */

export interface SnapshotRef {
  name: string
  domain: DomainRef
}

// REMOTE_DOMAIN_SNAPSHOT_LIST_MAX
const maxSnapshots = 16_384
const nothing = (): void => {}
const readSnapshotRef = (reader: XdrReader): SnapshotRef => ({ name: reader.string(), domain: readDomainRef(reader) })
const snapshotBody = ({ name, domain }: SnapshotRef): XdrWriter => {
  const { name: domainName, uuid, id } = domain
  return new XdrWriter().string(name).string(domainName).uuid(uuid).int(id)
}

/** virDomainSnapshotCreateFlags. `diskOnly`: without memory, of a running domain; `atomic`: all disks or none. */
export const snapshotCreate = { diskOnly: 1 << 4, quiesce: 1 << 6, atomic: 1 << 7, validate: 1 << 9 } as const
/** virDomainSnapshotDeleteFlags */
export const snapshotDelete = { withChildren: 1 << 0 } as const
/** virDomainSnapshotRevertFlags */
export const snapshotRevert = { force: 1 << 2 } as const

/** Errors: virErrorNumber 72 is "no such snapshot". */
export const noSuchSnapshot = 72

export const createSnapshot = (ref: DomainRef, xml: string, flags: number): Call<SnapshotRef> => ({
  procedure: 185,
  body: domainBody(ref).string(xml).uint(flags).bytes(),
  read: readSnapshotRef,
})
export const snapshotXml = (ref: SnapshotRef): Call<string> => ({
  procedure: 186,
  body: snapshotBody(ref).uint(0).bytes(),
  read: (reader) => reader.string(),
})
export const listSnapshots = (ref: DomainRef): Call<SnapshotRef[]> => ({
  procedure: 274,
  // "Results, please", then flags.
  body: domainBody(ref).int(1).uint(0).bytes(),
  read: (reader) => reader.list(maxSnapshots, readSnapshotRef),
})
/** Fails with `noSuchSnapshot` when the domain stands on none. */
export const currentSnapshot = (ref: DomainRef): Call<SnapshotRef> => ({
  procedure: 191,
  body: domainBody(ref).uint(0).bytes(),
  read: readSnapshotRef,
})
export const revertToSnapshot = (ref: SnapshotRef, flags: number): Call<void> => ({
  procedure: 192,
  body: snapshotBody(ref).uint(flags).bytes(),
  read: nothing,
})
export const deleteSnapshot = (ref: SnapshotRef, flags: number): Call<void> => ({
  procedure: 193,
  body: snapshotBody(ref).uint(flags).bytes(),
  read: nothing,
})
