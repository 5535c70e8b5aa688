import * as z from 'zod'
import { newSnapshotSchema } from '../../../contract/vm-snapshots.ts'
import { connectLibvirt } from '../../../host/libvirt/connect.ts'
import { removeSavedDomain } from '../../../host/libvirt/domain-calls.ts'
import type { RpcClient } from '../../../host/libvirt/client.ts'
import type { LibvirtFailure } from '../../../host/libvirt/failure.ts'
import {
  createSnapshot,
  deleteSnapshot,
  revertToSnapshot,
  snapshotCreate,
  snapshotDelete,
  snapshotRevert,
} from '../../../host/libvirt/snapshot-calls.ts'
import type { JobContext, JobKind } from '../../../jobs/kind.ts'
import { Problem } from '../../../kit/problem.ts'
import type { Result } from '../../../kit/result.ts'
import { buildSnapshotXml, snapshotNameRefusal } from '../../../vm/snapshot.ts'
import { deleteRefusal, offerSnapshots, revertRefusal, writtenDisks } from '../../../vm/snapshot-offer.ts'
import { libvirtProblem } from '../../libvirt-problem.ts'
import { refreshBoardBy } from '../board.ts'
import { expectSilence } from '../figures.ts'
import { descendantsOf, findSnapshot, openSnapshots, type SnapshotSituation } from './situation.ts'

export const snapshotKindOfJob = 'vm.snapshot'

const workSchema = z.discriminatedUnion('do', [
  newSnapshotSchema.extend({ do: z.literal('create') }),
  z.object({ do: z.literal('revert'), name: z.string() }),
  z.object({ do: z.literal('delete'), name: z.string(), children: z.enum(['keep', 'delete']) }),
])
export type SnapshotWork = z.output<typeof workSchema>
const inputSchema = z.object({ vm: z.string(), work: workSchema })

// libvirt answers when it is done: 64 GiB of memory onto a slow disk, or an overlay of hundreds of gigabytes.
const longMs = 50 * 60_000

/** Takes, goes back to or deletes a snapshot. It can't be stopped half-way: libvirt has no way to. */
export const snapshotJob = (now: () => Date): JobKind => ({
  kind: snapshotKindOfJob,
  cancellable: false,
  async run({ hostId, input, step, log }) {
    const { vm, work } = inputSchema.parse(input)
    return step(work.do, async () => {
      const situation = await openSnapshots(`${hostId ?? ''}:${vm}`, now)
      requireAllowed(situation, work)
      const { host, session } = situation.vm
      // Its own: on the shared one whoever asks something meanwhile would wait behind this.
      const client = await connectLibvirt(session)
      if (!client.ok) throw libvirtProblem(client.error)
      const heard = expectSilence(host.id, vm)
      try {
        const done = await carryOut(client.value, situation, work, log)
        if (!done.ok) throw failed(done.error, host.name, work)
        await requireSeen(`${host.id}:${vm}`, work, now)
      } finally {
        heard()
        client.value.close()
        await refreshBoardBy(host.id, situation.vm.client, now)
      }
      return { vm, snapshot: work.name }
    })
  },
})

/** Throws why this can't be done with this VM as it is now. */
export function requireAllowed(situation: SnapshotSituation, work: SnapshotWork): void {
  const refused = refusalOf(situation, work)
  if (refused === null) return
  const field = work.do === 'create' ? refused.field : null
  throw new Problem({
    code: 'snapshot-refused',
    kind: work.do === 'create' ? 'invalid' : 'conflict',
    title: refused.reason,
    ...(field === null ? {} : { fields: [{ field, message: refused.reason }] }),
  })
}

