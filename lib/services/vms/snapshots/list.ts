import type { Actor } from '../../../access/can.ts'
import type { VmSnapshot, VmSnapshotList } from '../../../contract/vm-snapshots.ts'
import { snapshotKind, type PlacedSnapshot } from '../../../vm/snapshot.ts'
import { deleteRefusal, offerSnapshots, revertRefusal } from '../../../vm/snapshot-offer.ts'
import { refuse } from '../../refuse.ts'
import {
  descendantsOf,
  findLeftovers,
  findSnapshot,
  openSnapshots,
  type KnownSnapshot,
  type SnapshotSituation,
} from './situation.ts'

/** The snapshots of a VM as a tree, which new ones it allows, and what interrupted ones left. @param reference see `findVm` */
export async function listSnapshots(actor: Actor, reference: string, now: () => Date): Promise<VmSnapshotList> {
  await refuse(actor, 'vm.read')
  const situation = await openSnapshots(reference, now)
  const leftovers = await findLeftovers(situation)
  return {
    items: situation.tree.map((placed) => presentSnapshot(situation, placed)),
    offer: { ...offerSnapshots(situation.subject), withMemory: situation.subject.isRunning },
    leftovers: leftovers.map((one) => ({
      ...one,
      command: `qemu-img snapshot -d ${shown(one.name)} ${shown(one.file)}`,
    })),
  }
}

export async function getSnapshot(actor: Actor, reference: string, name: string, now: () => Date): Promise<VmSnapshot> {
  await refuse(actor, 'vm.read')
  const situation = await openSnapshots(reference, now)
  return presentSnapshot(situation, findSnapshot(situation, name))
}

/** As a person would write it; nothing runs it. */
const shown = (word: string): string =>
  /^[A-Za-z0-9/._-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`

function presentSnapshot(situation: SnapshotSituation, placed: PlacedSnapshot<KnownSnapshot>): VmSnapshot {
  const { snapshot, depth, descendants } = placed
  const { subject } = situation
  const after = descendantsOf(situation, placed)
  return {
    name: snapshot.name,
    description: snapshot.description,
    parent: snapshot.parent,
    depth,
    descendants,
    createdAt: snapshot.createdAtSeconds === null ? null : new Date(snapshot.createdAtSeconds * 1000).toISOString(),
    state: snapshot.state,
    kind: snapshotKind(snapshot),
    withMemory: snapshot.memory !== 'none',
    disks: snapshot.disks,
    isCurrent: snapshot.isCurrent,
    refusals: {
      revert: revertRefusal(snapshot, subject),
      delete: deleteRefusal(snapshot, after, subject, false),
      deleteWithChildren: deleteRefusal(snapshot, after, subject, true),
    },
  }
}
