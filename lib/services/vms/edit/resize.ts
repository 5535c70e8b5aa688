import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { EditedVm, resizeDiskSchema } from '../../../contract/vm-edit.ts'
import { diskSizes, resizeLiveDisk } from '../../../host/libvirt/device-calls.ts'
import { readPools } from '../../../host/libvirt/pools.ts'
import { Problem } from '../../../kit/problem.ts'
import type { DomainDisk } from '../../../vm/domain.ts'
import { capacityRefusal } from '../../../vm/volume.ts'
import { refuse } from '../../refuse.ts'
import { growOnHost, ungrowable, type Growing } from '../../storage/grow.ts'
import type { FoundVm } from '../find.ts'
import { outdateSizes } from '../sizes.ts'
import { changeVm, granted } from './change-vm.ts'
import { pathOf, poolKind, resolveSource } from './disk-source.ts'
import { disksOf, noDisk } from './disks.ts'

const invalid = (message: string): Problem =>
  new Problem({ code: 'bad-vm', kind: 'invalid', title: message, fields: [{ field: 'sizeBytes', message }] })

/** Makes a disk larger: through QEMU while the VM runs, else its volume. @param target `vda` */
export async function resizeDisk(
  actor: Actor,
  reference: string,
  target: string,
  { etag, sizeBytes }: z.output<typeof resizeDiskSchema>,
  now: () => Date,
): Promise<EditedVm> {
  await refuse(actor, 'vm.edit', { kind: 'vm', name: reference })
  const detail = { did: 'resize disk', target, sizeBytes }
  return changeVm(actor, reference, { etag, detail, now }, async (found) => {
    const { defined, running } = disksOf(found, target)
    const disk = running ?? defined
    if (disk === null) throw noDisk(found, target)
    if (disk.device !== 'disk' || disk.source === null || disk.readOnly)
      throw invalid(`${target} is not a disk that can be made larger.`)
    // QEMU counts in sectors.
    if (sizeBytes % 512 !== 0) throw invalid('A size is a multiple of 512 bytes.')
    const refusal = capacityRefusal(sizeBytes)
    if (refusal !== null) throw invalid(refusal)
    const before = await capacityOf(found, target, disk.source)
    if (sizeBytes <= before)
      throw invalid(
        `A disk only grows; ${target} has ${before} bytes. Making it smaller would cut off what is at its end.`,
      )
    if (running !== null) {
      // QEMU makes a file larger by itself; a block device must be so before QEMU is told, by just as much.
      const below = running.sourceKind === 'file' ? null : await growingOf(found, running)
      const bytes = below?.kind === 'logical' ? await growOnHost(found, below, sizeBytes) : sizeBytes
      granted(await found.client.call(resizeLiveDisk(found.domain.ref, target, bytes), { timeoutMs: 60_000 }))
    } else {
      const growing = await growingOf(found, disk)
      if (growing === null)
        throw invalid(
          `${disk.source} is in no storage pool of the host. Start the VM, then make the disk larger while it runs.`,
        )
      const wrong = ungrowable(growing.kind)
      if (wrong !== null) throw invalid(wrong)
      await growOnHost(found, growing, sizeBytes)
    }
    outdateSizes(found.host.id)
    if ((await capacityOf(found, target, disk.source)) < sizeBytes)
      throw new Problem({
        code: 'not-resized',
        kind: 'conflict',
        title: 'libvirt said that it is done, but the disk is not larger. Look at the storage of the host.',
      })
    return [{ field: 'sizeBytes', when: 'now', message: running === null ? null : inGuest }]
  })
}

const inGuest = 'The disk is larger; the guest’s partitions and file systems are not yet. Grow them in the guest.'

/** Null: what the disk lies on is in no pool. */
async function growingOf(found: FoundVm, disk: DomainDisk): Promise<Growing | null> {
  if (!['file', 'block', 'volume'].includes(disk.sourceKind)) return null
  const path = await pathOf(found, disk.source ?? '', disk.pool, disk.volume)
  const { volume } = await resolveSource(found, { kind: disk.sourceKind === 'block' ? 'block' : 'file', path })
  if (volume === null) return null
  const pool = granted(await readPools(found.client)).find(({ ref }) => ref.name === volume.pool)
  return pool === undefined ? null : { pool: pool.ref, kind: poolKind(pool.definitionXml), volume, path }
}

async function capacityOf({ client, domain }: FoundVm, target: string, source: string): Promise<number> {
  const asked = await client.call(diskSizes(domain.ref, domain.running === null ? source : target))
  return granted(asked).capacityBytes
}