function refusalOf(situation: SnapshotSituation, work: SnapshotWork): { field: string; reason: string } | null {
  const { subject, tree } = situation
  if (work.do === 'create') {
    const taken = tree.map(({ snapshot }) => snapshot.ref.name)
    const name = snapshotNameRefusal(work.name, taken)
    if (name !== null) return { field: 'name', reason: name }
    const offer = offerSnapshots(subject)
    const kind = offer[work.kind]
    if (kind !== null) return { field: 'kind', reason: kind }
    if (work.quiesce && (work.kind === 'internal' || !offer.canQuiesce))
      return {
        field: 'quiesce',
        reason:
          work.kind === 'internal'
            ? 'A snapshot inside the disks stops the VM while it is taken; its file systems need no preparing.'
            : 'The guest agent does not answer, so it can’t bring the file systems in order.',
      }
    return null
  }
  const placed = findSnapshot(situation, work.name)
  const reason =
    work.do === 'revert'
      ? revertRefusal(placed.snapshot, subject)
      : deleteRefusal(placed.snapshot, descendantsOf(situation, placed), subject, work.children === 'delete')
  return reason === null ? null : { field: 'snapshot', reason }
}

async function carryOut(
  client: RpcClient,
  situation: SnapshotSituation,
  work: SnapshotWork,
  log: JobContext['log'],
): Promise<Result<unknown, LibvirtFailure>> {
  const { subject, vm } = situation
  const { ref } = vm.domain
  const slow = { timeoutMs: longMs }
  if (work.do === 'create') {
    const { isRunning, domain } = subject
    const memory = work.kind === 'internal' && isRunning
    const written = new Set(writtenDisks(domain.disks).map(({ target }) => target))
    const xml = buildSnapshotXml({
      ...work,
      memory,
      disks: domain.disks.map(({ target }) => ({ target, isKept: written.has(target) })),
    })
    const flags =
      work.kind === 'internal'
        ? 0
        : snapshotCreate.diskOnly | snapshotCreate.atomic | (work.quiesce ? snapshotCreate.quiesce : 0)
    if (memory) log('The VM stands still while its memory is written into its first disk.')
    return client.call(createSnapshot(ref, xml, flags), slow)
  }
  const { snapshot } = findSnapshot(situation, work.name)
  if (work.do === 'delete')
    return client.call(deleteSnapshot(snapshot.ref, work.children === 'delete' ? snapshotDelete.withChildren : 0), slow)
  if (subject.hasSavedState) {
    // Kept, it would be put back onto disks that it does not fit.
    log('The saved state is dropped: it does not fit the disks of then.')
    const removed = await client.call(removeSavedDomain(ref))
    if (!removed.ok) return removed
  }
  const reverted = await client.call(revertToSnapshot(snapshot.ref, 0), slow)
  if (reverted.ok || reverted.error.said?.code !== riskyRevert) return reverted
  log('libvirt wants the VM started anew for that; it is.')
  return client.call(revertToSnapshot(snapshot.ref, snapshotRevert.force), slow)
}

// VIR_ERR_SNAPSHOT_REVERT_RISKY
const riskyRevert = 77

function failed(failure: LibvirtFailure, host: string, work: SnapshotWork): Problem {
  if (failure.code !== 'closed' && failure.code !== 'timeout') return libvirtProblem(failure)
  return new Problem({
    code: 'snapshot-unknown',
    kind: 'unreachable',
    title: `${host} went away while it was at work on snapshot ${work.name}. What became of it shows in the VM’s list of snapshots once the host is back.`,
    detail: failure.title,
  })
}

/** An answer without an error is no proof. */
async function requireSeen(reference: string, work: SnapshotWork, now: () => Date): Promise<void> {
  const { tree } = await openSnapshots(reference, now)
  const there = tree.find(({ snapshot }) => snapshot.ref.name === work.name)
  const isSo = work.do === 'delete' ? there === undefined : there?.snapshot.isCurrent === true
  if (isSo) return
  throw new Problem({
    code: 'snapshot-unproven',
    kind: 'conflict',
    title: `libvirt said that it was done, but its list of snapshots says otherwise of ${work.name}. Look at the list.`,
  })
}
