import { deleteVolume, findVolume } from '../../../host/libvirt/migration-calls.ts'
import { readDomainNow } from '../../../host/libvirt/domains.ts'
import { checkMigration } from '../../../vm/migration-check.ts'
import type { MigrationEnds } from './situation.ts'

/**
 * Deletes the disks that libvirt made at the target for a move that then failed: before it there was none at these paths,
 * else it had been refused. While the target knows the VM they stay.
 */
export async function removeCopies(
  { vm, target, situation }: MigrationEnds,
  log: (text: string) => void,
): Promise<void> {
  const read = await readDomainNow(target.client, vm.domain.uuid)
  if (read.ok || read.error.code !== 'absent') return
  const { copiedDisks } = checkMigration(situation)
  for (const { target: disk, path } of situation.needs.disks) {
    if (path === null || !copiedDisks.includes(disk) || situation.atTarget.get(path) !== null) continue
    const volume = await target.client.call(findVolume(path))
    if (!volume.ok) continue
    const deleted = await target.client.call(deleteVolume(volume.value))
    log(
      deleted.ok
        ? `The half copy ${path} on ${target.host.name} is deleted.`
        : `The half copy ${path} is left on ${target.host.name}. ${deleted.error.title}`,
    )
  }
}
