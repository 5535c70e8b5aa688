import * as z from 'zod'
import { nameText } from '../../../facts/text.ts'
import { libraryVersion } from '../../../host/libvirt/calls.ts'
import type { SnapshotRef } from '../../../host/libvirt/snapshot-calls.ts'
import { readSnapshots } from '../../../host/libvirt/snapshots.ts'
import { Problem } from '../../../kit/problem.ts'
import { readSnapshot, snapshotTree, type PlacedSnapshot, type Snapshot } from '../../../vm/snapshot.ts'
import { writtenDisks, type SnapshotSubject } from '../../../vm/snapshot-offer.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { findVm, type FoundVm } from '../find.ts'

export interface KnownSnapshot extends Snapshot {
  ref: SnapshotRef
  isCurrent: boolean
}

/** A VM with its snapshots, as both are on the host at this moment. */
export interface SnapshotSituation {
  vm: FoundVm
  subject: SnapshotSubject
  /** Depth first. */
  tree: PlacedSnapshot<KnownSnapshot>[]
}

/** @param reference see `findVm` */
export async function openSnapshots(reference: string, now: () => Date): Promise<SnapshotSituation> {
  const vm = await findVm(reference, now)
  const { client, domain } = vm
  const [read, version] = await Promise.all([readSnapshots(client, domain.ref), client.call(libraryVersion())])
  if (!read.ok) throw libvirtProblem(read.error)
  const snapshots = read.value.map(({ ref, xml, isCurrent }): KnownSnapshot => {
    const parsed = readSnapshot(xml)
    return { ...(parsed.ok ? parsed.value : unreadable), name: nameText(ref.name, 255), ref, isCurrent }
  })
  return {
    vm,
    subject: {
      domain: domain.running ?? domain.defined,
      isRunning: domain.running !== null,
      persistent: domain.persistent,
      hasSavedState: domain.hasSavedState,
      libvirtVersion: version.ok ? version.value : null,
    },
    tree: snapshotTree(snapshots),
  }
}

const unreadable: Snapshot = {
  name: '',
  description: '',
  state: 'unknown',
  parent: null,
  createdAtSeconds: null,
  memory: 'none',
  disks: [],
}

export function findSnapshot({ tree, vm }: SnapshotSituation, name: string): PlacedSnapshot<KnownSnapshot> {
  const found =
    tree.find(({ snapshot }) => snapshot.ref.name === name) ?? tree.find(({ snapshot }) => snapshot.name === name)
  if (found !== undefined) return found
  throw new Problem({
    code: 'no-snapshot',
    kind: 'not-found',
    title: `${vm.domain.defined.name} has no snapshot named ${nameText(name, 80)}.`,
  })
}

/** In the order of the tree: what was taken after it. */
export function descendantsOf({ tree }: SnapshotSituation, placed: PlacedSnapshot<KnownSnapshot>): KnownSnapshot[] {
  const at = tree.indexOf(placed)
  return tree.slice(at + 1, at + 1 + placed.descendants).map(({ snapshot }) => snapshot)
}

export interface Leftover {
  disk: string
  file: string
  name: string
}

const imageSchema = z.object({
  snapshots: z
    .array(z.object({ name: z.string() }))
    .max(4096)
    .default([]),
})

/**
 * Snapshots in the disks' files that libvirt does not know: when a host goes down while one is taken, libvirt writes
 * down last that there is one. None when the files can't be read.
 */
export async function findLeftovers({ vm, tree }: SnapshotSituation): Promise<Leftover[]> {
  const { session, domain } = vm
  const known = new Set(tree.map(({ snapshot }) => snapshot.ref.name))
  const disks = writtenDisks((domain.running ?? domain.defined).disks).filter(
    ({ format, sourceKind, source }) => format === 'qcow2' && sourceKind === 'file' && source?.startsWith('/') === true,
  )
  const found = await Promise.all(
    disks.map(async ({ target, source }) => {
      const file = source ?? ''
      // -U: beside the QEMU that has it open. The format is named, so that a guest can't make its disk look like another.
      const argv = ['qemu-img', 'info', '-U', '-f', 'qcow2', '--output=json', file]
      const ran = await session.exec(argv, { sudo: true, maxBytes: 4 * 1024 * 1024 })
      if (!ran.ok || ran.value.code !== 0) return []
      const image = imageSchema.safeParse(parsedJson(ran.value.stdout.toString('utf8')))
      const names = image.success ? image.data.snapshots.map(({ name }) => name) : []
      return names
        .filter((name) => name !== '' && !known.has(name))
        .map((name) => ({ disk: target, file, name: nameText(name, 255) }))
    }),
  )
  return found.flat()
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
