import type * as z from 'zod'
import type { Actor } from '../../../access/can.ts'
import type { EditedVm, resizeDiskSchema } from '../../../contract/vm-edit.ts'
import { diskSizes, resizeLiveDisk } from '../../../host/libvirt/device-calls.ts'
import { growVolume } from '../../../host/libvirt/pools.ts'
import { Problem } from '../../../kit/problem.ts'
import { capacityRefusal } from '../../../vm/volume.ts'
import { refuse } from '../../refuse.ts'
import type { FoundVm } from '../find.ts'
import { outdateSizes } from '../sizes.ts'
import { changeVm, granted } from './change-vm.ts'
import { pathOf, resolveSource } from './disk-source.ts'
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
    if (running !== null)
      granted(await found.client.call(resizeLiveDisk(found.domain.ref, target, sizeBytes), { timeoutMs: 60_000 }))
    else {
      const path = await pathOf(found, disk.source, disk.pool, disk.volume)
      const kind = disk.sourceKind === 'block' ? 'block' : 'file'
      const { volume } = await resolveSource(found, { kind, path })
      if (volume === null)
        throw invalid(
          `${path} is in no storage pool of the host. Start the VM, then make the disk larger while it runs.`,
        )
      granted(await growVolume(found.client, volume, sizeBytes))
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

async function capacityOf({ client, domain }: FoundVm, target: string, source: string): Promise<number> {
  const asked = await client.call(diskSizes(domain.ref, domain.running === null ? source : target))
  return granted(asked).capacityBytes
}
