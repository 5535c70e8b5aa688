import { detach } from '../../../host/libvirt/devices.ts'
import type { LibvirtFailure } from '../../../host/libvirt/failure.ts'
import { ok, type Result } from '../../../kit/result.ts'
import { diskByTarget } from '../../../vm/domain-edit-disk.ts'
import { parseXml } from '../../../vm/xml-text.ts'
import type { FoundVm } from '../find.ts'
import { readRunning } from './change-vm.ts'

/** Takes a disk out of what runs and waits until it is out. False: the guest did not let go. */
export async function unplugDisk(found: FoundVm, target: string): Promise<Result<boolean, LibvirtFailure>> {
  const running = await readRunning(found)
  const parsed = running === null ? null : parseXml(running.xml)
  const disk = parsed?.ok === true ? diskByTarget(target)(parsed.value) : null
  if (running === null || disk === null) return ok(true)
  return detach(found.client, found.domain.ref, running.xml.slice(disk.start, disk.end), (xml) => {
    const now = parseXml(xml)
    return now.ok && diskByTarget(target)(now.value) !== null
  })
}
