import { detach } from '../../../host/libvirt/devices.ts'
import type { LibvirtFailure } from '../../../host/libvirt/failure.ts'
import { ok, type Result } from '../../../kit/result.ts'
import { nicByMac } from '../../../vm/domain-edit-nic.ts'
import { parseXml } from '../../../vm/xml-text.ts'
import type { FoundVm } from '../find.ts'
import { readRunning } from './change-vm.ts'

export const hasNic =
  (mac: string) =>
  (xml: string): boolean => {
    const parsed = parseXml(xml)
    return parsed.ok && nicByMac(mac)(parsed.value) !== null
  }

/** Takes a NIC out of what runs and waits until it is out. False: the guest did not let go. */
export async function unplug(found: FoundVm, mac: string): Promise<Result<boolean, LibvirtFailure>> {
  const running = await readRunning(found)
  const parsed = running === null ? null : parseXml(running.xml)
  const nic = parsed?.ok === true ? nicByMac(mac)(parsed.value) : null
  if (running === null || nic === null) return ok(true)
  return detach(found.client, found.domain.ref, running.xml.slice(nic.start, nic.end), hasNic(mac))
}
